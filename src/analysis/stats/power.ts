/** The power of the decision rule: how probably it finds a change that is there. Pure, by numeric integration. */
import type { Estimate } from '../stats.ts';
import { logGamma } from './gamma.ts';
import { normalTail } from './normal.ts';
import { studentQuantile } from './student.ts';

/** The rule for `worse`, on the scale of logarithms. */
export interface WorseRule {
  /** D = ln(1 + delta): what the mean must exceed. */
  readonly threshold: number;
  /** Of the two-sided t-interval, which must lie above 0. */
  readonly level: number;
  /** Then it must lie above the threshold. */
  readonly isStrict: boolean;
}

/** Into how many panels each side of the kink is parted: ten digits for three blocks or more. */
const panels = 10;
/** Nodes and weights of ten points (Abramowitz and Stegun, table 25.4), of which half are the mirror image. */
const gaussLegendre = [
  [0.1488743389816312, 0.2955242247147529],
  [0.4333953941292472, 0.2692667193099963],
  [0.6794095682990244, 0.2190863625159821],
  [0.8650633666889845, 0.1494513491505806],
  [0.9739065285171717, 0.0666713443086881],
] as const;

/**
 * The probability that the rule says `worse`, as a function of the true difference, when the estimate's true standard error and its degrees of freedom ν are
 * as given. With u = s/σ, of density f(u) of χ_ν/√ν, it is ∫ P(m > max(D, t·u·se)) f(u) du (strict: D + t·u·se), by numeric integration; for
 * D = 0 this is the upper tail of the noncentral t distribution.
 */
function powerFunction(spread: Omit<Estimate, 'estimate'>, rule: WorseRule): (effect: number) => number {
  const { standardError, degreesOfFreedom } = spread;
  const { threshold, level, isStrict } = rule;
  if (standardError === 0) return effect => (effect > threshold ? 1 : 0);
  const margin = studentQuantile(1 - level / 2, degreesOfFreedom) * standardError;
  const bounds = spreadPoints(degreesOfFreedom, isStrict ? 0 : threshold / margin).map(({ u, weight }) => ({
    weight,
    mustExceed: isStrict ? threshold + margin * u : Math.max(threshold, margin * u),
  }));
  return effect =>
    bounds.reduce((sum, { weight, mustExceed }) => sum + weight * normalTail((mustExceed - effect) / standardError), 0);
}

/** A point of an integral, with what its value counts. */
interface Point {
  readonly u: number;
  readonly weight: number;
}

/** The points at which the expectation of a function of u = χ_ν/√ν is taken, where the function has a kink. */
function spreadPoints(degreesOfFreedom: number, kink: number): Point[] {
  const nu = degreesOfFreedom;
  const logConstant = Math.LN2 + (nu / 2) * Math.log(nu / 2) - logGamma(nu / 2);
  const density = (u: number): number => Math.exp(logConstant + (nu - 1) * Math.log(u) - (nu * u * u) / 2);
  // twelve standard deviations to either side hold all but 1e-30
  const reach = 12 / Math.sqrt(2 * nu);
  const from = Math.max(0, 1 - reach);
  const parted = Math.min(Math.max(kink, from), 1 + reach);
  return [...pointsBetween(from, parted), ...pointsBetween(parted, 1 + reach)]
    .map(({ u, weight }) => ({ u, weight: weight * density(u) }))
    .filter(({ weight }) => weight > 1e-18);
}

/** Gauss and Legendre's points on panels of equal width: no point lies on an end. */
function pointsBetween(from: number, to: number): Point[] {
  if (from === to) return [];
  const half = (to - from) / panels / 2;
  return Array.from({ length: panels }, (_, panel) => from + (2 * panel + 1) * half).flatMap(middle =>
    gaussLegendre.flatMap(([node, weight]) => [
      { u: middle - half * node, weight: half * weight },
      { u: middle + half * node, weight: half * weight },
    ]),
  );
}

/** The smallest true difference that the rule finds with that power, to 1e-7; never below the threshold. */
export function smallestFoundEffect(spread: Omit<Estimate, 'estimate'>, rule: WorseRule, power: number): number {
  if (spread.standardError === 0) return rule.threshold;
  const powerAt = powerFunction(spread, rule);
  let low = rule.threshold;
  let high = Math.max(low, spread.standardError) * 2;
  while (powerAt(high) < power) {
    low = high;
    high *= 2;
  }
  while (high - low > 1e-7) {
    const middle = (low + high) / 2;
    if (powerAt(middle) < power) low = middle;
    else high = middle;
  }
  return high;
}

/** What a comparison that is yet to be made is like. */
export interface PlannedComparison {
  /** The true change, as a share: 0.1 is 10 % more. */
  readonly effect: number;
  /** The coefficient of variation between trials, as a share; a block's difference has √2 times that. */
  readonly variation: number;
  readonly delta: number;
  readonly level: number;
  readonly isStrict: boolean;
}

/** The probability of `worse` with that many paired blocks. */
export function powerWithBlocks(blocks: number, planned: PlannedComparison): number {
  const { effect, variation, delta, level, isStrict } = planned;
  const spread = { standardError: (Math.SQRT2 * variation) / Math.sqrt(blocks), degreesOfFreedom: blocks - 1 };
  return powerFunction(spread, { threshold: Math.log(1 + delta), level, isStrict })(Math.log(1 + effect));
}

/** The fewest paired blocks, two at least, with which `worse` is that probable; null beyond a thousand. */
export function blocksForPower(power: number, planned: PlannedComparison): number | null {
  for (let blocks = 2; blocks <= 1_000; blocks++) if (powerWithBlocks(blocks, planned) >= power) return blocks;
  return null;
}
