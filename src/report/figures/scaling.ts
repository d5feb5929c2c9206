/** How capacity grows with the levels of a factor: what was searched, the law through it, and as far beyond as it may be trusted. */
import * as Plot from '@observablehq/plot';
import { middleOf } from '../../analysis/scaling.ts';
import { uslThroughput } from '../../analysis/usl.ts';
import type { CapacityResult, Scaling } from '../../results/capacity.ts';
import { threeDigits, whole } from '../numbers.ts';
import type { Table } from '../table.ts';
import { shortNumber } from './axes.ts';
import { paint } from './colours.ts';
import type { Figure, FigureKind, FigureSource } from './figure.ts';
import { drawFigure, legend, type Panel } from './plot.ts';

export const scaling: FigureKind = { section: 'capacity', isOfSearches: true, figures: figuresOf };

/** A level, and what its search left of it: the capacity with its interval, or the gap between single trials. */
interface Level {
  readonly n: number;
  readonly perSecond: number;
  readonly low: number;
  readonly high: number;
}

type Fit = NonNullable<Scaling['fit']>;

function figuresOf({ result: { scaling: found, searches = [], cells } }: FigureSource): Figure[] {
  if (found === undefined) return [];
  const levels = searches
    .flatMap(search => levelOf(search, cells.find(({ id }) => id === search.cell)?.factors[found.factor]))
    .toSorted((a, b) => a.n - b.n);
  if (levels.length < 2) return [];
  const { factor, fit, isConfirmed, refused } = found;
  const caption = {
    id: 'scaling',
    title: titleOf(factor, levels, fit),
    help: `A dot is the capacity at a level, with ${isConfirmed ? 'its 95 % interval' : 'the gap in which single trials leave it'}.${
      fit === null
        ? ` No law was fitted: ${refused ?? 'too little is known'}.`
        : ` Line: the Universal Scalability Law; dashed beyond the levels, and nothing is said beyond ${2 * fit.largestN}.`
    }`,
  };
  return [
    {
      ...caption,
      svg: drawFigure(caption, [panelOf(factor, levels, fit)]),
      table: tableOf(caption.title, levels, found),
    },
  ];
}

function levelOf(capacity: CapacityResult, n: string | number | boolean | undefined): Level[] {
  const { low, high } = capacity;
  if (typeof n !== 'number' || low === null || high === null) return [];
  const perSecond = middleOf(capacity);
  return perSecond === null ? [] : [{ n, perSecond, low, high }];
}

function titleOf(factor: string, levels: readonly Level[], fit: Fit | null): string {
  const [first, last] = [levels[0] as Level, levels.at(-1) as Level];
  const ends = `${factor} ${first.n} carries ${whole(first.perSecond)}/s, ${last.n} carries ${whole(last.perSecond)}/s`;
  return fit?.peak == null ? ends : `${ends}; most at ${threeDigits(fit.peak.n)}`;
}

const lawAt = ({ lambdaPerSecond, sigma, kappa }: Fit, n: number): number =>
  uslThroughput({ lambdaPerSecond, sigma, kappa }, n);

function panelOf(factor: string, levels: readonly Level[], fit: Fit | null): Panel {
  const smallest = (levels[0] as Level).n;
  const steps = 60;
  const curve = (from: number, to: number) =>
    fit === null
      ? []
      : Array.from({ length: steps + 1 }, (_, i) => from + ((to - from) * i) / steps).map(n => ({
          n,
          perSecond: lawAt(fit, n),
        }));
  const within = fit === null ? [] : curve(smallest, fit.largestN);
  const beyond = fit === null ? [] : curve(fit.largestN, 2 * fit.largestN);
  const most = Math.max(...levels.map(({ high }) => high), ...[...within, ...beyond].map(({ perSecond }) => perSecond));
  const stroke = paint('c1');
  const dashes = { stroke: paint('muted'), strokeDasharray: '6 4' } as const;
  return {
    height: 340,
    marginTop: 34,
    marginBottom: 42,
    x: { label: factor, labelAnchor: 'center', labelArrow: false, tickFormat: shortNumber, nice: true },
    y: { domain: [0, most * 1.05], label: null, tickFormat: shortNumber, grid: true, ticks: 6 },
    marks: [
      Plot.line(within, { x: 'n', y: 'perSecond', stroke: paint('muted'), strokeWidth: 2 }),
      Plot.line(beyond, { x: 'n', y: 'perSecond', strokeWidth: 2, ...dashes }),
      Plot.ruleX(levels, { x: 'n', y1: 'low', y2: 'high', stroke, marker: 'tick' }),
      Plot.dot(levels, { x: 'n', y: 'perSecond', r: 5, fill: stroke }),
      legend([
        { text: 'capacity, messages/s', stroke },
        ...(fit === null
          ? []
          : [
              { text: 'fitted', stroke: paint('muted') },
              { text: 'beyond the levels', ...dashes },
            ]),
      ]),
    ],
  };
}

const tableOf = (title: string, levels: readonly Level[], { factor, fit, isConfirmed }: Scaling): Table => ({
  title,
  note: isConfirmed ? 'messages/s, with the 95 % interval of each search' : 'messages/s, of unconfirmed searches',
  rows: [
    [factor, 'capacity', 'low', 'high', 'fitted'],
    ...levels.map(({ n, perSecond, low, high }) => [
      threeDigits(n),
      ...[perSecond, low, high].map(whole),
      fit === null ? '–' : whole(lawAt(fit, n)),
    ]),
  ],
  columnsOfWords: 0,
});
