/** Counts what a producer puts on the (imagined) wire, and how large messages are. */
import { stampBytes, stampHeader } from '../../support/stamp.ts';
import type { MessageBlock, MessageContent, ProducerCounters } from '../driver.ts';

/** Bytes of key, value and headers, uncompressed. */
export class MessageSizes {
  readonly #keyBytes: Int32Array;
  readonly #headerBytes: Int32Array;
  /** What a stamp adds to every message, in its value or as a header. */
  readonly #stampBytes: number;

  constructor({ keys, headerSets, stampIn }: MessageContent) {
    this.#keyBytes = Int32Array.from(keys, key => key.length);
    this.#headerBytes = Int32Array.from(headerSets, headers =>
      headers.reduce((sum, { name, value }) => sum + Buffer.byteLength(name) + value.length, 0),
    );
    this.#stampBytes = stampBytes + (stampIn === 'value' ? 0 : stampHeader.length);
  }

  /** Of the i-th message of a block. */
  of(block: MessageBlock, i: number): number {
    const key = block.key[i] as number;
    const headers = block.headers[i] as number;
    const body = Math.max(0, block.bodyLength[i] as number);
    const keyBytes = key < 0 ? 0 : (this.#keyBytes[key] as number);
    return this.#stampBytes + body + keyBytes + (headers < 0 ? 0 : (this.#headerBytes[headers] as number));
  }
}

/** Counters that grow with each batch that arrives at the broker. */
export class BatchCounters {
  #batches = 0;
  #messages = 0;
  #bytes = 0;
  readonly #batchSizeBytes: number;
  /** Without linger, by partition: the call of `submit` that made its last batch, and that batch's bytes. */
  readonly #calls: Float64Array;
  readonly #callBytes: Float64Array;

  constructor(partitions: number, batchSizeBytes: number) {
    this.#batchSizeBytes = batchSizeBytes;
    this.#calls = new Float64Array(partitions).fill(-1);
    this.#callBytes = new Float64Array(partitions);
  }

  addBatch(messages: number, bytes: number): void {
    this.#batches++;
    this.#messages += messages;
    this.#bytes += bytes;
  }

  /** Enters a message that did not linger: it shares a batch with others of its partition from the same call, up to the batch's size. */
  addMessage(partition: number, bytes: number, call: number): void {
    const inBatch = this.#calls[partition] === call ? (this.#callBytes[partition] as number) : Infinity;
    const isNew = inBatch + bytes > this.#batchSizeBytes;
    this.#calls[partition] = call;
    this.#callBytes[partition] = isNew ? bytes : inBatch + bytes;
    if (isNew) this.#batches++;
    this.#messages++;
    this.#bytes += bytes;
  }

  toData(): ProducerCounters {
    return {
      batches: this.#batches,
      batchedMessages: this.#messages,
      batchedBytes: this.#bytes,
      retriedMessages: 0,
    };
  }
}
