/** Says how capacity grows with a factor: the law's parameters with their intervals, and as far beyond the levels as it may be trusted. */
import type { Result } from '../results/schema.ts';
import { percent, threeDigits, whole } from './numbers.ts';
import type { Table } from './table.ts';

/** How capacity grows with a factor; none where nothing can be said. */
export function scalingTables({ scaling }: Pick<Result, 'scaling'>): Table[] {
  if (scaling === undefined) return [];
  const { factor, fit, refused, isConfirmed } = scaling;
  const title = `Scaling with ${factor}`;
  if (fit === null) return [{ title, note: `no fit: ${refused}`, rows: [[factor]] }];
  const { intervals = null, peak, ceilingPerSecond, atTwiceLargestPerSecond: farthest } = fit;
  const between = (range: { readonly low: number; readonly high: number } | null | undefined, text = threeDigits) =>
    range == null ? '–' : `${text(range.low)} to ${text(range.high)}`;
  return [
    {
      title,
      note: `Universal Scalability Law${isConfirmed ? '' : ', of unconfirmed capacities'}; ${howSure(intervals !== null)}; nothing is said of levels beyond ${2 * fit.largestN}`,
      rows: [
        ['what', 'value', '95 % interval'],
        ['at a level of 1', rate(fit.lambdaPerSecond), between(intervals?.lambdaPerSecond, rate)],
        ['contention σ', threeDigits(fit.sigma), between(intervals?.sigma)],
        ['coherency κ', threeDigits(fit.kappa), between(intervals?.kappa)],
        ['greatest', peak === null ? '– (not within the levels)' : rate(peak.perSecond), '–'],
        ...(peak === null ? [] : [['greatest at a level of', threeDigits(peak.n), between(peak.interval)]]),
        ['ceiling', ceilingPerSecond === null ? '–' : rate(ceilingPerSecond), '–'],
        [`at ${2 * fit.largestN}`, farthest === null ? '–' : rate(farthest), between(fit.atTwiceLargestInterval, rate)],
        ['searched against fitted', `± ${percent(fit.residual)}`, '–'],
      ],
    },
  ];
}

const rate = (perSecond: number): string => `${whole(perSecond)}/s`;

const howSure = (hasIntervals: boolean): string =>
  hasIntervals
    ? 'intervals by a parametric bootstrap over those of the searches, or the scatter about the law where that is more'
    : 'no intervals, for not every search has one';
