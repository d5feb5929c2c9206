/** Gives librdkafka's `produce` the parts of a block's messages. Hot: runs once a message and allocates nothing. */
import type { MessageHeader as LibraryHeader } from '@confluentinc/kafka-javascript';
import { stampBytes, stampHeader } from '../../support/stamp.ts';
import type { MessageBlock, MessageContent, MessageHeader } from '../driver.ts';

const stampWords = stampBytes / 4;

/** Views of so many lengths are kept; most loads have one. */
const mostViews = 4_096;

/**
 * librdkafka copies what it takes: so every message is made in the same memory. To keep a value for each body, and only write the
 * stamp anew, is slower (measured: by 0.3 µs a message with a thousand bodies): all that is touched of each is out of the caches.
 */
export class Messages {
  readonly #content: MessageContent;
  /** Of the stamp within the value; 0 where it is in a header. */
  readonly #stampLength: number;
  #memory = Buffer.allocUnsafeSlow(65_536);
  #stampWords = new Int32Array(this.#memory.buffer, 0, stampWords);
  /** By length: the memory's first bytes. */
  readonly #views = new Map<number, Buffer>();
  #view: Buffer = this.#memory.subarray(0, 0);
  readonly #keyBytes: Int32Array;
  readonly #headerStamp = Buffer.allocUnsafeSlow(stampBytes);
  readonly #headerStampWords = new Int32Array(this.#headerStamp.buffer, 0, stampWords);
  readonly #headerLists: readonly LibraryHeader[][];
  readonly #headerBytes: Int32Array;
  /** For messages without headers of their own. */
  readonly #bareHeaders: LibraryHeader[] | undefined;
  readonly #bareHeaderBytes: number;
  #stampsBuffer: Buffer | null = null;
  #stamps: Int32Array = new Int32Array(0);

  constructor(content: MessageContent) {
    const { headerSets, keys, stampIn } = content;
    this.#content = content;
    this.#stampLength = stampIn === 'value' ? stampBytes : 0;
    this.#keyBytes = Int32Array.from(keys, ({ length }) => length);
    const carried = stampIn === 'header' ? [{ name: stampHeader, value: this.#headerStamp }] : [];
    const all = headerSets.map(headers => [...headers, ...carried]);
    this.#headerLists = all.map(listOf);
    this.#headerBytes = Int32Array.from(all, bytesOf);
    this.#bareHeaders = carried.length > 0 ? listOf(carried) : undefined;
    this.#bareHeaderBytes = bytesOf(carried);
  }

  key(block: MessageBlock, i: number): Buffer | null {
    const key = block.key[i] as number;
    return key < 0 ? null : (this.#content.keys[key] as Buffer);
  }

  /** The value, which stays as it is only until the next one is asked for. */
  value(block: MessageBlock, i: number): Buffer | null {
    const bodyLength = block.bodyLength[i] as number;
    if (bodyLength < 0) return null;
    const offset = block.bodyOffset[i] as number;
    const stampLength = this.#stampLength;
    if (this.#view.length !== stampLength + bodyLength) this.#view = this.#viewOf(stampLength + bodyLength);
    if (stampLength > 0) this.#writeStamp(this.#stampWords, block, i);
    this.#content.bodies.copy(this.#view, stampLength, offset, offset + bodyLength);
    return this.#view;
  }

  /** The headers, which stay as they are only until the next ones are asked for. */
  headers(block: MessageBlock, i: number): LibraryHeader[] | undefined {
    if (this.#stampLength === 0) this.#writeStamp(this.#headerStampWords, block, i);
    const headers = block.headers[i] as number;
    return headers < 0 ? this.#bareHeaders : this.#headerLists[headers];
  }

  /** Bytes of a message's key and headers. */
  bytesBesideValue(block: MessageBlock, i: number): number {
    const key = block.key[i] as number;
    const headers = block.headers[i] as number;
    return (
      (key < 0 ? 0 : (this.#keyBytes[key] as number)) +
      (headers < 0 ? this.#bareHeaderBytes : (this.#headerBytes[headers] as number))
    );
  }

  #viewOf(length: number): Buffer {
    if (length > this.#memory.length) {
      this.#memory = Buffer.allocUnsafeSlow(2 * length);
      this.#stampWords = new Int32Array(this.#memory.buffer, 0, stampWords);
      this.#views.clear();
    }
    let view = this.#views.get(length);
    if (view === undefined) {
      view = this.#memory.subarray(0, length);
      if (this.#views.size < mostViews) this.#views.set(length, view);
    }
    return view;
  }

  #writeStamp(into: Int32Array, block: MessageBlock, i: number): void {
    if (block.stamps !== this.#stampsBuffer) {
      const { buffer, byteOffset, byteLength } = block.stamps;
      this.#stampsBuffer = block.stamps;
      this.#stamps = new Int32Array(buffer, byteOffset, byteLength / 4);
    }
    // six words are written sooner than a call for a copy is made
    const from = i * stampWords;
    for (let word = 0; word < stampWords; word++) into[word] = this.#stamps[from + word] as number;
  }
}

/** The library takes a list of objects with one name each. It makes a null of an empty buffer, and not of an empty text. */
const listOf = (headers: readonly MessageHeader[]): LibraryHeader[] =>
  headers.map(({ name, value }) => ({ [name]: value.length === 0 ? '' : value }));

const bytesOf = (headers: readonly MessageHeader[]): number =>
  headers.reduce((sum, { name, value }) => sum + Buffer.byteLength(name) + value.length, 0);
