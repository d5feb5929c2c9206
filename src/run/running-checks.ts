/** Judges checks while a trial runs: each span of the window as soon as all that belongs to it is known, as it will be judged at the end. */
import {
  countValue,
  distributionValue,
  fails,
  growingCounts,
  type Limits,
  misses,
  spanSourceOf,
  spanStarts,
} from '../measure/spans.ts';
import type { Assignment } from '../plan/assignment.ts';
import { nowMicros } from '../support/clock.ts';
import { sum } from './merge.ts';
import type { ConsumerSeconds, ProducerSeconds, WorkerReport } from './protocol.ts';
import { isProduce, SecondsSeen, type SpanOfSeconds } from './seconds-seen.ts';

/** A check that can be judged while running: by span, or a count that only grows. */
export interface RunningDemand extends Limits {
  readonly metric: string;
  readonly group: string | null;
  /** µs; null for a count that is judged every second on what the window holds so far. */
  readonly every: number | null;
  /** Whether it ends the trial. */
  readonly abort: boolean;
}

/** A demand that was missed while the trial ran. */
export interface Miss extends Limits {
  readonly metric: string;
  readonly group: string | null;
  readonly everyMicros: number | null;
  /** Where the span began, in seconds from the window's start; null for a count. */
  readonly fromSecond: number | null;
  /** Null for a span that held nothing. */
  readonly value: number | null;
}

/** What the judgement depends on besides what workers tell. */
export interface RunningTrial {
  readonly assignments: readonly Assignment[];
  readonly warmupMicros: number;
  readonly measureMicros: number;
  readonly deliveryTimeoutMicros: number;
}

/** What happened in a second is told by then: clients say a little later what they have done. */
const graceMicros = 100_000;

/** A demand and how far it has been judged. */
interface Judging {
  readonly demand: RunningDemand;
  /** Where the spans begin that are still to be judged. */
  starts: readonly number[];
  hasMissed: boolean;
}

export class RunningChecks {
  readonly #seen = new SecondsSeen();
  readonly #judging: readonly Judging[];
  readonly #trial: RunningTrial;
  readonly #missed: (miss: Miss) => void;
  readonly #ends = new AbortController();
  #windowStartMicros = Infinity;
  #isOver = false;
  /** What ended the trial before its window was over; null where nothing did. */
  endedBy: Miss | null = null;

