/** Puts the latencies of cells into tables: estimates over trials, in ms, with their intervals. */
import type { Cell, Result, Summary } from '../results/schema.ts';
import { millis } from './numbers.ts';
import { countingTrials, type Table } from './table.ts';

/** The latencies that a report shows, the headline first. */
const shown = [
  { name: 'ack', title: 'ack: due to acknowledged' },
  { name: 'endToEnd', title: 'endToEnd: due to the consumer’s handler' },
  { name: 'service', title: 'service: sent to acknowledged' },
] as const;

/** A table for each latency that any trial has. */
export function latencyTables(result: Result): Table[] {
  return shown.flatMap(({ name, title }) => {
    const hasAny = result.cells.some(cell => cell.trials.some(trial => trial[`${name}Micros`] !== null));
    const isHeadlineThere =
      name === 'service' && result.cells.every(cell => cell.trials.every(trial => trial.ackMicros !== null));
    return hasAny && !isHeadlineThere ? [latencyTable(result, name, title)] : [];
  });
}

function latencyTable(result: Result, name: string, title: string): Table {
  const isClosed = result.cells.some(cell => cell.trials.some(trial => !trial.isOpenLoop));
  const summaries = result.cells.flatMap(cell => Object.values(cell.summary));
  const labels = isClosed && name !== 'ack' ? ' (closed loop, not a latency claim)' : '';
  const rows = result.cells.map(cell => [
    cell.label,
    ...['p50', 'p99', 'p999'].map(statistic => estimateText(cell.summary[`${name}.${statistic}`])),
    maxText(cell, name),
  ]);
  return {
    title: `${title}, ms${labels}`,
    note: intervalNote(summaries),
    rows: [['cell', 'p50', 'p99', 'p99.9', 'max'], ...rows],
  };
}

/** What the figures of a table of latencies are. */
export function intervalNote(summaries: readonly Summary[]): string {
  if (summaries.length > 0 && summaries.every(({ trials }) => trials === 1)) return 'of one trial: no interval';
  const isRange = summaries.some(({ interval }) => interval === 'range');
  return `mean of the trials on a log scale ${isRange ? '[least–greatest trial: too few for an interval]' : '[95 % CI]'}`;
}

/** An estimate in ms with its interval, where it has one: `5.01 [4.95–5.07]`; `–` where there is none. */
export function estimateText(summary: Summary | undefined): string {
  if (summary === undefined) return '–';
  const bound = summary.censored ? '≥ ' : '';
  const hasInterval = summary.low !== null && summary.high !== null && summary.trials > 1 && !summary.censored;
  if (!hasInterval) return bound + millis(summary.estimate);
  return `${millis(summary.estimate)} [${millis(summary.low ?? 0)}–${millis(summary.high ?? 0)}]`;
}

/** The greatest latency of the trials that count, in ms. */
export function maxText(cell: Cell, name: string): string {
  const latencies = countingTrials(cell).flatMap(trial => trial[`${name}Micros` as 'ackMicros'] ?? []);
  if (latencies.length === 0) return '–';
  const bound = latencies.some(({ censored }) => censored > 0) ? '≥ ' : '';
  return bound + millis(Math.max(...latencies.map(({ max }) => max)));
}
