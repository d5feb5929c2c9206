/** Lets a member finish with partitions that a rebalance takes away, while its heartbeats go on. */
import type { GroupAssignment } from '@platformatic/kafka';
import { noLongerThan } from '../../support/wait.ts';

/** Of one rebalance: however often the group asks for a partition, the member finishes with it once. */
export class Farewell {
  readonly #finishWith: (going: readonly GroupAssignment[]) => Promise<void>;
  readonly #said = new Set<string>();
  readonly #deadline: number;
  #work: Promise<unknown> = Promise.resolve();
  #underWay = 0;

  /** Whoever takes longer than the group waits for its members loses them unfinished. */
  constructor(mostMillis: number, finishWith: (going: readonly GroupAssignment[]) => Promise<void>) {
    this.#deadline = performance.now() + mostMillis;
    this.#finishWith = finishWith;
  }

  /** Waits for a while; says whether they may go. */
  async to(going: readonly GroupAssignment[], waitMillis: number): Promise<boolean> {
    const unsaid = going
      .map(({ topic, partitions }) => ({ topic, partitions: partitions.filter(each => this.#isNew(topic, each)) }))
      .filter(({ partitions }) => partitions.length > 0);
    if (unsaid.length > 0) {
      this.#underWay++;
      const work = this.#finishWith(unsaid);
      this.#work = Promise.allSettled([this.#work, work]).then(() => this.#underWay--);
    }
    if (this.#underWay > 0) await noLongerThan(waitMillis, this.#work);
    return this.#underWay === 0 || performance.now() > this.#deadline;
  }

  #isNew(topic: string, partition: number): boolean {
    const place = `${topic}:${partition}`;
    if (this.#said.has(place)) return false;
    this.#said.add(place);
    return true;
  }
}
