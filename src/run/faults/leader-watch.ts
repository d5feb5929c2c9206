/** Watches who leads the partitions of a trial's topics, several times a second while brokers break. */
import type { ClusterFaults, PartitionState } from '../../cluster/faults.ts';
import { nowMicros } from '../../support/clock.ts';

const lookEveryMillis = 200;
/** What was seen so short a time ago holds: to ask again would delay a fault. */
const recentMicros = 300_000;

/** A partition has another leader than at the look before; times on the host's clock. */
export interface LeaderMove {
  readonly atMicros: number;
  readonly topic: string;
  readonly partition: number;
  /** Null: it has none. */
  readonly from: number | null;
  readonly to: number | null;
}

/** What it asks. */
export type LeaderSource = Pick<ClusterFaults, 'partitions'>;

export class LeaderWatch implements AsyncDisposable {
  readonly #source: LeaderSource;
  readonly #topics: readonly string[];
  readonly #leaders = new Map<string, number | null>();
  readonly #moves: LeaderMove[] = [];
  #last: { readonly states: readonly PartitionState[]; readonly atMicros: number } = {
    states: [],
    atMicros: -Infinity,
  };
  #timer: NodeJS.Timeout | null = null;
  #looking: Promise<readonly PartitionState[]> | null = null;

  constructor(source: LeaderSource, topics: readonly string[]) {
    this.#source = source;
    this.#topics = topics;
  }

  get moves(): readonly LeaderMove[] {
    return this.#moves;
  }

  /** Looks from now on. A look that no broker answers shows nothing: the next one may. */
  begin(): void {
    this.#timer ??= setInterval(() => void this.look().catch(() => undefined), lookEveryMillis);
  }

  /** What was seen just before, or is seen now. @throws HarnessError where no broker answers */
  async recent(): Promise<readonly PartitionState[]> {
    const { states, atMicros } = this.#last;
    return nowMicros() - atMicros < recentMicros ? states : this.look();
  }

  /** Looks now, or shares the look that is under way. @throws HarnessError where no broker answers */
  look(): Promise<readonly PartitionState[]> {
    this.#looking ??= this.#look().finally(() => {
      this.#looking = null;
    });
    return this.#looking;
  }

  /** Looks no more. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#timer !== null) clearInterval(this.#timer);
    this.#timer = null;
    await this.#looking?.catch(() => undefined);
  }

  async #look(): Promise<readonly PartitionState[]> {
    const states = await this.#source.partitions(this.#topics);
    const atMicros = nowMicros();
    this.#last = { states, atMicros };
    for (const { topic, partition, leader } of states) {
      const key = `${topic}-${partition}`;
      const from = this.#leaders.get(key);
      this.#leaders.set(key, leader);
      if (from !== undefined && from !== leader) this.#moves.push({ atMicros, topic, partition, from, to: leader });
    }
    return states;
  }
}
