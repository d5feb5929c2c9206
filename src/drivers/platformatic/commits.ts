/** Keeps where a member is in its partitions, and commits it every so often, as Java's auto-commit does. */
import type { CommitOptions } from '@platformatic/kafka';

/** Where a member is in a partition of its own. */
interface Progress {
  readonly topic: string;
  readonly partition: number;
  /** After the last record that was handed over. */
  nextOffset: number;
  /** After the last record that is done with: the one to commit. */
  doneOffset: number;
  committedOffset: number;
}

export class Commits {
  readonly #send: (options: CommitOptions) => Promise<void>;
  readonly #timer: NodeJS.Timeout | null;
  #progress = new Map<string, Progress>();
  /** Where the member was when it last lost its place in the group. */
  #former = new Map<string, Progress>();
  #isUnderWay = false;

  /** Null: the member commits for itself, and nothing is committed here. */
  constructor(everyMillis: number | null, send: (options: CommitOptions) => Promise<void>) {
    this.#send = send;
    this.#timer =
      everyMillis === null
        ? null
        : setInterval(() => {
            // an attempt may go on for long where the coordinator is away
            if (!this.#isUnderWay) void this.commit();
          }, everyMillis);
  }

  /** The partition is read from this offset on. */
  beginAt(topic: string, partition: number, offset: number): void {
    const place = `${topic}:${partition}`;
    // what is in hand is not done with because the library asked again where to go on
    if (this.#progress.get(place)?.nextOffset === offset) return;
    this.#progress.set(place, { topic, partition, nextOffset: offset, doneOffset: offset, committedOffset: -1 });
  }

  /** What lies before this offset is handed over; the caller says when it is done with. */
  handOver(topic: string, partition: number, nextOffset: number): Progress {
    const place = `${topic}:${partition}`;
    const known = this.#progress.get(place);
    if (known !== undefined) {
      known.nextOffset = nextOffset;
      return known;
    }
    const progress = { topic, partition, nextOffset, doneOffset: -1, committedOffset: -1 };
    this.#progress.set(place, progress);
    return progress;
  }

  /** Where the partition goes on, if it is the member's. */
  positionOf(place: string): number | undefined {
    return this.#progress.get(place)?.nextOffset;
  }

  /** Where the partition would go on if nobody had read it since the member lost its place in the group. */
  formerPositionOf(place: string): number | undefined {
    return this.#former.get(place)?.nextOffset;
  }

  /** Whatever was not committed may have been read by somebody else. */
  forget(): void {
    this.#former = this.#progress;
    this.#progress = new Map();
  }

  /** Speaks for no other partition any more. */
  keep(owns: (topic: string, partition: number) => boolean): void {
    for (const all of [this.#progress, this.#former])
      for (const [place, { topic, partition }] of all) if (!owns(topic, partition)) all.delete(place);
  }

  /** Commits now. What could not be committed is tried again with the next commit. */
  async commit(): Promise<void> {
    if (this.#timer === null) return;
    const due = [...this.#progress.values()].filter(
      ({ doneOffset, committedOffset }) => doneOffset >= 0 && doneOffset !== committedOffset,
    );
    if (due.length === 0) return;
    const sent = due.map(({ doneOffset }) => doneOffset);
    this.#isUnderWay = true;
    try {
      const offsets = due.map(({ topic, partition, doneOffset }) => {
        return { topic, partition, offset: BigInt(doneOffset), leaderEpoch: -1 };
      });
      await this.#send({ offsets });
      for (const [i, progress] of due.entries()) progress.committedOffset = sent[i] as number;
    } catch {
      // the group is being rebalanced, or the coordinator is away
    } finally {
      this.#isUnderWay = false;
    }
  }

  stop(): void {
    if (this.#timer !== null) clearInterval(this.#timer);
  }
}
