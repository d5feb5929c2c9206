/** Fits the Universal Scalability Law to capacities that were searched at several levels of one factor. Pure. */
import type { CapacityResult, Scaling } from '../results/capacity.ts';
import { spreadOfInterval } from './stats.ts';
import { fitUsl, type UslTrial } from './usl.ts';

/** A cell's levels, and what its search found. */
export interface SearchedCell {
  readonly factors: Readonly<Record<string, string | number | boolean>>;
  readonly capacity: CapacityResult;
}

/**
 * How capacity grows with the one factor whose levels are numbers; null where there is no such factor, or others vary beside it. Lower
 * bounds tell nothing of the cluster: with one of them there is no fit. Intervals come from those of the searches, and are null where one
 * has none.
 */
export function scalingOf(cells: readonly SearchedCell[]): Scaling | null {
  const [factor, ...others] = [...new Set(cells.flatMap(({ factors }) => Object.keys(factors)))];
  if (factor === undefined || others.length > 0) return null;
  const trials = cells.flatMap(({ factors, capacity }): UslTrial[] => {
    const n = factors[factor];
    const perSecond = middleOf(capacity);
    return typeof n === 'number' && perSecond !== null ? [{ n, perSecond, ...errorOf(capacity) }] : [];
  });
  if (trials.length < cells.length) return null;
  const fit = fitUsl(trials);
  if (fit.kind === 'refused') {
    const because =
      fit.because === 'too-few-levels'
        ? `${fit.levels} levels, and a fit takes ${fit.atLeast}`
        : 'a level without throughput';
    return { factor, isConfirmed: areConfirmed(cells), refused: because, fit: null };
  }
  const { parameters, intervals, peak, reach, ceilingPerSecond, largestN } = fit;
  return {
    factor,
    isConfirmed: areConfirmed(cells),
    refused: null,
    fit: {
      ...parameters,
      intervals,
      peak,
      ceilingPerSecond,
      largestN,
      atTwiceLargestPerSecond: reach.perSecond,
      atTwiceLargestInterval: reach.interval,
      residual: fit.residual,
    },
  };
}

const areConfirmed = (cells: readonly SearchedCell[]): boolean =>
  cells.every(({ capacity }) => capacity.kind === 'capacity');

/** Of a confirmed capacity: the standard deviation of its logarithm that its 95 % interval stands for. */
const errorOf = ({ kind, low, high }: CapacityResult): Pick<UslTrial, 'logError'> =>
  kind === 'capacity' && low !== null && high !== null && low > 0 ? { logError: spreadOfInterval(low, high) } : {};

/** The capacity, or the middle of the gap in which single trials leave it. */
export function middleOf({ kind, estimate, low, high }: CapacityResult): number | null {
  if (kind === 'capacity') return estimate;
  return kind === 'unconfirmed' && low !== null && high !== null ? Math.sqrt(low * high) : null;
}
