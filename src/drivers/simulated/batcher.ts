/** Holds messages back until their batch closes: a set time after its first record, or when it is full. Pure arithmetic. */
import { TimedQueue } from './timed-queue.ts';

/** Takes a closed batch: `count` tickets in the order they were added; valid only during the call. */
export type BatchClosed = (tickets: Float64Array, count: number, bytes: number, closedMicros: number) => void;

/** What waits in one partition. */
interface OpenBatch {
  tickets: Float64Array;
  count: number;
  bytes: number;
  closesMicros: number;
}

/**
 * Batches of one producer, one open per partition. A batch closes exactly `lingerMicros` after its first record was added,
 * however late that is noticed: whoever adds or asks later sees it closed at that instant. A record added at the closing
 * instant opens the next batch.
 */
export class Batcher {
  readonly #lingerMicros: number;
  readonly #batchSizeBytes: number;
  readonly #closed: BatchClosed;
  readonly #open: OpenBatch[];
  /** Closing instants of the batches that were opened. One that closed earlier, being full, leaves its entry behind. */
  readonly #closing = new TimedQueue();

  constructor(
    partitions: number,
    limits: { readonly lingerMicros: number; readonly batchSizeBytes: number },
    closed: BatchClosed,
  ) {
    this.#lingerMicros = limits.lingerMicros;
    this.#batchSizeBytes = limits.batchSizeBytes;
    this.#closed = closed;
    this.#open = Array.from({ length: partitions }, () => ({
      tickets: new Float64Array(16),
      count: 0,
      bytes: 0,
      closesMicros: Infinity,
    }));
  }

  /** When something closes next, unless it is full before; Infinity when nothing waits. May be too early, never too late. */
  get nextCloseMicros(): number {
    return this.#closing.headMicros;
  }

  /** Adds a message of so many bytes. Calls come with rising times, each after `closeDue` of the same time. */
  add(partition: number, ticket: number, bytes: number, atMicros: number): void {
    const batch = this.#open[partition] as OpenBatch;
    if (batch.count > 0 && batch.bytes + bytes > this.#batchSizeBytes) this.#close(batch, atMicros);
    if (batch.count === 0) {
      batch.closesMicros = atMicros + this.#lingerMicros;
      this.#closing.push(batch.closesMicros, partition);
    }
    if (batch.count === batch.tickets.length) batch.tickets = doubled(batch.tickets);
    batch.tickets[batch.count++] = ticket;
    batch.bytes += bytes;
    if (batch.bytes >= this.#batchSizeBytes) this.#close(batch, atMicros);
  }

  /** Closes what has lingered long enough by that time, in the order of the closing instants. */
  closeDue(atMicros: number): void {
    while (this.#closing.headMicros <= atMicros) {
      const closesMicros = this.#closing.headMicros;
      const batch = this.#open[this.#closing.take()] as OpenBatch;
      if (batch.count > 0 && batch.closesMicros === closesMicros) this.#close(batch, closesMicros);
    }
  }

  /** Closes everything: at the end of its linger, or at that time where it would linger longer. */
  closeAll(atMicros: number): void {
    this.closeDue(atMicros);
    while (this.#closing.size > 0) {
      const batch = this.#open[this.#closing.take()] as OpenBatch;
      if (batch.count > 0) this.#close(batch, atMicros);
    }
  }

  #close(batch: OpenBatch, atMicros: number): void {
    const { count, bytes } = batch;
    batch.count = 0;
    batch.bytes = 0;
    this.#closed(batch.tickets, count, bytes, atMicros);
  }
}

function doubled(tickets: Float64Array): Float64Array {
  const twice = new Float64Array(2 * tickets.length);
  twice.set(tickets);
  return twice;
}
