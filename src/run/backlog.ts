/** Follows a group that is held back until enough messages wait: how fast it reads them, and when it has caught up. */
import type { ConsumeAssignment } from '../plan/assignment.ts';
import { nowMicros } from '../support/clock.ts';
import type { Ground } from './ground.ts';
import type { GroupWatch } from './group-watch.ts';
import type { BacklogMeasurement } from './measurement.ts';

const lookEveryMillis = 100;

/** The group has caught up when it is no further behind than what was appended in so long. */
const closeMicros = 1e6;

export class BacklogWatch {
  readonly group: string;
  readonly assignments: readonly ConsumeAssignment[];
  /** As many messages must wait. */
  readonly messages: number;
  readonly #ground: Pick<Ground, 'endOffsets'>;
  readonly #watch: GroupWatch;
  readonly #before: readonly number[];
  #timer: NodeJS.Timeout | null = null;
  #isLooking = false;
  #waiting = 0;
  #releasedMicros = 0;
  #joinedMicros: number | null = null;
  #caughtUp: { readonly atMicros: number; readonly read: number } | null = null;
  /** The end offsets of the last second. */
  #ends: { readonly atMicros: number; readonly total: number }[] = [];

  constructor(
    group: string,
    assignments: readonly ConsumeAssignment[],
    ground: Pick<Ground, 'endOffsets'>,
    watch: GroupWatch,
    before: readonly number[],
  ) {
    this.#before = before;
    this.group = group;
    this.assignments = assignments;
    this.messages = assignments[0]?.backlog ?? 0;
    this.#ground = ground;
    this.#watch = watch;
  }

  /** The group begins now. */
  async release(): Promise<void> {
    this.#waiting = this.#sinceBefore(await this.#ground.endOffsets());
    this.#releasedMicros = nowMicros();
    this.#timer = setInterval(() => void this.#look(), lookEveryMillis);
  }

  /** Its members have their partitions. */
  joined(): void {
    this.#joinedMicros = nowMicros();
  }

  close(): void {
    if (this.#timer !== null) clearInterval(this.#timer);
    this.#timer = null;
  }

  /** Times count from the start of the measured window, or from the release where they are durations. */
  measurement(windowStartMicros: number): BacklogMeasurement {
    const since = (micros: number | null): number | null => (micros === null ? null : micros - this.#releasedMicros);
    const caughtUpAfterMicros = since(this.#caughtUp?.atMicros ?? null);
    return {
      waiting: this.#waiting,
      releasedAtMicros: this.#releasedMicros - windowStartMicros,
      joinedAfterMicros: since(this.#joinedMicros),
      caughtUpAfterMicros,
      drainedPerSecond:
        this.#caughtUp === null || caughtUpAfterMicros === null
          ? null
          : (this.#caughtUp.read * 1e6) / caughtUpAfterMicros,
    };
  }

  async #look(): Promise<void> {
    if (this.#isLooking || this.#caughtUp !== null) return;
    this.#isLooking = true;
    try {
      const total = this.#sinceBefore(await this.#ground.endOffsets());
      const atMicros = nowMicros();
      this.#ends.push({ atMicros, total });
      while ((this.#ends[0]?.atMicros ?? atMicros) < atMicros - closeMicros) this.#ends.shift();
      const read = this.#read();
      if (read > 0 && read >= (this.#ends[0]?.total ?? total)) this.#caughtUp = { atMicros, read };
    } catch {
      // the brokers are asked again
    } finally {
      this.#isLooking = false;
    }
  }

  /** Up to where the group has read, over all partitions; with broadcast the member that is furthest behind. */
  #read(): number {
    const groups = [...this.#watch.groups.values()].filter(({ group }) => group === this.group);
    return Math.min(...groups.map(({ positions }) => this.#sinceBefore(positions)));
  }

  /** Messages up to these offsets, by topic and partition, that were not there before the trial. */
  #sinceBefore(offsets: ArrayLike<number>): number {
    return this.#before.reduce((total, first, place) => total + Math.max(0, (offsets[place] ?? first) - first), 0);
  }
}
