/** Between which ranks of a sample a percentile lies. Pure. */
import { incompleteBeta } from './gamma.ts';

/** Ranks in ascending order, from 1; null where the sample is too small for a bound on that side. */
export interface RankInterval {
  readonly low: number | null;
  readonly high: number | null;
}

/**
 * The exact interval of the share's percentile by order statistics: either bound is exceeded with at most half of what the confidence leaves. It holds
 * for independent values alone. Messages of one trial are not: of their percentiles it covers less than a third of what it
 * promises, so nothing that is published comes from it.
 */
export function percentileRanks(count: number, share: number, confidence: number): RankInterval {
  const outside = (1 - confidence) / 2;
  // the largest rank that lies above the percentile with at most that probability, the smallest that lies below it
  const low = firstWhere(count + 1, rank => binomialCdf(rank - 1, count, share) > outside) - 1;
  const high = firstWhere(count + 1, rank => binomialCdf(rank - 1, count, share) >= 1 - outside);
  return { low: low < 1 ? null : low, high: high > count ? null : high };
}

/** P(X ≤ k) of the binomial distribution. */
function binomialCdf(k: number, count: number, share: number): number {
  if (k < 0) return 0;
  return k >= count ? 1 : incompleteBeta(1 - share, count - k, k + 1);
}

/** The first of 1 … end at which a condition that then stays true is true; `end` if none before is. */
function firstWhere(end: number, isTrue: (rank: number) => boolean): number {
  let low = 1;
  let high = end;
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    if (isTrue(middle)) high = middle;
    else low = middle + 1;
  }
  return low;
}
