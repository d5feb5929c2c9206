/** Measures how even counts are, and holds that against chance. Pure. */
import { mean } from './stats.ts';
import { upperGamma } from './stats/gamma.ts';

export interface Evenness {
  /** 0: all the same; towards 1: all in one (Gini 1912), the mean of the sets. */
  readonly gini: number;
  /** Pearson's, against equal shares, summed over the sets. */
  readonly chiSquare: number;
  readonly degreesOfFreedom: number;
  /** Of at least so large a χ² if every item had chosen its place independently, each place as likely as any other. */
  readonly p: number;
}

/** Of sets of counts over the same places, each with at least one item. */
export function evennessOf(sets: readonly (readonly number[])[]): Evenness {
  const chiSquare = sets.reduce((sum, counts) => sum + chiSquareOf(counts), 0);
  const degreesOfFreedom = sets.reduce((sum, counts) => sum + counts.length - 1, 0);
  return {
    gini: mean(sets.map(giniOf)),
    chiSquare,
    degreesOfFreedom,
    p: upperGamma(degreesOfFreedom / 2, chiSquare / 2),
  };
}

function chiSquareOf(counts: readonly number[]): number {
  const even = mean(counts);
  return counts.reduce((sum, count) => sum + (count - even) ** 2 / even, 0);
}

/** Half of the mean absolute difference, against the mean; by the sorted form. */
function giniOf(counts: readonly number[]): number {
  const sorted = counts.toSorted((a, b) => a - b);
  const weighted = sorted.reduce((sum, count, i) => sum + (2 * i - sorted.length + 1) * count, 0);
  return weighted / (sorted.length ** 2 * mean(sorted));
}
