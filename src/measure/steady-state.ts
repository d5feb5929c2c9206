/** Finds where a series becomes steady, and whether what follows still drifts. Pure: numbers in, numbers out. */

/** Points in a batch. */
export const batchSize = 5;
const driftBlocks = 12;

/** Where a series becomes steady. */
export interface SteadyCut {
  /** How many points to leave out at the beginning. */
  readonly points: number;
  /** Nothing shorter than half of the series would do: no steady state was found. */
  readonly isAtCap: boolean;
}

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

/** The middle value, of an even number of them the mean of the two in the middle. Needs a value. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle] as number;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] as number) + upper) / 2;
}

/** Means of five points each; points left over at the end belong to none. */
export function batchMeans(series: readonly number[]): number[] {
  return Array.from({ length: Math.floor(series.length / batchSize) }, (_, i) =>
    mean(series.slice(i * batchSize, (i + 1) * batchSize)),
  );
}

/**
 * MSER-5 (White, Cobb & Spratt 2000): of k batch means, the d ≤ k/2 to leave out that makes the standard error of the rest
 * least, `d* = argmin Σ_{j≥d} (z_j − mean_d)² / (k − d)²`; of equals the smallest. At the cap the series is not steady.
 */
export function mser5(series: readonly number[]): SteadyCut {
  const batches = batchMeans(series);
  const cap = Math.floor(batches.length / 2);
  let best = 0;
  let least = Infinity;
  let meanOfRest = 0;
  let squares = 0;
  // from the end, with Welford's update: of a constant series the sum of squares stays exactly 0
  for (let d = batches.length - 1; d >= 0; d--) {
    const kept = batches.length - d;
    const batch = batches[d] as number;
    const distance = batch - meanOfRest;
    meanOfRest += distance / kept;
    squares += distance * (batch - meanOfRest);
    if (d > cap || squares / kept ** 2 > least) continue;
    least = squares / kept ** 2;
    best = d;
  }
  return { points: best * batchSize, isAtCap: cap > 0 && best === cap };
}

/** Slope per step: the median of the slopes of all pairs (Theil 1950, Sen 1968). Needs two values. */
export function theilSenSlope(values: readonly number[]): number {
  const slopes = values.flatMap((a, i) => values.slice(i + 1).map((b, j) => (b - a) / (j + 1)));
  return median(slopes);
}

/**
 * By which share of its median a series rises (or falls, below 0) from the first to the last of 12 equal blocks, along the
 * Theil-Sen line through their means. Null for fewer than 12 points.
 */
export function driftOf(series: readonly number[]): number | null {
  if (series.length < driftBlocks) return null;
  const edge = (i: number): number => Math.round((i * series.length) / driftBlocks);
  const blocks = Array.from({ length: driftBlocks }, (_, i) => mean(series.slice(edge(i), edge(i + 1))));
  const change = theilSenSlope(blocks) * (driftBlocks - 1);
  return change === 0 ? 0 : change / median(blocks);
}

/** What a window of rounds may show and still be steady by the SNIA's rules, as shares of its mean. */
export interface SniaLimits {
  readonly rounds: number;
  readonly range: number;
  /** Of the least-squares line, from the first to the last round. */
  readonly slopeExcursion: number;
}

const sniaLimits: SniaLimits = { rounds: 5, range: 0.2, slopeExcursion: 0.1 };

/**
 * Where the first steady window of rounds begins by the SNIA's Performance Test Specification: range and slope excursion within
 * their limits. Null where there is none. A diagnostic: a slow drift passes these rules.
 */
export function sniaSteadyFrom(rounds: readonly number[], limits: SniaLimits = sniaLimits): number | null {
  for (let start = 0; start + limits.rounds <= rounds.length; start++) {
    if (isSniaSteady(rounds.slice(start, start + limits.rounds), limits)) return start;
  }
  return null;
}

function isSniaSteady(window: readonly number[], { range, slopeExcursion }: SniaLimits): boolean {
  const centre = mean(window);
  const middle = (window.length - 1) / 2;
  const products = window.reduce((sum, value, i) => sum + (i - middle) * (value - centre), 0);
  const squares = window.reduce((sum, _, i) => sum + (i - middle) ** 2, 0);
  const excursion = Math.abs(products / squares) * (window.length - 1);
  return Math.max(...window) - Math.min(...window) <= range * centre && excursion <= slopeExcursion * centre;
}
