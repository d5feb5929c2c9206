/** Judges what the scenario demands. No data is never a pass. */
import type { RunTrial } from '../results/read.ts';
import type { CheckResult } from '../results/schema.ts';
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

/** Judges a demand over the cells that it is about. */
export function judgeCheck(demand: Demand, cells: readonly CheckedCell[]): CheckResult {
  const meant = cells.filter(({ factors }) => matches(demand.where, factors));
  const judged = meant.map(cell => ({ id: cell.id, values: valuesOf(demand, cell) }));
  const { metric, min, max, group, where, every } = demand;
  const frame = { metric, min, max, group, where: { ...where }, every, cells: meant.length };
  const worst = worstOf(demand, judged);
  if (meant.length === 0 || judged.some(({ values }) => values.length === 0)) {
    const failed = judged.filter(({ values }) => values.length === 0).map(({ id }) => id);
    return { ...frame, verdict: 'no-data', failed, worst };
  }
  const failed = judged.filter(({ values }) => values.some(value => misses(demand, value))).map(({ id }) => id);
  return { ...frame, verdict: failed.length === 0 ? 'pass' : 'fail', failed, worst };
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

function misses({ min, max }: Demand, value: number): boolean {
  return (min !== null && value < min) || (max !== null && value > max);
}

function worstOf(
  { max }: Demand,
  judged: readonly { readonly id: string; readonly values: readonly number[] }[],
): CheckResult['worst'] {
  const all = judged.flatMap(({ id, values }) => values.map(value => ({ cell: id, value })));
  const sorted = all.toSorted((a, b) => (max === null ? a.value - b.value : b.value - a.value));
  return sorted[0] ?? null;
}
