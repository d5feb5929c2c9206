/** How latency grows with the rate, over all trials of a search: its limit, its knee, and where the capacity lies. */
import * as Plot from '@observablehq/plot';
import { kneeOf, latencyCurve } from '../../analysis/knee.ts';
import type { CapacityResult, Probe } from '../../results/capacity.ts';
import { duration, millis, percent, whole } from '../numbers.ts';
import type { Table } from '../table.ts';
import { durationTick, logDomain, logTicks, shortNumber } from './axes.ts';
import { labelsOf } from './cells.ts';
import { paint } from './colours.ts';
import type { Figure, FigureKind, FigureSource } from './figure.ts';
import { drawFigure, durationAxis, halo, type Panel } from './plot.ts';

export const capacityCurve: FigureKind = { section: 'capacity', isOfSearches: true, figures: figuresOf };

function figuresOf({ result }: FigureSource): Figure[] {
  if (result.capacity === null) return [];
  const labelOf = labelsOf(result);
  const searches = result.searches ?? [result.capacity];
  return searches.flatMap((search, i) => {
    const name = searches.length > 1 ? `${labelOf(search.cell)}: ` : '';
    return figureOf(search, { id: i === 0 ? 'capacity' : `capacity-${i + 1}`, name });
  });
}

/** A trial with a latency to show. */
interface Point extends Probe {
  readonly latencyShare: number;
}

/** In what latency is told: of one limited percentile in µs, of several in parts of the limit that is nearest. */
interface Scale {
  readonly name: string;
  readonly limit: number;
  readonly tick: (value: number) => string;
  readonly text: (value: number) => string;
}

function scaleOf({ demands }: CapacityResult): Scale {
  const [only, ...others] = demands.filter(({ metric, max }) => metric.includes('.p') && max !== null);
  if (only?.max != null && others.length === 0) {
    const name = only.group === null ? only.metric : `${only.metric} of ${only.group}`;
    return { name, limit: only.max, tick: durationTick, text: millis };
  }
  return { name: 'latency in parts of its limit', limit: 1, tick: percent, text: percent };
}

function figureOf(search: CapacityResult, { id, name }: { readonly id: string; readonly name: string }): Figure[] {
  const points = search.probes.filter((probe): probe is Point => probe.latencyShare !== null && probe.latencyShare > 0);
  if (points.length === 0) return [];
  const scale = scaleOf(search);
  const knee = kneeOf(latencyCurve(points));
  const caption = {
    id,
    title: `${name}${titleOf(search, scale)}${knee === null ? '' : `; the knee is near ${whole(knee.ratePerSecond)}/s`}`,
    help: `A dot is a trial: full where its rate was sustained, hollow where it was not, a cross where it shows nothing of the cluster. The line goes through the means of each rate. Dashed: the limit. ${bandText(search)}${knee === null ? '' : ' Knee: of the rates tried, the one at which rate over latency is greatest; beyond it, load costs more latency than it brings.'}`,
  };
  const svg = drawFigure(caption, [panelOf(search, { points, scale, knee: knee?.ratePerSecond ?? null })]);
  return [{ ...caption, svg, table: tableOf(caption.title, points, scale) }];
}

function titleOf({ kind, estimate, low, high }: CapacityResult, { name, limit, tick }: Scale): string {
  const within = limit === 1 ? 'Latency keeps its limits' : `${name} stays within ${tick(limit)}`;
  const rate = (perSecond: number | null): string => `${whole(perSecond ?? 0)}/s`;
  switch (kind) {
    case 'capacity':
      return `${within} up to ${rate(estimate)} [${whole(low ?? 0)}–${whole(high ?? 0)}]`;
    case 'unconfirmed':
      return high === null
        ? `${within} at ${rate(low)} in a single trial, and no rate was too high`
        : `${within} at ${rate(low)} in a single trial, not at ${rate(high)}`;
    case 'at-least':
      return `${within} at least up to ${rate(low)}, where the generator was the limit`;
    case 'none':
      return 'No rate was sustained';
    case 'unfinished':
      return 'The search was stopped';
  }
}

function bandText({ kind, high }: CapacityResult): string {
  if (kind === 'capacity') return 'Band: the 95 % interval of the capacity.';
  return kind === 'unconfirmed' && high !== null
    ? 'Band: between the highest rate that was sustained and the lowest that was not.'
    : '';
}

