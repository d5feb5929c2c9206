/** Carries the spread of measured inputs through a formula: Monte Carlo over lognormal distributions. Pure. */
import { normalTail } from '../analysis/stats/normal.ts';
import { type Random, shuffled } from '../support/random.ts';

/** A measured value that is not known exactly. */
export interface Measured {
  /** The median. */
  readonly value: number;
  /** Standard deviation of its logarithm, which for a few percent is that of the value as a share. */
  readonly spread: number;
}

/** What a formula gives for the medians, and the 50 % and 95 % quantiles of what it gives over the spread. */
export interface Quantiles {
  readonly point: number;
  readonly p50: number;
  readonly p95: number;
}

const draws = 10_000;

/**
 * Draws all inputs from their distributions and orders what the formula makes of them. Each input is drawn once from every ten-thousandth
 * of its distribution (Latin hypercube sampling, McKay and others 1979), so that with one input that matters the quantile is exact.
 */
export function quantilesOf<K extends string>(
  inputs: Readonly<Record<K, Measured>>,
  formula: (values: Readonly<Record<K, number>>) => number,
  random: Random,
): Quantiles {
  const names = Object.keys(inputs) as K[];
  const normals = names.map(name => shuffled(normalQuantiles(), random.fork(name)));
  const at = (values: (name: K, i: number) => number): Record<K, number> =>
    Object.fromEntries(names.map((name, i) => [name, values(name, i)])) as Record<K, number>;
  const outcomes = Float64Array.from({ length: draws }, (_, draw) =>
    formula(
      at((name, i) => inputs[name].value * Math.exp(inputs[name].spread * ((normals[i] as number[])[draw] as number))),
    ),
  ).toSorted();
  const nearestRank = (share: number): number => outcomes[Math.ceil(share * draws) - 1] as number;
  return { point: formula(at(name => inputs[name].value)), p50: nearestRank(0.5), p95: nearestRank(0.95) };
}

let known: readonly number[] | null = null;

/** The standard normal distribution's quantiles at the middle of each part, by Newton's method from one to the next. */
function normalQuantiles(): readonly number[] {
  if (known !== null) return known;
  const half: number[] = [];
  let z = 0;
  for (let part = 0; part < draws / 2; part++) {
    const tail = 0.5 - (part + 0.5) / draws;
    for (let times = 0; times < 4; times++) z += (normalTail(z) - tail) / (Math.exp((-z * z) / 2) * inverseRoot2Pi);
    half.push(z);
  }
  known = [...half.toReversed().map(value => -value), ...half];
  return known;
}

const inverseRoot2Pi = 1 / Math.sqrt(2 * Math.PI);
