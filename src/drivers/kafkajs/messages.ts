/** Makes kafkajs's message objects from the columns of a block. Runs once a message. */
import type { IHeaders, Message } from 'kafkajs';
import { stampBytes, stampHeader } from '../../support/stamp.ts';
import type { MessageBlock, MessageContent, MessageHeader } from '../driver.ts';

/** A message as kafkajs takes it, which remembers whether its partition was asked for. */
export interface TrackedMessage extends Message {
  wasSent: boolean;
}

const slabBytes = 262_144;

export class Messages {
  readonly #content: MessageContent;
  readonly #headers: readonly IHeaders[];
  readonly #headerBytes: readonly number[];
  /** Of the stamp within the value; 0 where it is in a header. */
  readonly #stampLength: number;
  /** Bytes of the last message's key, value and headers. */
  madeBytes = 0;
  #slab = Buffer.alloc(0);
  #taken = slabBytes;

  constructor(content: MessageContent) {
    this.#content = content;
    this.#stampLength = content.stampIn === 'value' ? stampBytes : 0;
    this.#headers = content.headerSets.map(headersOf);
    this.#headerBytes = content.headerSets.map(headers =>
      headers.reduce((sum, { name, value }) => sum + Buffer.byteLength(name) + value.length, 0),
    );
  }

  /** The i-th message of a block, which keeps nothing of the block's memory. */
  make(block: MessageBlock, i: number): TrackedMessage {
    const { keys } = this.#content;
    const message: TrackedMessage = {
      key: keys[block.key[i] as number] ?? null,
      value: this.#valueOf(block, i),
      wasSent: false,
    };
    const partition = block.partition[i] as number;
    if (partition >= 0) message.partition = partition;
    const headers = this.#headers[block.headers[i] as number];
    if (this.#stampLength === 0) {
      const stamp = Buffer.from(block.stamps.subarray(i * stampBytes, (i + 1) * stampBytes));
      message.headers = { ...headers, [stampHeader]: stamp };
    } else if (headers !== undefined) message.headers = headers;
    this.madeBytes =
      (message.key?.length ?? 0) + (message.value?.length ?? 0) + this.#headersBytes(block.headers[i] as number);
    return message;
  }

  #headersBytes(headers: number): number {
    const stamp = this.#stampLength === 0 ? stampHeader.length + stampBytes : 0;
    return headers < 0 ? stamp : stamp + (this.#headerBytes[headers] as number);
  }

  #valueOf(block: MessageBlock, i: number): Buffer | null {
    const { bodies } = this.#content;
    const offset = block.bodyOffset[i] as number;
    const length = block.bodyLength[i] as number;
    if (length < 0) return null;
    const stampLength = this.#stampLength;
    const value = this.#take(stampLength + length);
    if (stampLength > 0) block.stamps.copy(value, 0, i * stampBytes, (i + 1) * stampBytes);
    bodies.copy(value, stampLength, offset, offset + length);
    return value;
  }

  /** Memory for a value: slices of large pieces, for Node's own pool is used up after a few dozen messages. */
  #take(bytes: number): Buffer {
    if (bytes > slabBytes / 8) return Buffer.allocUnsafeSlow(bytes);
    if (this.#taken + bytes > slabBytes) {
      this.#slab = Buffer.allocUnsafeSlow(slabBytes);
      this.#taken = 0;
    }
    const from = this.#taken;
    this.#taken += bytes;
    return this.#slab.subarray(from, this.#taken);
  }
}

/** kafkajs takes headers as an object, with an array where a name repeats. */
function headersOf(headers: readonly MessageHeader[]): IHeaders {
  const byName = Map.groupBy(headers, ({ name }) => name);
  return Object.fromEntries(
    [...byName].map(([name, same]) => [
      name,
      same.length === 1 ? (same[0] as MessageHeader).value : same.map(({ value }) => value),
    ]),
  );
}
