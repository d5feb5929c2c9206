/** What speed costs: throughput against p99, where cells differ in what they carried. */
import * as Plot from '@observablehq/plot';
import type { Result, Summary } from '../../results/schema.ts';
import { duration, millis, whole } from '../numbers.ts';
import type { Table } from '../table.ts';
import { apart, type Domain, durationTick, logDomain, logTicks, shortNumber } from './axes.ts';
import { type CellTrials, countedCells, isNear, leftOutText, shortened, upperLimits } from './cells.ts';
import { paint, strokeOf } from './colours.ts';
import type { Figure, FigureKind, FigureSource } from './figure.ts';
import { drawFigure, durationAxis, halo, type Panel } from './plot.ts';

interface Point extends CellTrials {
  readonly rate: Summary;
  readonly p99: Summary;
  /** It acknowledged less than it was offered, or had no schedule that would offer anything. */
  readonly isSaturated: boolean;
}

/** Below such a difference in throughput there is nothing to trade. */
const leastSpread = 1.05;

export const tradeOff: FigureKind = { section: 'trade-off', figures: figuresOf };

function figuresOf(source: FigureSource): Figure[] {
  const { result } = source;
  const latency = result.cells.some(({ summary }) => summary['ack.p99'] !== undefined)
    ? 'ack.p99'
    : result.cells.some(({ summary }) => summary['endToEnd.p99'] !== undefined)
      ? 'endToEnd.p99'
      : 'service.p99';
  const points = countedCells(source).flatMap(cell => pointOf(cell, latency));
  const rates = points.map(({ rate }) => rate.estimate);
  if (points.length < 2 || Math.max(...rates) < leastSpread * Math.min(...rates)) return [];
  const limits = upperLimits(result, latency)
    .filter(({ scope }) => scope === '')
    .map(({ micros }) => micros);
  const caption = {
    id: 'trade-off',
    title: titleOf(points, latency, limits),
    help: `Messages acknowledged per second against ${latency}: right and low is good. Whiskers: ${whiskerText(points)}, both ways; hollow: saturated, or without a schedule; ${limits.length > 0 ? 'dashed line: limit of a check; ' : ''}cells that differ in load alone are joined.${leftOutText(result)}`,
  };
  return [
    {
      ...caption,
      svg: drawFigure(caption, [panelOf(points, limits, result)]),
      table: tableOf(caption.title, points, latency),
    },
  ];
}

function pointOf(cell: CellTrials, latency: string): Point[] {
  const { ackedPerSecond: rate, offeredPerSecond: offered, [latency]: p99 } = cell.cell.summary;
  if (rate === undefined || p99 === undefined || rate.estimate <= 0) return [];
  const isOpen = cell.trials.every(({ trial }) => trial.isOpenLoop);
  return [{ ...cell, rate, p99, isSaturated: !isOpen || rate.estimate < 0.99 * (offered?.estimate ?? 0) }];
}

const whiskerText = (points: readonly Point[]): string =>
  points.some(({ p99 }) => p99.interval === 'range') ? 'least to greatest trial' : '95 % interval';

/** The fastest cell within the limit; without a limit the two ends, as they were measured. */
function titleOf(points: readonly Point[], latency: string, limits: readonly number[]): string {
  const byRate = points.toSorted((a, b) => a.rate.estimate - b.rate.estimate);
  const text = ({ label, rate, p99 }: Point): string =>
    `${label} carries ${whole(rate.estimate)}/s at ${p99.censored ? '≥ ' : ''}${duration(p99.estimate)}`;
  const limit = limits.length === 1 ? (limits[0] as number) : null;
  if (limit === null) return `${latency}: ${text(byRate[0] as Point)}, ${text(byRate.at(-1) as Point)}`;
  const within = byRate.findLast(({ p99 }) => p99.estimate <= limit && !p99.censored);
  if (within === undefined) return `No cell keeps ${latency} within ${duration(limit)}`;
  const isSure = within.p99.high !== null && within.p99.high <= limit;
  return `The most within ${latency} ≤ ${duration(limit)}: ${text(within)}${isSure ? '' : ', though its interval reaches beyond'}`;
}

