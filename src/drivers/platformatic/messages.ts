/** Makes the library's message objects from the columns of a block. Hot: runs once a message, and allocates none that it can use again. */
import { stampBytes, stampHeader } from '../../support/stamp.ts';
import type { MessageBlock, MessageContent, MessageHeader } from '../driver.ts';

/** A message as the library takes it; what is undefined is null in the log. */
export interface PlatformaticMessage {
  topic: string;
  /** Undefined where the library chooses it. */
  partition: number | undefined;
  key: Buffer | undefined;
  readonly value: Buffer | undefined;
  headers: Map<Buffer, Buffer> | undefined;
  /** The memory in which its value lies, and where: a stamp is written as words. */
  readonly words: Uint32Array;
  readonly firstWord: number;
}

const slabBytes = 262_144;
/** How much memory of values is kept for other messages: more than is ever in flight. */
const mostFreeBytes = 33_554_432;
const stampWords = stampBytes / 4;
const stampName = Buffer.from(stampHeader);
const noWords = new Uint32Array(0);

export class Messages {
  readonly #topics: readonly string[];
  readonly #content: MessageContent;
  readonly #headers: readonly Map<Buffer, Buffer>[];
  readonly #headerBytes: readonly number[];
  /** Of the stamp within the value; 0 where it is in a header. */
  readonly #stampLength: number;
  /** Bytes of the last message's key, value and headers. */
  madeBytes = 0;
  /** By the length of their values, −1 for none: messages that the library is done with. */
  readonly #free = new Map<number, PlatformaticMessage[]>();
  #freeBytes = 0;
  /** The list that was used last: most loads have messages of one size. */
  #list: PlatformaticMessage[] = [];
  #listLength = NaN;
  #slab = new ArrayBuffer(0);
  #slabWords: Uint32Array = noWords;
  #taken = 0;
  /** The stamps of the last block, as words: hosts write into the same memory again and again. */
  #stamps: Buffer | null = null;
  #stampColumn: Uint32Array = noWords;

  constructor(topics: readonly string[], content: MessageContent) {
    this.#topics = topics;
    this.#content = content;
    this.#stampLength = content.stampIn === 'value' ? stampBytes : 0;
    this.#headers = content.headerSets.map(headersOf);
    this.#headerBytes = content.headerSets.map(headers =>
      headers.reduce((sum, { name, value }) => sum + Buffer.byteLength(name) + value.length, 0),
    );
  }

  /** The i-th message of a block, which keeps nothing of the block's memory. */
  make(block: MessageBlock, i: number): PlatformaticMessage {
    const bodyLength = block.bodyLength[i] as number;
    const partition = block.partition[i] as number;
    const headers = block.headers[i] as number;
    const message = this.#take(bodyLength < 0 ? -1 : this.#stampLength + bodyLength);
    message.topic = this.#topics[block.topic[i] as number] as string;
    message.partition = partition < 0 ? undefined : partition;
    message.key = this.#content.keys[block.key[i] as number];
    message.headers = this.#stampLength > 0 ? this.#headers[headers] : this.#stampedHeaders(block, i);
    this.#fill(message, block, i);
    this.madeBytes = (message.key?.length ?? 0) + (message.value?.length ?? 0) + this.#headersBytes(headers);
    return message;
  }

  /** Takes messages back that the library is done with. */
  giveBack(messages: readonly PlatformaticMessage[]): void {
    for (const message of messages) {
      const length = message.value?.length ?? -1;
      if (this.#freeBytes > mostFreeBytes) return;
      this.#freeBytes += length;
      this.#listOf(length).push(message);
    }
  }

  #headersBytes(headers: number): number {
    const stamp = this.#stampLength === 0 ? stampName.length + stampBytes : 0;
    return headers < 0 ? stamp : stamp + (this.#headerBytes[headers] as number);
  }

  #stampedHeaders(block: MessageBlock, i: number): Map<Buffer, Buffer> {
    const stamp = Buffer.from(block.stamps.subarray(i * stampBytes, (i + 1) * stampBytes));
    return new Map(this.#headers[block.headers[i] as number]).set(stampName, stamp);
  }

  #fill({ value, words, firstWord }: PlatformaticMessage, block: MessageBlock, i: number): void {
    if (value === undefined) return;
    const offset = block.bodyOffset[i] as number;
    if (this.#stampLength > 0) {
      const stamps = this.#wordsOf(block.stamps);
      const from = i * stampWords;
      for (let word = 0; word < stampWords; word++) words[firstWord + word] = stamps[from + word] as number;
    }
    this.#content.bodies.copy(value, this.#stampLength, offset, offset + (block.bodyLength[i] as number));
  }

  #wordsOf(stamps: Buffer): Uint32Array {
    if (stamps !== this.#stamps) {
      this.#stamps = stamps;
      this.#stampColumn = new Uint32Array(stamps.buffer, stamps.byteOffset, stamps.length / 4);
    }
    return this.#stampColumn;
  }

  #listOf(length: number): PlatformaticMessage[] {
    if (length !== this.#listLength) {
      this.#listLength = length;
      let list = this.#free.get(length);
      if (list === undefined) this.#free.set(length, (list = []));
      this.#list = list;
    }
    return this.#list;
  }

  #take(length: number): PlatformaticMessage {
    const free = this.#listOf(length).pop();
    if (free === undefined) return this.#newMessage(length);
    this.#freeBytes -= length;
    return free;
  }

  /** Its value is a slice of a large piece, for Node's own pool is used up after a few dozen messages. */
  #newMessage(length: number): PlatformaticMessage {
    const bytes = Math.max(0, Math.ceil(length / 4) * 4);
    if (this.#taken + bytes > this.#slab.byteLength) {
      this.#slab = new ArrayBuffer(Math.max(slabBytes, bytes));
      this.#slabWords = new Uint32Array(this.#slab);
      this.#taken = 0;
    }
    const from = this.#taken;
    this.#taken += bytes;
    return {
      topic: '',
      partition: undefined,
      key: undefined,
      value: length < 0 ? undefined : Buffer.from(this.#slab, from, length),
      headers: undefined,
      words: this.#slabWords,
      firstWord: from / 4,
    };
  }
}

/** The library takes headers as a map. Names that are buffers are told apart by identity, so that one may repeat. */
const headersOf = (headers: readonly MessageHeader[]): Map<Buffer, Buffer> =>
  new Map(headers.map(({ name, value }) => [Buffer.from(name), value]));
