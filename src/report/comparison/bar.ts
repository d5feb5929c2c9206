/** Draws a change with its interval and the band that does not matter as a line of characters, worse to the right. */
import { higherIsBetter } from '../../measure/metrics.ts';
import type { Comparison } from '../../results/schema.ts';

const cellsPerSide = 10;

const characters = {
  unicode: { empty: '·', centre: '│', low: '├', high: '┤', line: '─', crossing: '┼', estimate: '●', beyond: '…' },
  ascii: { empty: '.', centre: '|', low: '[', high: ']', line: '-', crossing: '+', estimate: 'o', beyond: '~' },
} as const;

/** The scales that a reader takes in at a glance, in percent. */
const scales = [5, 10, 20, 30, 50, 100, 200, 500, 1_000];

/** A comparison in percent, positive where it is worse; null where there is nothing to draw. */
function percents({ metric, ratio, low, high }: Comparison): readonly [number, number, number] | null {
  if (ratio === null || low === null || high === null) return null;
  const sign = higherIsBetter.has(metric) ? -1 : 1;
  const [a, b, c] = [low, ratio, high].map(value => sign * (value - 1) * 100) as [number, number, number];
  return sign === 1 ? [a, b, c] : [c, b, a];
}

/** The percentage at either end: the least scale on which every estimate and most intervals fit. */
export function scaleOf(comparisons: readonly Comparison[]): number {
  const drawn = comparisons.flatMap(comparison => {
    const found = percents(comparison);
    return found === null ? [] : [found];
  });
  const estimates = Math.max(0, ...drawn.map(([, estimate]) => Math.abs(estimate)));
  const ends = drawn.map(([low, , high]) => Math.max(Math.abs(low), Math.abs(high))).toSorted((a, b) => a - b);
  const usual = ends[Math.floor(ends.length * 0.75)] ?? 0;
  return scales.find(scale => scale >= Math.max(estimates, usual)) ?? (scales.at(-1) as number);
}

/** `··········│··├─●──┤··`; what leaves the scale ends in `…`. Blank where there is no interval. */
export function barOf(comparison: Comparison, scalePercent: number, style: 'unicode' | 'ascii'): string {
  const signs = characters[style];
  const drawn = percents(comparison);
  if (drawn === null) return '';
  const place = (percent: number): number =>
    Math.round((Math.max(-scalePercent, Math.min(scalePercent, percent)) / scalePercent) * cellsPerSide) + cellsPerSide;
  const [low, estimate, high] = drawn.map(place) as [number, number, number];
  return Array.from({ length: 2 * cellsPerSide + 1 }, (_, at) => {
    if (at === estimate) return signs.estimate;
    if (at === low) return drawn[0] < -scalePercent ? signs.beyond : signs.low;
    if (at === high) return drawn[2] > scalePercent ? signs.beyond : signs.high;
    const isInside = at > low && at < high;
    if (at === cellsPerSide) return isInside ? signs.crossing : signs.centre;
    return isInside ? signs.line : signs.empty;
  }).join('');
}

/** What stands above the bars: `better   │   worse`. */
export const barHeading = (style: 'unicode' | 'ascii'): string =>
  `${'better'.padStart(cellsPerSide - 1)} ${characters[style].centre} ${'worse'}`;

/** What stands below: `-30 %     0     +30 %`. */
export function barLegend(scalePercent: number): string {
  const [left, right] = [`-${scalePercent} %`, `+${scalePercent} %`];
  return `${left.padEnd(cellsPerSide)}0${right.padStart(cellsPerSide)}`;
}
