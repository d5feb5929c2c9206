/** Latency by percentile (HDR spectrum): how bad is the tail, and where does it start? A figure for `ack` and one for `endToEnd`. */
import * as Plot from '@observablehq/plot';
import type { Result } from '../../results/schema.ts';
import { millis, whole } from '../numbers.ts';
import type { Table } from '../table.ts';
import { apart, durationTick, logDomain, logTicks, type Domain } from './axes.ts';
import { countedCells, leftOutText, shortened } from './cells.ts';
import { mostSeries, paint, strokeOf } from './colours.ts';
import type { Figure, FigureKind, FigureSource } from './figure.ts';
import { findingText, mostTelling, rangeText } from './findings.ts';
import { drawFigure, durationAxis, halo, type Panel } from './plot.ts';
import {
  type Curve,
  curveOf,
  type Latency,
  type Limit,
  limitsOf,
  medianCurve,
  type Point,
  rightmost,
} from './spectrum-curves.ts';

export const spectrum: FigureKind = {
  section: 'latency',
  figures: source => (['ack', 'endToEnd'] as const).flatMap(latency => figureOf(source, latency)),
};

function figureOf(source: FigureSource, latency: Latency): Figure[] {
  const curves = countedCells(source).flatMap(cell => curveOf(cell, latency));
  if (curves.length === 0) return [];
  const { result } = source;
  const { near, far } = limitsOf(result, latency, curves);
  const beyond = far.length === 0 ? '' : ` Off the scale: ${far.map(({ text }) => text).join('; ')}.`;
  const isSmall = curves.length > mostSeries;
  const caption = {
    id: `latency-${latency}`,
    title: titleOf(result, latency),
    help: `${latency} at each percentile; further right are rarer, slower messages. Line: geometric mean of the trials; band: least to greatest trial; dotted: fewer than ten messages beyond, or without an outcome.${isSmall ? ' Grey: the median of all cells.' : ''}${beyond}${leftOutText(result)}`,
  };
  const panels = isSmall ? multiples(curves, near) : [together(curves, near)];
  return [{ ...caption, svg: drawFigure(caption, panels), table: tableOf(caption.title, curves, latency) }];
}

/** Of what was declared beforehand, else of p99. */
function titleOf(result: Result, latency: Latency): string {
  const own = result.comparisons.filter(({ metric }) => metric.startsWith(`${latency}.`));
  const primary = own.filter(({ role }) => role === 'primary');
  const telling = mostTelling(primary.length > 0 ? primary : own.filter(({ metric }) => metric.endsWith('.p99')));
  const metric = telling?.metric ?? primary[0]?.metric ?? `${latency}.p99`;
  const hasIt = result.cells.some(({ summary }) => summary[metric] !== undefined);
  if (hasIt) return findingText(result, metric);
  return `${rangeText(result, `${latency}.p50`)}; too few messages for p99`;
}

const percentTicks = [0, Math.log10(2), 1, 2, 3, 4, 5, 6];

/** 2 → `99 %`, 3 → `99.9 %`. */
const percentLabel = (nines: number): string => `${Number((100 * (1 - 10 ** -nines)).toPrecision(8))} %`;

interface Scales {
  readonly x: Domain;
  readonly y: Domain;
}

function scalesOf(curves: readonly Curve[], limits: readonly Limit[]): Scales {
  const values = curves.flatMap(({ points }) => points.flatMap(({ least, most }) => [least, most]));
  return { x: [0, rightmost(curves)], y: logDomain([...values, ...limits.map(({ micros }) => micros)]) };
}

function together(curves: readonly Curve[], limits: readonly Limit[]): Panel {
  const scales = scalesOf(curves, limits);
  const height = 380;
  return {
    height,
    marginRight: 190,
    marginTop: 24,
    marginBottom: 42,
    ...axesOf(scales, 'messages that were at least as fast'),
    marks: [
      ...grid(scales),
      ...curves.flatMap(curve => curveMarks(curve.points, strokeOf(curve.index))),
      ...limitMarks(limits),
      ...labelMarks(curves, scales, height),
    ],
  };
}

