/** Finds the rate at which half of all trials are sustained: a logistic curve over the logarithm of the rate. Pure. */
import type { RateInterval } from './latency-line.ts';

/** A trial's rate, and whether it was sustained. */
export interface PassPoint {
  readonly ratePerSecond: number;
  readonly isSustained: boolean;
}

/** The rate at which half of the trials are sustained, and the one at which 95 % are. */
export interface PassCurve extends RateInterval {
  readonly mostlyPerSecond: number;
}

/** How fine the rate is looked for. */
const step = 0.000_25;
/** How sharply sustained turns into exceeded: from a tenth to a ten-thousandth of the rate, within which one in e trials differs. */
const steepnesses = Array.from({ length: 31 }, (_, i) => 10 ** (1 + i / 10));
/** Half the 95 % quantile of χ² with one degree of freedom. */
const likelihoodDrop = 3.841_459 / 2;

/**
 * Fits P(sustained) = 1/(1 + (r/r₅₀)^k) by maximum likelihood over a grid; the interval of r₅₀ is its profile likelihood's. Where all
 * trials below a rate are sustained and none above, any rate between is as likely, and the interval is that gap. Null unless some
 * trials were sustained and others were not.
 */
export function passCurve(points: readonly PassPoint[]): PassCurve | null {
  const rates = points.map(({ ratePerSecond }) => Math.log(ratePerSecond));
  if (points.every(point => point.isSustained) || !points.some(point => point.isSustained)) return null;
  const [least, most] = [Math.min(...rates), Math.max(...rates)];
  const middles = Array.from({ length: Math.ceil((most - least) / step) + 1 }, (_, i) => least + i * step);
  const profile = middles.map(middle => bestOf(points, rates, middle));
  const peak = Math.max(...profile.map(({ likelihood }) => likelihood));
  const within = (drop: number): number[] =>
    middles.filter((_, i) => (profile[i] as Profile).likelihood >= peak - drop);
  const best = within(1e-6);
  const middle = ((best[0] as number) + (best.at(-1) as number)) / 2;
  const { steepness } = bestOf(points, rates, middle);
  const inside = within(likelihoodDrop);
  return {
    perSecond: Math.exp(middle),
    low: Math.exp(inside[0] as number),
    high: Math.exp(inside.at(-1) as number),
    mostlyPerSecond: Math.exp(middle - Math.log(19) / steepness),
  };
}

interface Profile {
  readonly likelihood: number;
  readonly steepness: number;
}

/** The likelihood of a middle with the steepness that suits it best. */
function bestOf(points: readonly PassPoint[], rates: readonly number[], middle: number): Profile {
  let best: Profile = { likelihood: -Infinity, steepness: Number.NaN };
  for (const steepness of steepnesses) {
    let likelihood = 0;
    for (const [i, { isSustained }] of points.entries()) {
      const beyond = steepness * ((rates[i] as number) - middle);
      likelihood -= Math.log1p(Math.exp(isSustained ? beyond : -beyond));
    }
    if (likelihood > best.likelihood) best = { likelihood, steepness };
  }
  return best;
}
