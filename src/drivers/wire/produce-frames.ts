/**
 * Makes Produce v7 requests out of finished batches without copying them: what a request puts in front of a batch is written into the
 * room that every batch keeps for it. Version 7 is the newest whose fields have fixed widths, and Kafka 2.1 to 4.x speak it.
 */
import type { Acks } from '../driver.ts';
import { type Batch, batchHeaderBytes } from './batch.ts';
import { apiKeys } from './protocol/apis.ts';
import { Writer } from './protocol/writer.ts';

export const produceVersion = 7;

const frameLengthBytes = 4;
const correlationIdAt = 8;
/** The partition's number and the length of its records, both 32 bits. */
const partitionHeadBytes = 8;

export interface ProduceFramesOptions {
  readonly clientId: string;
  readonly topics: readonly string[];
  readonly acks: Acks;
  readonly requestTimeoutMillis: number;
}

/** A batch, and where it goes. */
export interface Addressed {
  readonly batch: Batch;
  readonly topic: number;
  readonly partition: number;
}

export class ProduceFrames {
  /** How many bytes a batch keeps in front of itself. */
  readonly roomBytes: number;
  readonly #requestHead: Buffer;
  /** By topic: its name; the number of its partitions follows. */
  readonly #topicHeads: readonly Buffer[];

  constructor({ clientId, topics, acks, requestTimeoutMillis }: ProduceFramesOptions) {
    const head = new Writer().int32(0).int16(apiKeys.produce).int16(produceVersion).int32(0).string(clientId);
    head
      .nullableString(null)
      .int16(acks === 'all' ? -1 : acks)
      .int32(requestTimeoutMillis)
      .int32(0);
    this.#requestHead = head.toBuffer();
    this.#topicHeads = topics.map(name => new Writer().string(name).int32(0).toBuffer());
    const longestTopic = this.#topicHeads.reduce((most, { length }) => Math.max(most, length), 0);
    this.roomBytes = this.#requestHead.length + longestTopic + partitionHeadBytes;
  }

  /** The pieces of one request, in order: views of the batches' own memory. Batches of one topic stand next to each other. */
  frame(correlationId: number, addressed: readonly Addressed[]): Buffer[] {
    const pieces: Buffer[] = [];
    let topics = 0;
    let bytes = 0;
    // from the last to the first: a topic's first batch carries the number of its batches
    let ofTopic = 0;
    for (let i = addressed.length - 1; i >= 0; i--) {
      const { batch, topic, partition } = addressed[i] as Addressed;
      let start = this.#putPartitionHead(batch, partition);
      ofTopic++;
      if (addressed[i - 1]?.topic !== topic) {
        start = this.#putTopicHead(batch, topic, ofTopic, start);
        ofTopic = 0;
        topics++;
      }
      if (i === 0) start -= this.#requestHead.length;
      const records = batch.compressed;
      const head = batch.bytes.subarray(start, records === null ? batch.end : batch.start + batchHeaderBytes);
      if (records !== null) pieces.push(records);
      pieces.push(head);
      bytes += head.length + (records?.length ?? 0);
    }
    pieces.reverse();
    this.#putRequestHead(pieces[0] as Buffer, { correlationId, bytes, topics });
    return pieces;
  }

  /** Returns where the partition's head begins. */
  #putPartitionHead(batch: Batch, partition: number): number {
    const start = batch.start - partitionHeadBytes;
    batch.view.setInt32(start, partition);
    batch.view.setInt32(start + 4, sizeOf(batch));
    return start;
  }

  #putTopicHead(batch: Batch, topic: number, partitions: number, end: number): number {
    const head = this.#topicHeads[topic] as Buffer;
    const start = end - head.length;
    batch.bytes.set(head, start);
    batch.view.setInt32(end - 4, partitions);
    return start;
  }

  #putRequestHead(
    piece: Buffer,
    { correlationId, bytes, topics }: { correlationId: number; bytes: number; topics: number },
  ): void {
    const head = this.#requestHead;
    piece.set(head, 0);
    piece.writeInt32BE(bytes - frameLengthBytes, 0);
    piece.writeInt32BE(correlationId, correlationIdAt);
    piece.writeInt32BE(topics, head.length - 4);
  }
}

/** The bytes of a sealed batch, its header included. */
const sizeOf = (batch: Batch): number =>
  batch.compressed === null ? batch.end - batch.start : batchHeaderBytes + batch.compressed.length;
