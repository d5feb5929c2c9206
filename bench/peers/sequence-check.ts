/** Counts what is wrong in a topic that is read: repeated, overtaken, missing messages, offsets that were passed over. */
import { SequenceSet, type Stamp } from '../../src/index.ts';

/** One producer of one run. */
interface Producer {
  readonly run: number;
  readonly number: number;
  readonly read: SequenceSet;
  /** By partition, the highest sequence so far. */
  readonly highest: number[];
}

export class SequenceCheck {
  duplicated = 0;
  reordered = 0;
  unstamped = 0;
  skippedOffsets = 0;
  readonly #producers = new Map<string, Producer>();
  /** By partition, the offset that comes next. */
  readonly #next: number[] = [];
  #last: Producer | undefined;

  /** Enters where the records of a batch stand: nothing was ever removed from the topic, so that offsets have no holes. */
  offsets(partition: number, first: number, last: number, count: number): void {
    this.skippedOffsets += first - (this.#next[partition] ?? 0) + (last - first + 1 - count);
    this.#next[partition] = last + 1;
  }

  /** Enters a message. Runs once a message. */
  message(stamp: Stamp, partition: number): void {
    let producer = this.#last;
    if (producer === undefined || producer.run !== stamp.run || producer.number !== stamp.producer) {
      producer = this.#producerOf(stamp);
      this.#last = producer;
    }
    if (!producer.read.add(stamp.sequence)) {
      this.duplicated++;
      return;
    }
    if (stamp.sequence < (producer.highest[partition] ?? -1)) this.reordered++;
    else producer.highest[partition] = stamp.sequence;
  }

  /** Sequence numbers below the highest of their producer that never came. */
  missing(): number {
    return [...this.#producers.values()].reduce(
      (sum, { highest, read }) => sum + Math.max(...highest.filter(Number.isFinite)) + 1 - read.size,
      0,
    );
  }

  #producerOf({ run, producer: number }: Stamp): Producer {
    const key = `${run}/${number}`;
    const producer = this.#producers.get(key) ?? { run, number, read: new SequenceSet(), highest: [] };
    this.#producers.set(key, producer);
    return producer;
  }
}
