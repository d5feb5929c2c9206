/** Keeps where a member is in its partitions, and commits it every so often, as Java's auto-commit does. */
import type { CommitOptions } from '@platformatic/kafka';

interface Position {
  readonly topic: string;
  readonly partition: number;
  nextOffset: number;
  committedOffset: number;
}

export class Commits {
  readonly #positions = new Map<string, Position>();
  readonly #send: (options: CommitOptions) => Promise<void>;
  readonly #timer: NodeJS.Timeout;
  #isUnderWay = false;

  constructor(everyMillis: number, send: (options: CommitOptions) => Promise<void>) {
    this.#send = send;
    this.#timer = setInterval(() => {
      // an attempt may go on for long where the coordinator is away
      if (!this.#isUnderWay) void this.commit();
    }, everyMillis);
  }

  /** The partition goes on at this offset. */
  at(topic: string, partition: number, nextOffset: number): void {
    const place = `${topic}:${partition}`;
    const position = this.#positions.get(place);
    if (position === undefined) this.#positions.set(place, { topic, partition, nextOffset, committedOffset: -1 });
    else position.nextOffset = nextOffset;
  }

  /** Where the partition goes on, if it is the member's. */
  positionOf(place: string): number | undefined {
    return this.#positions.get(place)?.nextOffset;
  }

  /** Speaks for no other partition any more. */
  keep(owns: (topic: string, partition: number) => boolean): void {
    for (const [place, { topic, partition }] of this.#positions)
      if (!owns(topic, partition)) this.#positions.delete(place);
  }

  /** Commits now. What could not be committed is tried again with the next commit. */
  async commit(): Promise<void> {
    const due = [...this.#positions.values()].filter(position => position.nextOffset !== position.committedOffset);
    if (due.length === 0) return;
    const sent = due.map(({ nextOffset }) => nextOffset);
    this.#isUnderWay = true;
    try {
      const offsets = due.map(({ topic, partition, nextOffset }) => {
        return { topic, partition, offset: BigInt(nextOffset), leaderEpoch: -1 };
      });
      await this.#send({ offsets });
      for (const [i, position] of due.entries()) position.committedOffset = sent[i] as number;
    } catch {
      // the group is being rebalanced, or the coordinator is away
    } finally {
      this.#isUnderWay = false;
    }
  }

  stop(): void {
    clearInterval(this.#timer);
  }
}
