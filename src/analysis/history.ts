/** Turns the stored runs of one scenario into series over time, one for each cell and metric, with their changes of level. Pure. */
import { higherIsBetter } from '../measure/metrics.ts';
import type { Fingerprint } from '../results/fingerprint.ts';
import type { StoredRun } from '../results/read.ts';
import type { Cell, Result } from '../results/schema.ts';
import { HarnessError } from '../support/errors.ts';
import { didYouMean } from '../support/registry.ts';
import { comparabilityOf } from './comparability.ts';
import { type ChangePoint, changePoints, persistentChangePoints } from './change-points.ts';
import { conclude } from './conclude.ts';
import { summaryMetrics } from './summary.ts';

/** A stored run and what it was made of. */
export interface HistoryRun {
  readonly run: StoredRun;
  readonly fingerprint: Fingerprint;
}

export interface HistoryOptions {
  /** Empty: the primary metrics of the newest run. */
  readonly metrics: readonly string[];
  /** Expressions like `acks=all,linger=0ms`, of which a cell must fulfil one; empty: all cells of the newest run. */
  readonly cells: readonly string[];
}

/** One run's number. */
export interface HistoryPoint {
  readonly runId: string;
  readonly startedAt: string;
  readonly commit: string | null;
  readonly value: number;
  readonly trials: number;
  /** The value is a lower bound. */
  readonly censored: boolean;
}

/** Why a run has no point in a series. */
export type SkipReason = 'other-settings' | 'other-host-class' | 'no-such-cell' | 'incomplete' | 'invalid' | 'no-data';

/** A change of level, between two runs. */
export interface HistoryChange extends ChangePoint {
  /** Seen before the newest run came, too; else the next run will tell. */
  readonly confirmed: boolean;
  readonly direction: 'better' | 'worse' | 'neither';
  /** The first run of the new level, and the last of the old one. */
  readonly from: HistoryPoint;
  readonly lastBefore: HistoryPoint;
  /** What else is new between the two, as `Node 24.20.0 → 24.21.0`. */
  readonly news: readonly string[];
}

export interface HistorySeries {
  readonly cell: string;
  readonly label: string;
  readonly metric: string;
  /** Oldest first. */
  readonly points: readonly HistoryPoint[];
  readonly changes: readonly HistoryChange[];
  /** Of the values around their levels; null for fewer than ten points. From .2 on, change points are less sure than they look. */
  readonly lag1Autocorrelation: number | null;
  /** How many runs have no point, by reason. */
  readonly skipped: Readonly<Partial<Record<SkipReason, number>>>;
}

export interface History {
  readonly scenario: string;
  readonly runs: number;
  readonly hostClass: Fingerprint['hostClass'];
  readonly series: readonly HistorySeries[];
}

/** From this autocorrelation on, false alarms are several times as frequent. */
export const worryingAutocorrelation = 0.2;
const fewestForAutocorrelation = 10;

/** What a cell without the primary metrics is judged by, in this order. */
const instead = [['endToEnd.p99'], ['ackedPerSecond']];

/** A run that may have points: its conclusions, and why it has none at all. */
interface Concluded extends HistoryRun {
  readonly result: Result;
  readonly skip: SkipReason | null;
}

/**
 * The history of the scenario whose runs these are, in any order. Only runs like the newest count: the same settings, the same
 * cell, the same class of host, as many valid trials as asked; the others are counted by what keeps them out.
 * @throws HarnessError `usage` for no runs, an unknown metric, or cells that the newest run does not have
 */
export function historyOf(runs: readonly HistoryRun[], { metrics, cells }: HistoryOptions): History {
  const ordered = runs.toSorted((a, b) => (a.run.startedAt < b.run.startedAt ? -1 : 1));
  const newest = ordered.at(-1);
  if (newest === undefined) throw new HarnessError('usage', 'There is no run to make a history of.');
  for (const metric of metrics) refuseUnknown(metric);
  const concluded = ordered.map((one): Concluded => ({
    ...one,
    result: conclude(one.run),
    skip: differenceOf(one.fingerprint, newest.fingerprint),
  }));
  const { header } = newest.run;
  const ownCells = (concluded.at(-1) as Concluded).result.cells.filter(({ side }) => side !== 'against');
  const chosen = chosenCells(ownCells, cells);
  const series = chosen.flatMap(cell => {
    if (metrics.length > 0) return metrics.map(metric => seriesOf(concluded, cell, metric));
    const choices = [header.compare.primary, ...instead].map(names =>
      names.map(name => seriesOf(concluded, cell, name)),
    );
    return choices.find(some => some.some(({ points }) => points.length > 0)) ?? (choices[0] as HistorySeries[]);
  });
  return { scenario: header.name, runs: runs.length, hostClass: newest.fingerprint.hostClass, series };
}

