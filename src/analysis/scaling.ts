/** Fits the Universal Scalability Law to capacities that were searched at several levels of one factor. Pure. */
import type { CapacityResult, Scaling } from '../results/capacity.ts';
import { fitUsl, predictThroughput, type UslTrial } from './usl.ts';

/** A cell's levels, and what its search found. */
export interface SearchedCell {
  readonly factors: Readonly<Record<string, string | number | boolean>>;
  readonly capacity: CapacityResult;
}

/**
 * How capacity grows with the one factor whose levels are numbers; null where there is no such factor, or others vary beside it. Lower
 * bounds tell nothing of the cluster and are left out. One search a level gives a fit without intervals.
 */
export function scalingOf(cells: readonly SearchedCell[]): Scaling | null {
  const [factor, ...others] = [...new Set(cells.flatMap(({ factors }) => Object.keys(factors)))];
  if (factor === undefined || others.length > 0) return null;
  const trials = cells.flatMap(({ factors, capacity }): UslTrial[] => {
    const n = factors[factor];
    const perSecond = middleOf(capacity);
    return typeof n === 'number' && perSecond !== null ? [{ n, perSecond }] : [];
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
  const { parameters, peak, ceilingPerSecond, largestN } = fit;
  return {
    factor,
    isConfirmed: areConfirmed(cells),
    refused: null,
    fit: {
      ...parameters,
      peak: peak === null ? null : { n: peak.n, perSecond: peak.perSecond },
      ceilingPerSecond,
      largestN,
      atTwiceLargestPerSecond: predictThroughput(fit, 2 * largestN),
      residual: fit.residual,
    },
  };
}

const areConfirmed = (cells: readonly SearchedCell[]): boolean =>
  cells.every(({ capacity }) => capacity.kind === 'capacity');

/** The capacity, or the middle of the gap in which single trials leave it. */
function middleOf({ kind, estimate, low, high }: CapacityResult): number | null {
  if (kind === 'capacity') return estimate;
  return kind === 'unconfirmed' && low !== null && high !== null ? Math.sqrt(low * high) : null;
}
