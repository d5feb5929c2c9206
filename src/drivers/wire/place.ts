/** One topic's partition as a producer sees it: the batches that wait for it, in order, and its sequence numbers. */
import type { Batch } from './batch.ts';
import type { ProducerId } from './protocol/apis.ts';

/** Sequence numbers go on at 0 after the largest 32-bit integer (KIP-98). */
const sequences = 2 ** 31;

export class Place {
  readonly index: number;
  readonly topic: number;
  readonly partition: number;
  /** Oldest first. The last may still be filling. */
  readonly queue: Batch[] = [];
  /** No batch leaves before this instant of the host's clock: the last answer asked for patience. */
  notBeforeMicros = 0;
  /** Batches that are in flight. */
  readonly inFlight = new Set<Batch>();
  /** Who an idempotent producer is here; null without idempotence. */
  producerId: ProducerId | null = null;
  /** The broker and this producer disagree about what came before: another identity is needed once nothing is in flight. */
  needsIdentity = false;
  #nextSequence = 0;
  #nextOrder = 0;

  constructor(index: number, topic: number, partition: number) {
    this.index = index;
    this.topic = topic;
    this.partition = partition;
  }

  /** Puts a new batch at the end. */
  push(batch: Batch): void {
    batch.place = this.index;
    batch.order = this.#nextOrder++;
    this.queue.push(batch);
  }

  /** Puts a batch that was sent back where its order wants it. */
  requeue(batch: Batch): void {
    let at = this.queue.length;
    while (at > 0 && (this.queue[at - 1] as Batch).order > batch.order) at--;
    this.queue.splice(at, 0, batch);
  }

  /** Whether an older batch waits or is in flight: then a broken sequence is that one's doing. */
  hasOlderThan({ order }: Batch): boolean {
    if ((this.queue[0]?.order ?? Infinity) < order) return true;
    for (const batch of this.inFlight) if (batch.order < order) return true;
    return false;
  }

  /** Gives a batch its place in the sequence, unless it has one from an earlier attempt. */
  number(batch: Batch): void {
    if (this.producerId === null || batch.producerId === this.producerId) return;
    batch.producerId = this.producerId;
    batch.sequence = this.#nextSequence;
    batch.isSealed = false;
    this.#nextSequence = (this.#nextSequence + batch.count) % sequences;
  }

  /** Begins anew as another producer: what waits is numbered again. */
  assume(producerId: ProducerId): void {
    this.producerId = producerId;
    this.needsIdentity = false;
    this.#nextSequence = 0;
  }
}