function panelOf(points: readonly Point[], limits: readonly number[], result: Result): Panel {
  const values = points.flatMap(({ p99 }) => [p99.estimate, p99.low ?? p99.estimate, p99.high ?? p99.estimate]);
  const near = limits.filter(limit => isNear(limit, values));
  const y = logDomain([...values, ...near]);
  const right = Math.max(...points.flatMap(({ rate }) => [rate.estimate, rate.high ?? 0]));
  const height = 380;
  return {
    height,
    marginRight: 190,
    marginTop: 20,
    marginBottom: 42,
    x: {
      domain: [0, right * 1.02],
      tickFormat: shortNumber,
      grid: true,
      label: 'acked per second',
      labelAnchor: 'center',
      labelArrow: false,
    },
    y: { type: 'log', domain: [...y], axis: null },
    marks: [
      durationAxis(logTicks(y), durationTick),
      Plot.gridY(logTicks(y), { strokeOpacity: 0.12 }),
      Plot.ruleY(near, { stroke: paint('fail'), strokeDasharray: '6 4' }),
      Plot.text(near, {
        x: () => 0,
        y: Number,
        text: limit => `limit ${durationTick(limit)}`,
        textAnchor: 'start',
        dx: 4,
        dy: -8,
        ...halo,
        fill: paint('fail'),
      }),
      ...labelMarks(points, y, height),
      ...joined(points, result),
      ...points.flatMap(point => pointMarks(point)),
    ],
  };
}

/** Names beside the points, moved apart where points are level. */
function labelMarks(points: readonly Point[], y: Domain, height: number): Plot.Markish[] {
  const perPixel = Math.log(y[1] / y[0]) / (height - 62);
  const levels = points.map(({ p99 }) => Math.log(p99.estimate));
  const places = apart(levels, 14 * perPixel, [Math.log(y[0]), Math.log(y[1])]);
  return points.map(({ label, rate }, i) =>
    Plot.text([shortened(label)], {
      x: () => rate.estimate,
      y: () => Math.exp(places[i] as number),
      text: String,
      textAnchor: 'start',
      dx: 9,
      dy: 11,
      ...halo,
    }),
  );
}

function pointMarks({ rate, p99, index, isSaturated }: Point): Plot.Markish[] {
  const { stroke } = strokeOf(index);
  const [x, y] = [() => rate.estimate, () => p99.estimate];
  return [
    Plot.ruleX(p99.trials > 1 ? [p99] : [], { x, y1: 'low', y2: 'high', stroke, marker: 'tick' }),
    Plot.ruleY(rate.trials > 1 ? [rate] : [], { y, x1: 'low', x2: 'high', stroke, marker: 'tick' }),
    Plot.dot([rate], { x, y, r: 5, stroke, strokeWidth: 2, fill: isSaturated ? paint('ground') : stroke }),
  ];
}

const isOfLoad = (factor: string): boolean => factor.startsWith('load.');

/** Lines through cells that differ in factors of the load alone, in the order of their rates. */
function joined(points: readonly Point[], { cells }: Result): Plot.Markish[] {
  if (!cells.some(({ factors }) => Object.keys(factors).some(isOfLoad))) return [];
  const groups = Map.groupBy(points, ({ cell }) =>
    JSON.stringify([cell.side, Object.entries(cell.factors).filter(([factor]) => !isOfLoad(factor))]),
  );
  return [...groups.values()].map((group, i) =>
    Plot.line(
      group.toSorted(
        (a, b) =>
          (a.cell.summary['offeredPerSecond']?.estimate ?? 0) - (b.cell.summary['offeredPerSecond']?.estimate ?? 0),
      ),
      {
        x: ({ rate }: Point) => rate.estimate,
        y: ({ p99 }: Point) => p99.estimate,
        strokeWidth: 1.5,
        ...strokeOf(i),
        stroke: paint('muted'),
      },
    ),
  );
}

function tableOf(title: string, points: readonly Point[], latency: string): Table {
  const range = ({ low, high, trials }: Summary, text: (value: number) => string): string =>
    low === null || high === null || trials === 1 ? '' : ` [${text(low)}–${text(high)}]`;
  return {
    title,
    note: `mean of the trials [${whiskerText(points)}]; ≥: messages without an outcome`,
    rows: [
      ['cell', 'acked/s', `${latency}, ms`, 'saturated'],
      ...points.map(({ label, rate, p99, isSaturated }) => [
        label,
        `${whole(rate.estimate)}${range(rate, whole)}`,
        `${p99.censored ? '≥ ' : ''}${millis(p99.estimate)}${range(p99, millis)}`,
        isSaturated ? 'yes' : 'no',
      ]),
    ],
    columnsOfWordsAtEnd: 1,
  };
}