function refuseUnknown(metric: string): void {
  if (summaryMetrics.includes(metric)) return;
  const meant = didYouMean(metric, summaryMetrics);
  throw new HarnessError('usage', `"${metric}" is no metric that a run has one number of.`, {
    hint: meant === undefined ? `There are: ${summaryMetrics.join(', ')}.` : `Did you mean ${meant}?`,
  });
}

function differenceOf(one: Fingerprint, newest: Fingerprint): SkipReason | null {
  const forbidding = comparabilityOf(one, newest).differences.filter(({ forbids }) => forbids);
  if (forbidding.length === 0) return null;
  return forbidding.some(({ kind }) => kind === 'host class') ? 'other-host-class' : 'other-settings';
}

/** What can be said of a cell: its id, its label's parts, its factors by full path. */
const namesOf = ({ id, label, factors }: Cell): Set<string> =>
  new Set([id, ...label.split(', '), ...Object.entries(factors).map(([factor, level]) => `${factor}=${level}`)]);

function chosenCells(all: readonly Cell[], expressions: readonly string[]): readonly Cell[] {
  if (expressions.length === 0) return all;
  const conditions = expressions.map(expression => expression.split(',').map(condition => condition.trim()));
  const chosen = all.filter(cell => {
    const names = namesOf(cell);
    return conditions.some(all => all.every(condition => names.has(condition)));
  });
  if (chosen.length > 0) return chosen;
  throw new HarnessError('usage', `No cell of the newest run is ${expressions.join(' or ')}.`, {
    hint: `There are: ${all.map(({ label, id }) => `"${label || id}"`).join(', ')}.`,
  });
}

function seriesOf(runs: readonly Concluded[], newestCell: Cell, metric: string): HistorySeries {
  const found = runs.map(one => ({ one, point: pointOf(one, newestCell, metric) }));
  const skipped: Partial<Record<SkipReason, number>> = {};
  const kept = found.flatMap(({ one, point }) => {
    if (typeof point !== 'string') return [{ one, point }];
    skipped[point] = (skipped[point] ?? 0) + 1;
    return [];
  });
  const values = kept.map(({ point }) => point.value);
  const levels = changePoints(values);
  const sure = new Set(persistentChangePoints(values).map(({ index }) => index));
  const changes = levels.map((change): HistoryChange => {
    const [before, from] = [kept[change.index - 1], kept[change.index]] as [
      (typeof kept)[number],
      (typeof kept)[number],
    ];
    return {
      ...change,
      confirmed: sure.has(change.index),
      direction: directionOf(metric, change),
      from: from.point,
      lastBefore: before.point,
      news: newsBetween(before.one.fingerprint, from.one.fingerprint),
    };
  });
  return {
    cell: newestCell.id,
    label: newestCell.label || newestCell.id,
    metric,
    points: kept.map(({ point }) => point),
    changes,
    lag1Autocorrelation: lag1Autocorrelation(
      values,
      levels.map(({ index }) => index),
    ),
    skipped,
  };
}

// the rules in the order in which people would ask for them
function pointOf({ run, result, skip }: Concluded, like: Cell, metric: string): HistoryPoint | SkipReason {
  if (skip !== null) return skip;
  const cell = result.cells.find(({ id }) => id === like.id);
  if (cell === undefined) return 'no-such-cell';
  const blocks = (trials: Cell['trials']): number => new Set(trials.map(({ block }) => block)).size;
  if (blocks(cell.trials) < run.header.repeat) return 'incomplete';
  if (blocks(cell.trials.filter(({ validity }) => validity !== 'invalid')) < run.header.repeat) return 'invalid';
  const summary = cell.summary[metric];
  if (summary === undefined) return 'no-data';
  const commit = run.environment['commit'];
  return {
    runId: run.header.runId,
    startedAt: run.startedAt,
    commit: typeof commit === 'string' ? commit : null,
    value: summary.estimate,
    trials: summary.trials,
    censored: summary.censored,
  };
}

function directionOf(metric: string, { before, after }: ChangePoint): HistoryChange['direction'] {
  const isHigherBetter = higherIsBetter.has(metric);
  if (!isHigherBetter && !metric.includes('.')) return 'neither';
  return after > before === isHigherBetter ? 'better' : 'worse';
}

function newsBetween(before: Fingerprint, after: Fingerprint): string[] {
  return comparabilityOf(before, after).differences.map(({ name, a, b }) => `${name} ${a} → ${b}`);
}

/** How alike neighbours are, once each value is taken from the mean of its level. */
function lag1Autocorrelation(values: readonly number[], changes: readonly number[]): number | null {
  if (values.length < fewestForAutocorrelation) return null;
  const edges = [0, ...changes, values.length];
  const rest = edges.slice(1).flatMap((end, i) => {
    const level = values.slice(edges[i], end);
    const mean = level.reduce((sum, value) => sum + value, 0) / level.length;
    return level.map(value => value - mean);
  });
  const squares = rest.reduce((sum, value) => sum + value ** 2, 0);
  const products = rest.slice(1).reduce((sum, value, i) => sum + value * (rest[i] as number), 0);
  return squares === 0 ? null : products / squares;
}
