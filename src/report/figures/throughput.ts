/** How much goes through: what was acknowledged and consumed per cell, from zero, beside what was offered. */
import * as Plot from '@observablehq/plot';
import { mean } from '../../analysis/stats.ts';
import { metricValue } from '../../analysis/values.ts';
import type { Result, Summary } from '../../results/schema.ts';
import { threeDigits, whole } from '../numbers.ts';
import type { Table } from '../table.ts';
import { shortNumber } from './axes.ts';
import { type CellTrials, countedCells, leftOutText, shortened } from './cells.ts';
import { paint } from './colours.ts';
import type { Figure, FigureKind } from './figure.ts';
import { findingText } from './findings.ts';
import { drawFigure, type Panel } from './plot.ts';

const bars = [
  { metric: 'ackedPerSecond', name: 'acked', colour: 'c1' },
  { metric: 'consumedPerSecond', name: 'consumed', colour: 'c3' },
] as const;

interface Bar {
  readonly name: string;
  readonly colour: string;
  readonly summary: Summary;
  readonly values: readonly number[];
}

interface Row extends CellTrials {
  readonly bars: readonly Bar[];
  /** What the schedule asked for; null where there was none. */
  readonly offered: number | null;
}

export const throughput: FigureKind = {
  section: 'throughput',
  figures: source => {
    const rows = countedCells(source).map(rowOf);
    if (rows.every(row => row.bars.length === 0)) return [];
    const caption = {
      id: 'throughput',
      title: titleOf(source.result, rows),
      help: `Messages per second over the window, from zero. Bar: mean of the trials; dots: trials; whisker: ${whiskerText(rows)}; upright line: what the schedule offered.${leftOutText(source.result)}`,
    };
    return [
      { ...caption, svg: drawFigure(caption, [panelOf(rows)]), table: tableOf(caption.title, rows) } satisfies Figure,
    ];
  },
};

function rowOf(cell: CellTrials): Row {
  const { summary } = cell.cell;
  const isRead = cell.trials.some(({ trial }) => trial.groups.length > 0);
  const isAcked = cell.trials.some(({ trial }) => trial.counts.acked > 0);
  return {
    ...cell,
    offered: cell.trials.every(({ trial }) => trial.isOpenLoop)
      ? (summary['offeredPerSecond']?.estimate ?? null)
      : null,
    bars: bars.flatMap(({ metric, name, colour }) => {
      const found = summary[metric];
      const isThere = metric === 'consumedPerSecond' ? isRead : isAcked;
      if (found === undefined || !isThere) return [];
      const values = cell.trials.flatMap(({ trial }) => metricValue(trial, metric)?.value ?? []);
      return [{ name, colour: paint(colour), summary: found, values }];
    }),
  };
}

const whiskerText = (rows: readonly Row[]): string =>
  rows.some(row => row.bars.some(({ summary }) => summary.interval === 'range'))
    ? 'least to greatest trial'
    : '95 % interval of the mean';

/** A share of the offered rate below which a cell did not keep up. */
const keptUp = 0.99;

/** Of what was acknowledged; where nothing was, of what was consumed. */
function titleOf(result: Result, rows: readonly Row[]): string {
  const isAcked = rows.some(({ bars: [first] }) => first?.name === 'acked');
  const telling = rows.filter(({ bars: [first] }) => !isAcked || first?.name === 'acked');
  if (telling.some(({ offered }) => offered === null)) {
    return findingText(amongOnly(result, telling), isAcked ? 'ackedPerSecond' : 'consumedPerSecond');
  }
  const verb = isAcked ? 'acknowledged' : 'consumed';
  const share = ({ offered, bars: [first] }: Row): number => (first?.summary.estimate ?? 0) / (offered ?? 1);
  const behind = telling.filter(row => share(row) < keptUp).toSorted((a, b) => share(a) - share(b));
  const [worst] = behind;
  if (worst === undefined) {
    const where = telling.length < rows.length ? 'Where there are acknowledgements, what' : 'What';
    return `${where} was offered was ${verb}${telling.length > 1 ? ' in every cell' : ''}`;
  }
  const rest = behind.length === 1 ? '' : ` (${behind.length - 1} more fell behind)`;
  return `${worst.label} ${verb} ${threeDigits(share(worst) * 100)} % of the ${whole(worst.offered ?? 0)}/s offered${rest}`;
}