  constructor(demands: readonly RunningDemand[], trial: RunningTrial, missed: (miss: Miss) => void) {
    this.#trial = trial;
    this.#missed = missed;
    this.#judging = demands.map(demand => ({
      demand,
      starts: demand.every === null ? [] : spanStarts(trial.measureMicros, demand.every),
      hasMissed: false,
    }));
  }

  /** Sets the instant of the host's clock at which the window begins, and the workers that are there by then. */
  begin(windowStartMicros: number, workers: readonly Assignment[]): void {
    this.#windowStartMicros = windowStartMicros;
    for (const assignment of workers) this.#seen.expect(assignment);
  }

  /** A worker has told what it did; `workers` are those that are at work. */
  told(assignment: Assignment, judged: ProducerSeconds | ConsumerSeconds, workers: readonly Assignment[]): void {
    if (this.#judging.length === 0 || this.#isOver) return;
    for (const worker of workers) this.#seen.expect(worker);
    this.#seen.add(assignment, judged);
    this.#judge();
  }

  /** A worker has ended. */
  ended(assignment: Assignment, report: WorkerReport): void {
    if (this.#judging.length > 0) this.#seen.ended(assignment, report, this.#trial.warmupMicros);
  }

  /** Aborts when a check ends the trial. */
  get signal(): AbortSignal {
    return this.#ends.signal;
  }

  /** The load has ended: what comes now is no figure of it. */
  stop(): void {
    this.#isOver = true;
  }

  #judge(): void {
    for (const judging of this.#judging) {
      if (judging.demand.every === null) this.#judgeCount(judging);
      else this.#judgeSpans(judging, judging.demand.every);
    }
    this.#seen.forgetBefore(Math.min(...this.#judging.map(({ starts }) => starts[0] ?? Infinity)));
  }

  #judgeCount(judging: Judging): void {
    const { demand } = judging;
    const name = growingCounts.find(one => one === demand.metric);
    if (name === undefined || demand.max === null || judging.hasMissed) return;
    const value = this.#seen.total(this.#workersOf(demand), name);
    // what is counted so far may still reach the least value
    if (!misses({ min: null, max: demand.max }, value)) return;
    this.#miss(judging, null, value);
  }

  /** A span whose last message has no outcome yet holds up none of those that come after it. */
  #judgeSpans(judging: Judging, every: number): void {
    const { demand } = judging;
    const open: number[] = [];
    for (const fromSecond of judging.starts) {
      const value = this.#valueOf(demand, { fromSecond, toSecond: fromSecond + every / 1e6 }, every);
      if (value === undefined) open.push(fromSecond);
      else if (fails(demand, { fromSecond, value })) this.#miss(judging, fromSecond, value);
    }
    judging.starts = open;
  }

  /** Tells of the first miss alone: one is enough to know, and a long run may have thousands. */
  #miss(judging: Judging, fromSecond: number | null, value: number | null): void {
    if (judging.hasMissed) return;
    judging.hasMissed = true;
    const { demand } = judging;
    const { metric, group, min, max, every } = demand;
    const miss: Miss = { metric, group, min, max, everyMicros: every, fromSecond, value };
    this.#missed(miss);
    // there is nothing to end once the window is over: its last messages keep their time
    if (!demand.abort || this.endedBy !== null || nowMicros() >= this.#windowStartMicros + this.#trial.measureMicros)
      return;
    this.endedBy = miss;
    this.stop();
    this.#ends.abort();
  }

  /** The metric in the span; undefined while something of the span is not known yet. */
  #valueOf(demand: RunningDemand, span: SpanOfSeconds, every: number): number | null | undefined {
    const source = spanSourceOf(demand.metric);
    const workers = this.#workersOf(demand);
    const endMicros = this.#windowStartMicros + span.toSecond * 1e6 + graceMicros;
    if (source === null || this.#seen.untilMicros(workers) < endMicros) return undefined;
    if (source.kind === 'count') return countValue(demand.metric, this.#seen.count(workers, source.name, span), every);
    if (source.name === 'scheduleLag') return undefined;
    if (this.#seen.dueUntilMicros() < span.toSecond * 1e6 || this.#seen.untilMicros(isProduce) < endMicros)
      return undefined;
    const parts = this.#seen.parts(workers, source.name, span);
    const copies = source.name === 'endToEnd' ? this.#copiesFor(demand.group) : 1;
    const due = this.#seen.count(isProduce, 'due', span) * copies;
    const open = due - sum(parts, ({ counts }) => sum([...counts], count => count));
    const { deliveryTimeoutMicros } = this.#trial;
    const toldMicros = Math.min(this.#seen.untilMicros(workers), this.#seen.untilMicros(isProduce));
    if (open > 0 && toldMicros < endMicros + deliveryTimeoutMicros) return undefined;
    return distributionValue(demand.metric, parts, { count: Math.max(0, open), timeoutMicros: deliveryTimeoutMicros });
  }

  /** The workers that the metric comes from. */
  #workersOf({ metric, group }: RunningDemand): (assignment: Assignment) => boolean {
    const isOfGroups = /^(endToEnd\.|consumed|duplicated$|reordered$)/.test(metric);
    return assignment =>
      assignment.role === 'produce' ? !isOfGroups : isOfGroups && (group === null || assignment.group === group);
  }

  /** How often each message is to be read: once by every group at the broker. */
  #copiesFor(group: string | null): number {
    const ids = this.#trial.assignments.flatMap(assignment =>
      assignment.role === 'consume' && (group === null || assignment.group === group)
        ? assignment.members.map(({ groupId }) => `${assignment.group} ${groupId}`)
        : [],
    );
    return new Set(ids).size;
  }
}