interface Drawn {
  readonly points: readonly Point[];
  readonly scale: Scale;
  readonly knee: number | null;
}

function panelOf(search: CapacityResult, { points, scale, knee }: Drawn): Panel {
  const valueOf = ({ latencyShare }: { readonly latencyShare: number }): number => latencyShare * scale.limit;
  const y = logDomain([...points.map(valueOf), scale.limit]);
  const right = Math.max(...points.map(({ ratePerSecond }) => ratePerSecond), search.high ?? 0);
  return {
    height: 380,
    marginTop: 34,
    marginBottom: 42,
    x: {
      domain: [0, right * 1.04],
      tickFormat: shortNumber,
      grid: true,
      label: 'offered per second',
      labelAnchor: 'center',
      labelArrow: false,
    },
    y: { type: 'log', domain: [...y], axis: null },
    marks: [
      ...bandMarks(search, y),
      durationAxis(logTicks(y), scale.tick),
      Plot.gridY(logTicks(y), { strokeOpacity: 0.12 }),
      Plot.ruleY([scale.limit], { stroke: paint('fail'), strokeDasharray: '6 4' }),
      Plot.text([scale.limit], {
        x: () => 0,
        y: Number,
        text: limit => `limit ${scale.tick(limit)}`,
        textAnchor: 'start',
        dx: 4,
        dy: -8,
        ...halo,
        fill: paint('fail'),
      }),
      ...ruleMarks(search, knee),
      Plot.line(latencyCurve(points), { x: 'ratePerSecond', y: valueOf, stroke: paint('muted'), strokeWidth: 1.5 }),
      ...dotMarks(points, valueOf),
    ],
  };
}

function bandMarks({ kind, low, high }: CapacityResult, [y1, y2]: readonly [number, number]): Plot.Markish[] {
  if (low === null || high === null || (kind !== 'capacity' && kind !== 'unconfirmed')) return [];
  return [
    Plot.rect([0], { x1: () => low, x2: () => high, y1: () => y1, y2: () => y2, fill: paint('c1'), fillOpacity: 0.16 }),
  ];
}

/** Rates that the search names, above the frame; the knee stands a line lower, for it may be near. */
function ruleMarks({ kind, estimate, low }: CapacityResult, knee: number | null): Plot.Markish[] {
  const named = [
    ...(kind === 'capacity' && estimate !== null ? [{ at: estimate, text: 'capacity', dash: '', dy: -22 }] : []),
    ...(kind === 'at-least' && low !== null ? [{ at: low, text: 'at least', dash: '', dy: -22 }] : []),
    ...(knee === null ? [] : [{ at: knee, text: 'knee', dash: '2 3', dy: -8 }]),
  ];
  return named.flatMap(({ at, text, dash, dy }) => [
    Plot.ruleX([at], { stroke: 'currentColor', strokeOpacity: 0.7, ...(dash === '' ? {} : { strokeDasharray: dash }) }),
    Plot.text([at], { x: Number, frameAnchor: 'top', dy, text: () => text, ...halo }),
  ]);
}

function dotMarks(points: readonly Point[], y: (point: Point) => number): Plot.Markish[] {
  const of = (...verdicts: readonly Probe['verdict'][]): Point[] =>
    points.filter(({ verdict }) => verdicts.includes(verdict));
  const look = { x: 'ratePerSecond', y, r: 4.5, stroke: paint('c1'), strokeWidth: 2 } as const;
  return [
    Plot.dot(of('sustained'), { ...look, fill: paint('c1') }),
    Plot.dot(of('exceeded'), { ...look, fill: paint('ground') }),
    Plot.dot(of('limited', 'undecided'), { ...look, symbol: 'times', stroke: paint('muted') }),
  ];
}

const tableOf = (title: string, points: readonly Point[], { name, limit, text }: Scale): Table => ({
  title,
  note: limit === 1 ? 'a trial each' : `a trial each; limit ${duration(limit)}`,
  rows: [
    ['rate/s', 'acked/s', limit === 1 ? name : `${name}, ms`, 'verdict'],
    ...points.map(({ ratePerSecond, ackedPerSecond, latencyShare, verdict, isDegraded }) => [
      whole(ratePerSecond),
      whole(ackedPerSecond),
      text(latencyShare * limit),
      isDegraded === true ? `${verdict}, degraded` : verdict,
    ]),
  ],
  columnsOfWords: 0,
  columnsOfWordsAtEnd: 1,
});
