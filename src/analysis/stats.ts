/** Means of small samples and their intervals. Pure; held by reference values of an independent implementation. */
import { studentCdf, studentQuantile } from './stats/student.ts';

export const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;

/** The sample's standard deviation (n − 1); 0 for a single value. */
export function standardDeviation(values: readonly number[]): number {
  if (values.length < 2) return 0;
  const centre = mean(values);
  return Math.sqrt(values.reduce((sum, value) => sum + (value - centre) ** 2, 0) / (values.length - 1));
}

/** An estimate with its two-sided interval. */
export interface Interval {
  readonly estimate: number;
  readonly low: number;
  readonly high: number;
}

/** What is known of a mean, or of a difference of means: all that a t-interval needs. */
export interface Estimate {
  readonly estimate: number;
  readonly standardError: number;
  readonly degreesOfFreedom: number;
}

/** The mean with its standard error, s/√n on n − 1 degrees of freedom. Needs two values or more. */
export function meanEstimate(values: readonly number[]): Estimate {
  const count = values.length;
  return {
    estimate: mean(values),
    standardError: standardDeviation(values) / Math.sqrt(count),
    degreesOfFreedom: count - 1,
  };
}

/**
 * mean(b) − mean(a) of two independent samples, of spreads that may differ: Welch's standard error, and his degrees of freedom
 * (Welch 1947, Satterthwaite 1946). Needs two values or more of each. Without any spread the degrees are those of equal spreads.
 */
export function welchEstimate(a: readonly number[], b: readonly number[]): Estimate {
  const ofA = standardDeviation(a) ** 2 / a.length;
  const ofB = standardDeviation(b) ** 2 / b.length;
  const both = ofA + ofB;
  const degreesOfFreedom =
    both === 0 ? a.length + b.length - 2 : both ** 2 / (ofA ** 2 / (a.length - 1) + ofB ** 2 / (b.length - 1));
  return { estimate: mean(b) - mean(a), standardError: Math.sqrt(both), degreesOfFreedom };
}

/** mean(b) − mean(a) of two independent samples of one spread: Student's, with pooled variance. A side may have one value, not both. */
export function pooledEstimate(a: readonly number[], b: readonly number[]): Estimate {
  const degreesOfFreedom = a.length + b.length - 2;
  const squares = standardDeviation(a) ** 2 * (a.length - 1) + standardDeviation(b) ** 2 * (b.length - 1);
  const standardError = Math.sqrt((squares / degreesOfFreedom) * (1 / a.length + 1 / b.length));
  return { estimate: mean(b) - mean(a), standardError, degreesOfFreedom };
}

/** The two-sided p of "the true value is 0". Without any spread it is 1 at 0, and 0 elsewhere. */
export function pOfZero({ estimate, standardError, degreesOfFreedom }: Estimate): number {
  if (estimate === 0) return 1;
  return standardError === 0 ? 0 : 2 * studentCdf(-Math.abs(estimate) / standardError, degreesOfFreedom);
}

/** The two-sided t-interval of an estimate, `confidence` between 0 and 1. */
export function tInterval({ estimate, standardError, degreesOfFreedom }: Estimate, confidence: number): Interval {
  // without any spread the interval is the estimate, however wide the quantile
  const half = standardError === 0 ? 0 : studentQuantile((1 + confidence) / 2, degreesOfFreedom) * standardError;
  return { estimate, low: estimate - half, high: estimate + half };
}

/** The mean of the values with its two-sided t-interval. Needs two values or more. */
export const meanInterval = (values: readonly number[], confidence: number): Interval =>
  tInterval(meanEstimate(values), confidence);

/** mean(b) − mean(a) with Welch's two-sided t-interval: for samples that were not taken in pairs. Needs two values or more of each. */
export const welchInterval = (a: readonly number[], b: readonly number[], confidence: number): Interval =>
  tInterval(welchEstimate(a, b), confidence);

/** The standard deviation of the logarithm that goes with a 95 % interval. */
export const spreadOfInterval = (low: number, high: number): number =>
  low > 0 ? Math.log(high / low) / (2 * normal975) : Infinity;

const normal975 = 1.959_964;
