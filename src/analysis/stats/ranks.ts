/** Tests and estimates that go by ranks and signs alone. Pure. */
import { normalTail } from './normal.ts';

/**
 * The two-sided p of the exact sign-flip permutation test of "the mean is 0" (Fisher 1935): the share of all 2^n ways to give the values signs whose
 * sum is as far from 0. Each half of the values gives its sums, and pairs of them are counted: thirty values are quick.
 */
export function signFlipP(values: readonly number[]): number {
  const observed = Math.abs(values.reduce((sum, value) => sum + value, 0)) * (1 - 1e-12);
  if (observed === 0) return 1;
  const middle = Math.ceil(values.length / 2);
  const ofFirst = signedSums(values.slice(0, middle));
  const ofRest = signedSums(values.slice(middle)).toSorted();
  // of every extreme sum its negative is one too
  const asExtreme = ofFirst.reduce((count, sum) => count + ofRest.length - firstAtLeast(ofRest, observed - sum), 0);
  return (2 * asExtreme) / 2 ** values.length;
}

/** The sums of the values with each choice of signs. */
function signedSums(values: readonly number[]): Float64Array {
  return values.reduce((sums, value) => {
    const next = new Float64Array(2 * sums.length);
    sums.forEach((sum, i) => {
      next[i] = sum + value;
      next[sums.length + i] = sum - value;
    });
    return next;
  }, new Float64Array(1));
}

/** Where in ascending numbers the first stands that is not below a limit. */
function firstAtLeast(numbers: Float64Array, limit: number): number {
  let low = 0;
  let high = numbers.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((numbers[middle] as number) < limit) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** A rank test's outcome. */
export interface MannWhitney {
  /** The number of pairs in which a's value is the higher one; a tie counts a half. */
  readonly u: number;
  /** Two-sided: exact without ties where the samples are small, else by the normal approximation with continuity. */
  readonly p: number;
}

/** Up to so many values in the smaller sample, without ties, the distribution of U is counted out. */
const mostCounted = 50;

/** Mann and Whitney's test (1947) that values of a and b come from one distribution. Needs one value or more of each. */
export function mannWhitney(a: readonly number[], b: readonly number[]): MannWhitney {
  const u = rankU(a, b);
  const hasTies = new Set([...a, ...b]).size < a.length + b.length;
  const isSmall = Math.min(a.length, b.length) <= mostCounted && a.length * b.length <= 10_000;
  return { u, p: !hasTies && isSmall ? exactP(u, a.length, b.length) : mannWhitneyNormalP(a, b, true) };
}

function rankU(a: readonly number[], b: readonly number[]): number {
  let u = 0;
  for (const x of a) for (const y of b) u += x > y ? 1 : x === y ? 0.5 : 0;
  return u;
}

/** Twice the smaller tail of U's distribution, by the recurrence of Mann and Whitney on counts of arrangements; no ties. */
function exactP(u: number, sizeOfA: number, sizeOfB: number): number {
  const counts = arrangements(sizeOfA, sizeOfB);
  const total = counts.reduce((sum, count) => sum + count, 0);
  const extreme = Math.min(u, sizeOfA * sizeOfB - u);
  const tail = counts.slice(0, extreme + 1).reduce((sum, count) => sum + count, 0);
  return Math.min(1, (2 * tail) / total);
}

/** How many arrangements of the two samples have each U: the coefficients of the Gaussian binomial [a+b over a]. */
function arrangements(sizeOfA: number, sizeOfB: number): number[] {
  const most = sizeOfA * sizeOfB;
  const counts = [1, ...Array<number>(most).fill(0)];
  for (let i = 1; i <= sizeOfA; i++) {
    // times 1 − q^(b+i), from above, and divided by 1 − q^i, from below
    for (let u = most; u >= sizeOfB + i; u--) counts[u] = (counts[u] as number) - (counts[u - sizeOfB - i] as number);
    for (let u = i; u <= most; u++) counts[u] = (counts[u] as number) + (counts[u - i] as number);
  }
  return counts;
}

/** The two-sided p of U by the normal approximation, its variance corrected for ties; with continuity half a pair less far out. */
export function mannWhitneyNormalP(a: readonly number[], b: readonly number[], withContinuity: boolean): number {
  const [m, n] = [a.length, b.length];
  const all = m + n;
  const sizesOfTies = [...Map.groupBy([...a, ...b], value => value).values()].map(({ length }) => length);
  const ties = sizesOfTies.reduce((sum, size) => sum + size ** 3 - size, 0);
  const variance = ((m * n) / 12) * (all + 1 - ties / (all * (all - 1)));
  if (variance <= 0) return 1;
  const distance = Math.abs(rankU(a, b) - (m * n) / 2) - (withContinuity ? 0.5 : 0);
  return Math.min(1, 2 * normalTail(distance / Math.sqrt(variance)));
}

/** Hodges and Lehmann's estimate (1963) on ratios: the median of every value of b against every value of a. */
export function hodgesLehmannRatio(a: readonly number[], b: readonly number[]): number {
  const ratios = a.flatMap(x => b.map(y => y / x)).toSorted((one, other) => one - other);
  const middle = ratios.length / 2;
  return ((ratios[Math.ceil(middle) - 1] as number) + (ratios[Math.floor(middle)] as number)) / 2;
}