/** The result as if it had these cells alone: a rate that a cell cannot have is not the least. */
function amongOnly(result: Result, rows: readonly Row[]): Result {
  const ids = new Set(rows.map(({ cell }) => cell.id));
  return {
    ...result,
    cells: result.cells.filter(({ id }) => ids.has(id)),
    comparisons: result.comparisons.filter(({ a, b }) => ids.has(a) && ids.has(b)),
  };
}

const rowHeight = 54;

function panelOf(rows: readonly Row[]): Panel {
  const marks = rows.flatMap((row, i) => rowMarks(row, i));
  const ends = rows.flatMap(row => [
    row.offered ?? 0,
    ...row.bars.flatMap(({ summary, values }) => [summary.high ?? summary.estimate, ...values]),
  ]);
  return {
    height: rows.length * rowHeight + 44,
    marginLeft: 24,
    marginRight: 130,
    marginTop: 4,
    marginBottom: 40,
    x: {
      domain: [0, Math.max(1, ...ends) * 1.02],
      grid: true,
      ticks: 6,
      tickFormat: shortNumber,
      label: 'messages per second',
      labelAnchor: 'center',
      labelArrow: false,
    },
    y: { axis: null, domain: [0, rows.length], reverse: true },
    marks,
  };
}

/** A cell's name, and below it a bar for what was acknowledged and one for what was consumed. */
function rowMarks({ label, bars: own, offered }: Row, row: number): Plot.Markish[] {
  const place = (bar: number): number => row + 0.34 + bar * 0.3;
  return [
    Plot.text([shortened(label, 70)], { x: () => 0, y: () => row + 0.18, text: String, textAnchor: 'start' }),
    Plot.text(own.length === 0 ? ['neither acknowledged nor read by anyone'] : [], {
      x: () => 0,
      y: () => place(0) + 0.125,
      text: String,
      textAnchor: 'start',
      dx: 6,
      fontSize: 11,
      fill: paint('muted'),
    }),
    ...own.flatMap((bar, i) => barMarks(bar, place(i), offered ?? 0)),
    Plot.ruleX(offered === null ? [] : [offered], {
      y1: () => row + 0.3,
      y2: () => row + 0.34 + Math.max(1, own.length) * 0.3,
      strokeWidth: 2,
      stroke: paint('c2'),
    }),
  ];
}

/** One bar of a cell, from `top` on; its text stands behind everything, the offered rate among it. */
function barMarks({ name, colour, summary, values }: Bar, top: number, offered: number): Plot.Markish[] {
  const middle = (): number => top + 0.125;
  const whisker = summary.trials > 1 ? [summary] : [];
  return [
    Plot.rect([summary], {
      x1: () => 0,
      x2: 'estimate',
      y1: () => top,
      y2: () => top + 0.25,
      fill: colour,
      fillOpacity: 0.75,
    }),
    Plot.ruleY(whisker, { x1: 'low', x2: 'high', y: middle, marker: 'tick' }),
    Plot.dot(values, { x: Number, y: middle, r: 2.5, fill: paint('ground'), stroke: 'currentColor', strokeWidth: 0.8 }),
    Plot.text([`${whole(summary.estimate)} ${name}`], {
      x: () => Math.max(summary.estimate, summary.high ?? 0, offered, ...values),
      y: middle,
      text: String,
      textAnchor: 'start',
      dx: 8,
      fontSize: 11,
    }),
  ];
}

function tableOf(title: string, rows: readonly Row[]): Table {
  const figure = (row: Row, name: string): string => {
    const bar = row.bars.find(one => one.name === name);
    if (bar === undefined) return '–';
    const { estimate, low, high, trials } = bar.summary;
    return low === null || high === null || trials === 1
      ? whole(estimate)
      : `${whole(estimate)} [${whole(low)}–${whole(high)}]`;
  };
  return {
    title,
    note: `per second, mean of the trials [${whiskerText(rows)}]`,
    rows: [
      ['cell', 'trials', 'offered', 'sent', 'acked', 'consumed', 'acked MB/s'],
      ...rows.map(row => [
        row.label,
        String(row.trials.length),
        row.offered === null ? '–' : whole(row.offered),
        whole(mean(row.trials.map(({ trial }) => (trial.counts.sent * 1e6) / trial.windowMicros))),
        figure(row, 'acked'),
        figure(row, 'consumed'),
        row.bars.some(({ name }) => name === 'acked')
          ? threeDigits((row.cell.summary['ackedBytesPerSecond']?.estimate ?? 0) / 1e6)
          : '–',
      ]),
    ],
  };
}
