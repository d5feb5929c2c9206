/** Watches the load of a pilot second by second, and ends it as soon as it is steady. */
import type { HistogramData } from '../measure/histogram.ts';
import { figuresOf } from '../measure/second-figures.ts';
import {
  ackedSeries,
  drifting,
  latencySeries,
  levelOf,
  type Series,
  type SeriesName,
} from '../measure/steady-series.ts';
import type { Assignment } from '../plan/assignment.ts';
import type { ConsumerSeconds, ProducerSeconds } from './protocol.ts';
import { isProduce, SecondsSeen } from './seconds-seen.ts';

/** What is found of a load that has lasted so long. */
export interface Settling {
  readonly isSteady: boolean;
  /** Where it had found its level, by MSER-5; null where there was too little to tell. */
  readonly cutSeconds: number | null;
  /** Series that have found no level yet; none where there was too little to tell. */
  readonly unsettled: readonly SeriesName[];
}

export type Judge = (series: readonly Series[], seconds: number) => Settling;

/** What happened in a second is told by then, and what was due in it has its outcome, unless the load stands still, which `acked` shows. */
const graceMicros = 1e6;

/**
 * The steady-state rule of finished windows on a load of so many seconds. A series with figures for less than half of them says nothing;
 * without any, or with a rest that is too short for a drift, nothing is known, and that is not steady.
 */
export function judgeSettling(series: readonly Series[], seconds: number): Settling {
  const usable = series.filter(({ values }) => values.length > 0 && values.length >= seconds / 2);
  if (usable.length === 0) return { isSteady: false, cutSeconds: null, unsettled: [] };
  const { atCap, drifts, cutSeconds } = levelOf(usable);
  const unknown = usable.map(({ name }) => name).filter(name => drifts[name] === null);
  const unsettled = [...new Set([...atCap, ...drifting(drifts), ...unknown])];
  return { isSteady: unsettled.length === 0, cutSeconds, unsettled };
}

/** Without a schedule nothing is due, so that `ack` is no latency there. */
const isScheduled = (assignment: Assignment): boolean =>
  assignment.role === 'produce' && assignment.load.kind === 'open';

export class WarmupWatch {
  readonly #seen = new SecondsSeen();
  readonly #looks: readonly number[];
  readonly #judge: Judge;
  readonly #ends = new AbortController();
  #startMicros = Infinity;
  #lastSettling: Settling = { isSteady: false, cutSeconds: null, unsettled: [] };
  /** How many looks were taken. */
  #taken = 0;

  /** `looks`: seconds of load, rising. */
  constructor(looks: readonly number[], judge: Judge) {
    this.#looks = looks;
    this.#judge = judge;
  }

  /** For how long the load must last, lest it end before the last look. */
  get loadMicros(): number {
    return (this.#looks.at(-1) ?? 0) * 1e6 + 3 * graceMicros;
  }

  /** Aborts when there is no more to see. */
  get signal(): AbortSignal {
    return this.#ends.signal;
  }

  /** What the last look found, and after how many seconds of load it was taken. */
  get settling(): Settling & { readonly seconds: number } {
    // a load that ended before it was looked at once has shown nothing
    return { ...this.#lastSettling, seconds: this.#looks[Math.max(0, this.#taken - 1)] ?? 0 };
  }

  /** Sets the instant of the host's clock at which the load begins. */
  begin(startMicros: number, workers: readonly Assignment[]): void {
    this.#startMicros = startMicros;
    for (const assignment of workers) this.#seen.expect(assignment);
  }

  /** A worker has told what it did. */
  told(assignment: Assignment, judged: ProducerSeconds | ConsumerSeconds): void {
    this.#seen.add(assignment, judged);
    const toldMicros = this.#seen.untilMicros(() => true) - graceMicros - this.#startMicros;
    while (!this.signal.aborted && this.#taken < this.#looks.length) {
      const seconds = this.#looks[this.#taken] as number;
      if (toldMicros < seconds * 1e6) return;
      this.#lastSettling = this.#judge(this.#seriesOf(seconds), seconds);
      this.#taken++;
      if (this.#lastSettling.isSteady || this.#taken === this.#looks.length) this.#ends.abort();
    }
  }

  /** Of the first so many seconds. */
  #seriesOf(toSecond: number): Series[] {
    const seconds = Array.from({ length: toSecond }, (_, second) => second);
    const acked = seconds.map(second =>
      this.#seen.count(isProduce, 'acked', { fromSecond: second, toSecond: second + 1 }),
    );
    const partsOf = (of: (assignment: Assignment) => boolean, name: 'ack' | 'endToEnd') =>
      seconds.flatMap(second =>
        this.#seen
          .parts(of, name, { fromSecond: second, toSecond: second + 1 })
          .map((data: HistogramData) => ({ second, data })),
      );
    const ofAck = partsOf(isScheduled, 'ack');
    const figures = figuresOf(ofAck.length > 0 ? ofAck : partsOf(one => !isProduce(one), 'endToEnd'));
    // at acks 0 nothing is acknowledged
    const throughput = acked.some(count => count > 0) ? [ackedSeries(acked)] : [];
    return [...throughput, latencySeries('p50', figures), latencySeries('p99', figures)];
  }
}
