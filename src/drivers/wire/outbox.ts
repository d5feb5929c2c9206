/** Turns messages into record batches, one open batch a place, and keeps those that wait. The producer's hot path. */
import { nowMicros } from '../../support/clock.ts';
import type { MessageBlock, MessageContent } from '../driver.ts';
import { type Batch, BatchPool } from './batch.ts';
import { Place } from './place.ts';
import { RecordEncoder } from './record-encoder.ts';

export interface OutboxOptions {
  readonly content: MessageContent;
  /** By topic: how many partitions it has. */
  readonly partitions: readonly number[];
  readonly batchSizeBytes: number;
  /** What an encoded batch may take: more would not fit into a request. */
  readonly mostEncodedBytes: number;
  /** Infinity: a batch waits until it is full, or until a flush. */
  readonly lingerMicros: number;
  /** What every batch keeps free in front of itself. */
  readonly roomBytes: number;
}

/** Most batches begin with memory for this much, and grow. */
const firstCapacityBytes = 32_768;
/** What encoding adds to one message at the most, but for many headers. */
const mostOverheadBytes = 128;
/** What encoding adds to a message of the usual size; a batch that needs more grows. */
const overheadShare = 1.25;
/** Memory of batches that is kept for the next ones. */
const keptBytes = 2 ** 26;

export class Outbox {
  /** By topic, then partition. */
  readonly places: readonly Place[];
  /** Payload bytes that wait for a request. */
  waitingBytes = 0;
  isFlushing = false;
  /** Batches that wait or are in flight, oldest first. */
  readonly undone = new Set<Batch>();
  /** Whether some batch is full: a saturating load sends then. */
  hasFull = false;
  readonly #options: OutboxOptions;
  readonly #encoder: RecordEncoder;
  readonly #pool: BatchPool;
  /** By topic: the index of its first place. */
  readonly #firstPlace: readonly number[];

  constructor(options: OutboxOptions) {
    this.#options = options;
    this.#encoder = new RecordEncoder(options.content);
    const capacity = Math.ceil(Math.min(firstCapacityBytes, options.batchSizeBytes * overheadShare));
    const kept = Math.max(8, Math.floor(keptBytes / Math.max(capacity, options.batchSizeBytes)));
    this.#pool = new BatchPool(options.roomBytes, capacity, kept);
    const places: Place[] = [];
    this.#firstPlace = options.partitions.map((count, topic) => {
      const first = places.length;
      for (let partition = 0; partition < count; partition++) places.push(new Place(places.length, topic, partition));
      return first;
    });
    this.places = places;
  }

  /** Whether message i of the block names a partition that there is. */
  hasPlaceFor(block: MessageBlock, i: number): boolean {
    const partition = block.partition[i] as number;
    return partition >= 0 && partition < (this.#options.partitions[block.topic[i] as number] as number);
  }

  /** Encodes message i of the block into its place's open batch. */
  add(block: MessageBlock, i: number, nowMillis: number): void {
    const place = this.places[
      (this.#firstPlace[block.topic[i] as number] as number) + (block.partition[i] as number)
    ] as Place;
    const payload = this.#encoder.payloadBytesOf(block, i);
    let batch = place.queue[place.queue.length - 1];
    if (batch === undefined || batch.attempts > 0 || !this.#fits(batch, payload)) {
      if (batch !== undefined) this.hasFull = true;
      batch = this.#openBatch(place, nowMillis);
    }
    this.#encoder.append(batch, block, i, nowMillis);
    batch.payloadBytes += payload;
    this.waitingBytes += payload;
    if (batch.payloadBytes >= this.#options.batchSizeBytes) this.hasFull = true;
  }

  /** When a place's oldest batch may leave: now or earlier where nothing holds it back. */
  readyAtMicros({ queue, notBeforeMicros }: Place, batch: Batch, atMicros: number): number {
    const { batchSizeBytes, lingerMicros } = this.#options;
    const waits = !this.isFlushing && queue.length === 1 && batch.attempts === 0 && batch.payloadBytes < batchSizeBytes;
    const lingersUntil = waits ? batch.openedMicros + lingerMicros : atMicros;
    return Math.max(notBeforeMicros, lingersUntil);
  }

  /** Takes the oldest batch of a place out, to be sent. */
  take(place: Place): Batch {
    const batch = place.queue.shift() as Batch;
    this.waitingBytes -= batch.payloadBytes;
    return batch;
  }

  /** Puts a batch back that is to be sent again. */
  giveBack(place: Place, batch: Batch): void {
    place.requeue(batch);
    this.waitingBytes += batch.payloadBytes;
  }

  /** Takes a batch out that will not be sent any more. */
  remove(place: Place, batch: Batch): void {
    const at = place.queue.indexOf(batch);
    if (at < 0) return;
    place.queue.splice(at, 1);
    this.waitingBytes -= batch.payloadBytes;
  }

  /** A batch is done: its memory serves another. */
  release(batch: Batch): void {
    this.#pool.release(batch);
  }

  #fits(batch: Batch, payload: number): boolean {
    const { batchSizeBytes, mostEncodedBytes } = this.#options;
    if (batch.payloadBytes + payload > batchSizeBytes) return false;
    return batch.end - batch.start + payload + mostOverheadBytes <= mostEncodedBytes;
  }

  #openBatch(place: Place, nowMillis: number): Batch {
    const batch = this.#pool.take();
    batch.openedMicros = nowMicros();
    batch.baseTimestampMillis = nowMillis;
    batch.maxTimestampMillis = nowMillis;
    place.push(batch);
    this.undone.add(batch);
    return batch;
  }
}
