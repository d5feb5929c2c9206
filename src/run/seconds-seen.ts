/** Keeps what the workers of a trial have told of its window, second by second, for as long as a check may still ask for it. */
import type { HistogramData } from '../measure/histogram.ts';
import type { SecondHistogram } from '../measure/recorder.ts';
import type { GrowingCount } from '../measure/spans.ts';
import { type SecondCount, warmupSeconds } from '../measure/timeline.ts';
import type { Assignment } from '../plan/assignment.ts';
import type { ConsumerSeconds, ProducerSeconds, WorkerReport } from './protocol.ts';

type CountName = 'due' | 'acked' | 'failed' | 'consumed';
type DistributionName = 'ack' | 'service' | 'endToEnd';

/** Seconds of the window: from inclusive, to exclusive. */
export interface SpanOfSeconds {
  readonly fromSecond: number;
  readonly toSecond: number;
}

/** One worker's seconds. */
interface Told {
  /** All that happened until then was told; Infinity for a worker that has reported and does nothing more. */
  untilMicros: number;
  /** Of a producer: µs from the window's start. */
  dueUntilMicros: number;
  readonly counts: Record<CountName, Map<number, number>>;
  readonly parts: Record<DistributionName, Map<number, HistogramData[]>>;
  /** Of messages due in the window. */
  totals: Partial<Record<GrowingCount, number>>;
}

const nothingTold = (): Told => ({
  untilMicros: -Infinity,
  dueUntilMicros: -Infinity,
  counts: { due: new Map(), acked: new Map(), failed: new Map(), consumed: new Map() },
  parts: { ack: new Map(), service: new Map(), endToEnd: new Map() },
  totals: {},
});

export class SecondsSeen {
  readonly #told = new Map<Assignment, Told>();
  /** Seconds before it are forgotten. */
  #firstSecond = 0;

  /** From now on nothing is complete before this worker has told of it. */
  expect(assignment: Assignment): void {
    if (!this.#told.has(assignment)) this.#told.set(assignment, nothingTold());
  }

  add(assignment: Assignment, judged: ProducerSeconds | ConsumerSeconds): void {
    this.expect(assignment);
    const told = this.#told.get(assignment) as Told;
    told.untilMicros = judged.atMicros;
    told.totals = judged.totals;
    if (judged.role === 'produce') {
      told.dueUntilMicros = judged.dueUntilMicros;
      for (const name of ['due', 'acked', 'failed'] as const) this.#addCounts(told.counts[name], judged[name]);
      for (const name of ['ack', 'service'] as const) this.#addParts(told.parts[name], judged[name]);
    } else {
      this.#addCounts(told.counts.consumed, judged.consumed);
      this.#addParts(told.parts.endToEnd, judged.endToEnd);
    }
  }

  /** A member's worker that ends while others go on: its report has what it had not told yet. */
  ended(assignment: Assignment, report: WorkerReport, warmupMicros: number): void {
    if (report.role !== 'consume') return;
    const told = nothingTold();
    const warmup = warmupSeconds(warmupMicros);
    told.untilMicros = Infinity;
    told.totals = { duplicated: 0, reordered: 0 };
    for (const { endToEnd, consumedPerSecond, inWindow } of report.members) {
      this.#addParts(told.parts.endToEnd, endToEnd);
      const seconds = Array.from(consumedPerSecond.subarray(warmup), (count, second) => ({ second, count }));
      this.#addCounts(told.counts.consumed, seconds);
      told.totals.duplicated = (told.totals.duplicated ?? 0) + inWindow.duplicated;
      told.totals.reordered = (told.totals.reordered ?? 0) + inWindow.reordered;
    }
    this.#told.set(assignment, told);
  }

  /** Until when everything was told by those workers; −Infinity where one has said nothing yet. */
  untilMicros(of: (assignment: Assignment) => boolean): number {
    return this.#least(of, ({ untilMicros }) => untilMicros);
  }

  /** Until when every message that was due is known, µs from the window's start. */
  dueUntilMicros(): number {
    return this.#least(isProduce, ({ dueUntilMicros }) => dueUntilMicros);
  }

  count(of: (assignment: Assignment) => boolean, name: CountName, { fromSecond, toSecond }: SpanOfSeconds): number {
    let sum = 0;
    for (const { counts } of this.#of(of))
      for (let second = fromSecond; second < toSecond; second++) sum += counts[name].get(second) ?? 0;
    return sum;
  }

  parts(
    of: (assignment: Assignment) => boolean,
    name: DistributionName,
    { fromSecond, toSecond }: SpanOfSeconds,
  ): HistogramData[] {
    return this.#of(of).flatMap(({ parts }) =>
      [...parts[name]].flatMap(([second, data]) => (second >= fromSecond && second < toSecond ? data : [])),
    );
  }

  /** Of the whole window until now. */
  total(of: (assignment: Assignment) => boolean, name: GrowingCount): number {
    return this.#of(of).reduce((sum, { totals }) => sum + (totals[name] ?? 0), 0);
  }

  /** Forgets what lies before a second: no check will ask for it. */
  forgetBefore(second: number): void {
    if (second <= this.#firstSecond) return;
    this.#firstSecond = second;
    for (const { counts, parts } of this.#told.values())
      for (const bySecond of [...Object.values(counts), ...Object.values(parts)])
        for (const key of bySecond.keys()) if (key < second) bySecond.delete(key);
  }

  #addCounts(to: Map<number, number>, counts: readonly SecondCount[]): void {
    for (const { second, count } of counts)
      if (second >= this.#firstSecond) to.set(second, (to.get(second) ?? 0) + count);
  }

  #addParts(to: Map<number, HistogramData[]>, parts: readonly SecondHistogram[]): void {
    for (const { second, data } of parts) {
      if (second < this.#firstSecond) continue;
      const known = to.get(second);
      if (known === undefined) to.set(second, [data]);
      else known.push(data);
    }
  }

  #of(of: (assignment: Assignment) => boolean): Told[] {
    return [...this.#told].flatMap(([assignment, told]) => (of(assignment) ? told : []));
  }

  #least(of: (assignment: Assignment) => boolean, value: (told: Told) => number): number {
    const values = this.#of(of).map(value);
    return values.length === 0 ? -Infinity : Math.min(...values);
  }
}

/** Whether a worker runs producers. */
export const isProduce = ({ role }: Assignment): boolean => role === 'produce';
