/** Finds where a series of measurements changed its level: E-divisive, then a t-test. Pure. */
import { mean, pOfZero, pooledEstimate } from './stats.ts';

/** What counts as a change. */
export interface ChangePointSettings {
  /** How many points are looked at together. */
  readonly window: number;
  /** The p-value up to which a window is split: loose, lest a short bump hide in the segment around it. */
  readonly splitP: number;
  /** The p-value below which a split stays. */
  readonly mergeP: number;
  /** The least change of the mean that stays, as a share. */
  readonly minimumMagnitude: number;
}

const highwaterSettings: ChangePointSettings = { window: 50, splitP: 0.01, mergeP: 2e-4, minimumMagnitude: 0.03 };

/** A change of level. */
export interface ChangePoint {
  /** The first point of the new level. */
  readonly index: number;
  /** Of the pooled t-test between the segments on both sides. */
  readonly p: number;
  /** The larger of |after/before − 1| and |before/after − 1|. */
  readonly magnitude: number;
  readonly before: number;
  readonly after: number;
}

/** Where a series splits best, and how well. */
export interface Split {
  /** The first point of the right part. */
  readonly tau: number;
  readonly q: number;
}

const fewestInSegment = 2;

/**
 * Change points by Highwater's variant of Apache Otava's algorithm (Hunter; Matteson & James 2014 for E-divisive): windows of 50
 * that overlap, split at .01; then the weakest point goes as long as its p is not below .0002 or its magnitude not above 3 %, and
 * both neighbours are judged anew. Give it one number per set of trials; gaps are to be left out, not filled.
 */
export function changePoints(
  series: readonly number[],
  settings: ChangePointSettings = highwaterSettings,
): ChangePoint[] {
  return merged(series, candidates(series, settings), settings);
}

/**
 * The change points that are worth an alarm: those that were there, give or take one point, before the last point came.
 * What only the last point brought may go with the next one.
 */
export function persistentChangePoints(
  series: readonly number[],
  settings: ChangePointSettings = highwaterSettings,
): ChangePoint[] {
  const earlier = changePoints(series.slice(0, -1), settings);
  return changePoints(series, settings).filter(({ index }) =>
    earlier.some(point => Math.abs(point.index - index) <= 1),
  );
}

/** Indices at which windows split, each once, in order. */
function candidates(series: readonly number[], { window, splitP }: ChangePointSettings): number[] {
  const found = new Set<number>();
  for (let start = 0; start < series.length;) {
    for (const index of divisive(series.slice(start, start + window), splitP)) found.add(start + index);
    start = Math.max(start + window / 2, ...found);
  }
  return [...found].toSorted((a, b) => a - b);
}

/** Splits at the best place of all segments as long as the t-test over that segment accepts it. */
function divisive(window: readonly number[], splitP: number): number[] {
  const distances = cumulatedDistances(window);
  let edges = [0, window.length];
  for (;;) {
    const segments = edges.slice(1).map((end, i) => ({ start: edges[i] as number, end }));
    const splits = segments.flatMap(segment => {
      const split = bestSplitIn(distances, segment);
      return split === null ? [] : [{ ...segment, ...split }];
    });
    const best = splits.reduce<(typeof splits)[number] | null>((a, b) => (a === null || b.q > a.q ? b : a), null);
    if (best === null) return edges.slice(1, -1);
    if (pooledP(window.slice(best.start, best.tau), window.slice(best.tau, best.end)) > splitP)
      return edges.slice(1, -1);
    edges = [...edges, best.tau].toSorted((a, b) => a - b);
  }
}

/**
 * E-divisive (Matteson & James 2014): the τ, over all τ < κ with two points or more on both sides, that maximises
 * `Q = 2/(n+m) Σ|x−y| − 2m/((n+m)(n−1)) Σ_{i<j}|x_i−x_j| − 2n/((n+m)(m−1)) Σ_{i<j}|y_i−y_j|`, n = τ points left of τ and m = κ − τ
 * from τ to κ. Null for a series that is too short; of equals the first.
 */
export function bestSplit(series: readonly number[]): Split | null {
  return bestSplitIn(cumulatedDistances(series), { start: 0, end: series.length });
}

function bestSplitIn(
  distances: readonly Float64Array[],
  { start, end }: { readonly start: number; readonly end: number },
): Split | null {
  const between = (fromA: number, toA: number, fromB: number, toB: number): number =>
    at(distances, toA, toB) - at(distances, fromA, toB) - at(distances, toA, fromB) + at(distances, fromA, fromB);
  let best: Split | null = null;
  for (let tau = start + fewestInSegment; tau <= end - fewestInSegment; tau++) {
    const n = tau - start;
    const left = between(start, tau, start, tau) / 2;
    for (let kappa = tau + fewestInSegment; kappa <= end; kappa++) {
      const m = kappa - tau;
      const right = between(tau, kappa, tau, kappa) / 2;
      const across = between(start, tau, tau, kappa);
      const q = (2 / (n + m)) * (across - (m / (n - 1)) * left - (n / (m - 1)) * right);
      if (best === null || q > best.q) best = { tau, q };
    }
  }
  return best;
}

const at = (table: readonly Float64Array[], row: number, column: number): number => table[row]?.[column] as number;

/** Sums of |x_i − x_j| over all i below the row and j below the column, so that any rectangle's sum is four look-ups. */
function cumulatedDistances(series: readonly number[]): Float64Array[] {
  const sums = [new Float64Array(series.length + 1)];
  for (const [i, a] of series.entries()) {
    const row = new Float64Array(series.length + 1);
    const above = sums[i] as Float64Array;
    let sum = 0;
    for (const [j, b] of series.entries()) {
      sum += Math.abs(a - b);
      row[j + 1] = (above[j + 1] as number) + sum;
    }
    sums.push(row);
  }
  return sums;
}

/** Takes the weakest point away, and judges its neighbours anew, until those that are left are all sure and large enough. */
function merged(
  series: readonly number[],
  indices: readonly number[],
  { mergeP, minimumMagnitude }: ChangePointSettings,
): ChangePoint[] {
  let left = indices;
  for (;;) {
    const points = left.map((index, i) => pointAt(series, left[i - 1] ?? 0, index, left[i + 1] ?? series.length));
    const leastSure = points.reduce<ChangePoint | null>((a, b) => (a === null || b.p > a.p ? b : a), null);
    if (leastSure === null) return [];
    const smallest = points.reduce((a, b) => (b.magnitude < a.magnitude ? b : a));
    const weakest = leastSure.p >= mergeP ? leastSure : smallest.magnitude <= minimumMagnitude ? smallest : null;
    if (weakest === null) return points;
    left = left.filter(index => index !== weakest.index);
  }
}

function pointAt(series: readonly number[], start: number, index: number, end: number): ChangePoint {
  const [left, right] = [series.slice(start, index), series.slice(index, end)];
  const [before, after] = [mean(left), mean(right)];
  const magnitude = before === after ? 0 : Math.max(Math.abs(after / before - 1), Math.abs(before / after - 1));
  return { index, p: pooledP(left, right), magnitude, before, after };
}

/** Student's two-sided t-test with pooled variance; a side of one value has no variance of its own, and two such sides say nothing. */
function pooledP(left: readonly number[], right: readonly number[]): number {
  return left.length + right.length < 3 ? 1 : pOfZero(pooledEstimate(left, right));
}