const axesOf = ({ x, y }: Scales, label: string | null): Pick<Panel, 'x' | 'y'> => ({
  x: {
    domain: [...x],
    ticks: percentTicks.filter(tick => tick <= x[1]),
    tickFormat: percentLabel,
    label,
    labelAnchor: 'center',
    labelArrow: false,
  },
  y: yAxisOf({ y }),
});

const yAxisOf = ({ y }: Pick<Scales, 'y'>): Plot.ScaleOptions => ({ type: 'log', domain: [...y], axis: null });

const grid = ({ x, y }: Scales): Plot.Markish[] => [
  durationAxis(logTicks(y), durationTick),
  Plot.gridY(logTicks(y), { strokeOpacity: 0.12 }),
  Plot.gridX(
    percentTicks.filter(tick => tick <= x[1]),
    { strokeOpacity: 0.12 },
  ),
];

function curveMarks(points: readonly Point[], stroke: ReturnType<typeof strokeOf>): Plot.Markish[] {
  const firm = points.filter(({ isFirm }) => isFirm);
  const lastFirm = points.findLastIndex(({ isFirm }) => isFirm);
  const loose = points.slice(Math.max(0, lastFirm));
  return [
    Plot.areaY(points, { x: 'nines', y1: 'least', y2: 'most', fill: stroke.stroke, fillOpacity: 0.14 }),
    Plot.lineY(firm, { x: 'nines', y: 'micros', strokeWidth: 2, ...stroke }),
    Plot.lineY(loose, { x: 'nines', y: 'micros', stroke: stroke.stroke, strokeWidth: 2, strokeDasharray: '1 4' }),
  ];
}

function limitMarks(limits: readonly Limit[]): Plot.Markish[] {
  return [
    Plot.dot(limits, { x: 'nines', y: 'micros', symbol: 'times', r: 5, stroke: paint('fail'), strokeWidth: 2 }),
    Plot.text(limits, {
      x: 'nines',
      y: 'micros',
      text: 'text',
      dx: -10,
      textAnchor: 'end',
      ...halo,
      fill: paint('fail'),
    }),
  ];
}

/** Names beside the ends of the lines, joined to them. */
function labelMarks(curves: readonly Curve[], { x, y }: Scales, height: number): Plot.Markish[] {
  const perPixel = Math.log(y[1] / y[0]) / (height - 66);
  const ends = curves.map(({ points }) => points.at(-1) as Point);
  const places = apart(
    ends.map(({ micros }) => Math.log(micros)),
    16 * perPixel,
    [Math.log(y[0]), Math.log(y[1])],
  );
  const at = x[1] * 1.03;
  return curves.flatMap(({ label, index }, i) => {
    const [end, place] = [ends[i] as Point, Math.exp(places[i] as number)];
    return [
      Plot.link([end], {
        x1: 'nines',
        y1: 'micros',
        x2: () => at,
        y2: () => place,
        strokeWidth: 1,
        stroke: strokeOf(index).stroke,
      }),
      Plot.link([end], {
        x1: () => at,
        y1: () => place,
        x2: () => at * 1.03,
        y2: () => place,
        strokeWidth: 2,
        ...strokeOf(index),
      }),
      Plot.text([label], { x: () => at * 1.04, y: () => place, text: name => shortened(name), textAnchor: 'start' }),
    ];
  });
}

const columns = 3;
const coarseTicks = [0, 1, 2, 3, 5];

