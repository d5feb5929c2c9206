/** Reads curves of latency by percentile off a cell's trials. Pure. */
import { mean } from '../../analysis/stats.ts';
import { mergeHistograms } from '../../measure/histogram.ts';
import type { Result } from '../../results/schema.ts';
import { durationTick } from './axes.ts';
import { type CellTrials, isNear, upperLimits } from './cells.ts';

export type Latency = 'ack' | 'endToEnd';

/** A percentile over a cell's trials, in µs. */
export interface Point {
  /** log₁₀ of 1/(1−p): 0 is the least, 2 is p99. */
  readonly nines: number;
  /** The trials' geometric mean, as in the tables. */
  readonly micros: number;
  readonly least: number;
  readonly most: number;
  /** In every trial at least ten messages lie beyond, and all of those have an outcome. */
  readonly isFirm: boolean;
}

export interface Curve extends CellTrials {
  readonly points: readonly Point[];
}

const pointsPerDecade = 12;
const fewestBeyond = 10;

/** A cell's curve; none where one of its trials has no such latency. */
export function curveOf(cell: CellTrials, latency: Latency): Curve[] {
  const data = cell.trials.flatMap(({ stored }) => stored.distributions[latency] ?? []);
  const histograms = data.filter(({ counts }) => counts.length > 0).map(one => mergeHistograms([one]));
  if (histograms.length === 0 || histograms.length < cell.trials.length) return [];
  const fewest = Math.min(...histograms.map(({ count }) => count));
  const steps = Math.floor(Math.log10(fewest) * pointsPerDecade);
  const censored = Math.max(
    ...cell.trials.map(({ trial }) => {
      const figures = trial[`${latency}Micros`];
      return figures === null ? 0 : figures.censored / figures.count;
    }),
  );
  const points = Array.from({ length: steps + 1 }, (_, step) => {
    const nines = step / pointsPerDecade;
    const beyond = 10 ** -nines;
    const values = histograms.map(histogram => Math.max(1, histogram.percentileMicros(1 - beyond)));
    return {
      nines,
      micros: Math.exp(mean(values.map(Math.log))),
      least: Math.min(...values),
      most: Math.max(...values),
      // rounded: 10,000 × 10^−3 is 10.000000000000002
      isFirm: Number((fewest * beyond).toPrecision(12)) >= fewestBeyond && censored <= beyond,
    };
  });
  return [{ ...cell, points }];
}

/** A limit of a check, at the percentile that it speaks of. */
export interface Limit {
  readonly nines: number;
  readonly micros: number;
  readonly scope: string;
  readonly text: string;
}

const ninesOf: Readonly<Record<string, number>> = {
  p50: Math.log10(2),
  p90: 1,
  p95: Math.log10(20),
  p99: 2,
  p999: 3,
  p9999: 4,
};

/** The limits that the checks set to a latency's percentiles; `far`: those that the curves are nowhere near. */
export function limitsOf(
  result: Result,
  latency: Latency,
  curves: readonly Curve[],
): { readonly near: readonly Limit[]; readonly far: readonly Limit[] } {
  const right = rightmost(curves);
  const values = curves.flatMap(({ points }) => points.flatMap(({ least, most }) => [least, most]));
  const all = Object.entries(ninesOf).flatMap(([name, nines]) =>
    upperLimits(result, `${latency}.${name}`).map(({ micros, scope }) => ({
      nines,
      micros,
      scope,
      text: `limit ${name} ${durationTick(micros)}${scope === '' ? '' : ` (${scope})`}`,
    })),
  );
  const isDrawn = ({ nines, micros }: Limit): boolean => nines <= right && isNear(micros, values);
  return { near: all.filter(isDrawn), far: all.filter(limit => !isDrawn(limit)) };
}

/** Where the longest curve ends. */
export const rightmost = (curves: readonly Curve[]): number =>
  Math.max(1, ...curves.map(({ points }) => points.at(-1)?.nines ?? 0));

/** At each percentile the median of the cells that reach so far. */
export function medianCurve(curves: readonly Curve[]): { readonly nines: number; readonly micros: number }[] {
  const longest = Math.min(...curves.map(({ points }) => points.length));
  return Array.from({ length: longest }, (_, i) => {
    const values = curves.map(({ points }) => points[i]?.micros ?? 0).toSorted((a, b) => a - b);
    return { nines: i / pointsPerDecade, micros: values[Math.floor(values.length / 2)] ?? 0 };
  });
}
