/** Judges what the scenario demands. No data is never a pass. */
import { misses } from '../measure/spans.ts';
import type { RunTrial } from '../results/read.ts';
import type { CheckResult } from '../results/schema.ts';
import { judgeSpans, type JudgedSpan, tallyOf, wasCutShort, wasEndedBy } from './spans.ts';
import { mean } from './stats.ts';
import { metricValue } from './values.ts';

/** A demand, its limits in the metric's unit. */
export interface Demand {
  readonly metric: string;
  readonly min: number | null;
  readonly max: number | null;
  readonly where: Readonly<Record<string, unknown>>;
  readonly group: string | null;
  readonly every: number | null;
}

export interface CheckedCell {
  readonly id: string;
  readonly factors: Readonly<Record<string, string | number | boolean>>;
  /** Trials that count, and … */
  readonly trials: readonly RunTrial[];
  /** … all that finished, invalid ones too. */
  readonly finished: readonly RunTrial[];
}

/** What a message did or did not do is judged in every trial: one lost message is one too many, whoever was to blame. */
const countsOfMessages = new Set(['lost', 'duplicated', 'reordered', 'failed', 'unresolved', 'notSent']);

/** What a cell shows of a demand. */
interface JudgedCell {
  readonly id: string;
  /** The estimate over trials, or each trial's count; empty where a trial has no data. */
  readonly values: readonly number[];
  readonly spans: readonly JudgedSpan[];
  readonly verdict: CheckResult['verdict'];
}

/** Judges a demand over the cells that it is about, and with `every` over each span of their trials too. */
export function judgeCheck(demand: Demand, cells: readonly CheckedCell[]): CheckResult {
  const judged = cells.filter(({ factors }) => matches(demand.where, factors)).map(cell => judgeCell(demand, cell));
  const { metric, min, max, group, where, every } = demand;
  const has = (wanted: CheckResult['verdict']): boolean => judged.some(({ verdict }) => verdict === wanted);
  const verdict = judged.length === 0 || has('no-data') ? 'no-data' : has('fail') ? 'fail' : 'pass';
  return {
    metric,
    min,
    max,
    group,
    where: { ...where },
    every,
    cells: judged.length,
    verdict,
    failed: judged.filter(one => one.verdict === verdict && verdict !== 'pass').map(({ id }) => id),
    worst: worstOf(demand, judged),
    ...(every === null ? {} : { spans: tallyOf(judged.flatMap(({ spans }) => spans)) }),
  };
}

/** A trial that a check ended is judged by its spans though it does not count; a cell that it made fail has failed, whatever else it lacks. */
function judgeCell(demand: Demand, cell: CheckedCell): JudgedCell {
  const { id, trials, finished } = cell;
  const values = valuesOf(demand, cell);
  const isCount = countsOfMessages.has(demand.metric);
  const judged = finished.filter(trial => isCount || trials.includes(trial) || wasCutShort(trial));
  const spans = demand.every === null ? [] : judgeSpans(demand, judged);
  const isMissed =
    values.some(value => misses(demand, value)) ||
    (spans ?? []).some(span => span.fails) ||
    finished.some(trial => wasEndedBy(trial, demand));
  const verdict = isMissed ? 'fail' : values.length === 0 || spans === null ? 'no-data' : 'pass';
  return { id, values, spans: spans ?? [], verdict };
}

/** Whether a cell has the levels that a selection names; a list allows each of its members. */
export function matches(
  selection: Readonly<Record<string, unknown>>,
  factors: Readonly<Record<string, string | number | boolean>>,
): boolean {
  return Object.entries(selection).every(([factor, wanted]) =>
    (Array.isArray(wanted) ? wanted : [wanted]).some(level => String(level) === String(factors[factor])),
  );
}

/** The estimate over trials, or each trial's count; empty where a trial has no data. */
function valuesOf({ metric, group }: Demand, { trials, finished }: CheckedCell): number[] {
  const isCount = countsOfMessages.has(metric);
  const values = (isCount ? finished : trials).map(({ trial }) => metricValue(trial, metric, group));
  if (values.some(value => value === null)) return [];
  const numbers = values.map(value => value?.value ?? 0);
  if (isCount || numbers.length === 0) return numbers;
  const onLogs = metric.includes('.') && numbers.every(value => value > 0);
  return [onLogs ? Math.exp(mean(numbers.map(Math.log))) : mean(numbers)];
}

/** The value that is furthest beyond the demand, or nearest to it: an estimate's, or a span's. */
function worstOf({ max }: Demand, judged: readonly JudgedCell[]): CheckResult['worst'] {
  const all = judged.flatMap(({ id, values, spans }): NonNullable<CheckResult['worst']>[] => [
    ...values.map(value => ({ cell: id, value })),
    ...spans.flatMap(({ value, block, attempt, fromSecond }) =>
      value === null ? [] : [{ cell: id, value, block, attempt, fromSecond }],
    ),
  ]);
  const isWorse = (a: number, b: number): boolean => (max === null ? a < b : a > b);
  return all.reduce<CheckResult['worst']>(
    (worst, one) => (worst === null || isWorse(one.value, worst.value) ? one : worst),
    null,
  );
}