/** A small chart for each cell on the same scales, with the median of all cells behind it. */
function multiples(curves: readonly Curve[], limits: readonly Limit[]): Panel[] {
  const scales = scalesOf(curves, limits);
  const rows = Math.ceil(curves.length / columns);
  const coarse = curves.map(curve => ({ ...curve, points: thinned(curve.points) }));
  const middle = thinned(medianCurve(curves));
  const place = (i: number) => ({ fx: () => i % columns, fy: () => Math.floor(i / columns) });
  return [
    {
      height: rows * 190 + 30,
      marginTop: 24,
      marginBottom: 42,
      y: yAxisOf(scales),
      x: {
        ...axesOf(scales, null).x,
        ticks: coarseTicks.filter(tick => tick <= scales.x[1]),
        tickFormat: (nines: number) => percentLabel(nines).replace(' %', ''),
        label: 'percentile',
      },
      fx: { axis: null, padding: 0.06, domain: [0, 1, 2] },
      fy: { axis: null, padding: 0.14 },
      marks: [
        durationAxis(logTicks(scales.y), durationTick),
        ...curves.flatMap((_, i) => Plot.gridY(logTicks(scales.y), { ...place(i), strokeOpacity: 0.12 })),
        ...coarse.flatMap(({ label, points }, i) => [
          Plot.lineY(middle, { x: 'nines', y: 'micros', stroke: paint('muted'), strokeWidth: 1, ...place(i) }),
          ...facetCurve(points, place(i)),
          Plot.text([shortened(label, 34)], {
            ...place(i),
            text: String,
            frameAnchor: 'top-left',
            fontWeight: 'bold',
            dy: -2,
            lineAnchor: 'bottom',
          }),
        ]),
        ...curves.flatMap((_, i) => limitDots(limits, place(i))),
      ],
    },
  ];
}

/** Every other point is enough for a small chart. */
const thinned = <T>(points: readonly T[]): T[] => points.filter((_, i) => i % 2 === 0 || i === points.length - 1);

interface Place {
  readonly fx: () => number;
  readonly fy: () => number;
}

function facetCurve(points: readonly Point[], place: Place): Plot.Markish[] {
  const stroke = paint('c1');
  const loose = points.slice(
    Math.max(
      0,
      points.findLastIndex(({ isFirm }) => isFirm),
    ),
  );
  const firm = points.filter(({ isFirm }) => isFirm);
  return [
    Plot.areaY(points, { x: 'nines', y1: 'least', y2: 'most', fill: stroke, fillOpacity: 0.18, ...place }),
    Plot.lineY(firm, { x: 'nines', y: 'micros', stroke, strokeWidth: 2, ...place }),
    Plot.lineY(loose, { x: 'nines', y: 'micros', stroke, strokeWidth: 2, strokeDasharray: '1 4', ...place }),
  ];
}

/** Those for all cells: which cell the others are for is in the table of checks. */
const limitDots = (limits: readonly Limit[], place: Place): Plot.Markish[] => [
  Plot.dot(
    limits.filter(({ scope }) => scope === ''),
    { x: 'nines', y: 'micros', symbol: 'times', r: 5, stroke: paint('fail'), strokeWidth: 2, ...place },
  ),
];

const tabled = [
  ['p50', Math.log10(2)],
  ['p90', 1],
  ['p99', 2],
  ['p99.9', 3],
  ['p99.99', 4],
] as const;

function tableOf(title: string, curves: readonly Curve[], latency: Latency): Table {
  return {
    title,
    note: `${latency}, ms: geometric mean of the trials [least–greatest]; –: fewer than ten messages beyond; ≥: messages without an outcome`,
    rows: [
      ['cell', 'trials', 'messages', ...tabled.map(([name]) => name)],
      ...curves.map(({ label, cell, trials }) => [
        label,
        String(trials.length),
        whole(trials.reduce((sum, { trial }) => sum + (trial[`${latency}Micros`]?.count ?? 0), 0)),
        ...tabled.map(([name]) => {
          const metric = `${latency}.${name.replace('.', '')}`;
          const summary = cell.summary[metric];
          if (summary === undefined) return '–';
          const values = trials.map(({ trial }) => trial[`${latency}Micros`]?.[name.replace('.', '') as 'p50'] ?? 0);
          const bound = summary.censored ? '≥ ' : '';
          return `${bound}${millis(summary.estimate)} [${millis(Math.min(...values))}–${millis(Math.max(...values))}]`;
        }),
      ]),
    ],
  };
}
