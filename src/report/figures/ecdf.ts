/** What share of the messages is within a time? The two cells of the comparison that says most, over each other. */
import * as Plot from '@observablehq/plot';
import { type Histogram, mergeHistograms } from '../../measure/histogram.ts';
import type { Comparison, Result } from '../../results/schema.ts';
import { duration, millis, whole } from '../numbers.ts';
import type { Table } from '../table.ts';
import { type Domain, durationTick, logDomain, logTicks } from './axes.ts';
import { type CellTrials, countedCells, leftOutText, shortened } from './cells.ts';
import { strokeOf } from './colours.ts';
import type { Figure, FigureKind, FigureSource } from './figure.ts';
import { mostTelling } from './findings.ts';
import { drawFigure, legend, type Panel } from './plot.ts';

const latencies = ['ack', 'endToEnd', 'service'] as const;
type Latency = (typeof latencies)[number];

interface Arm {
  readonly label: string;
  readonly histogram: Histogram;
  readonly isCensored: boolean;
}

export const ecdf: FigureKind = { section: 'comparison', figures: figuresOf };

function figuresOf(source: FigureSource): Figure[] {
  const { result } = source;
  const comparison = chosen(result);
  if (comparison === undefined) return [];
  const latency = latencyOf(comparison) as Latency;
  const cells = countedCells(source);
  const arms = [comparison.a, comparison.b].flatMap(id =>
    armOf(
      cells.find(({ cell }) => cell.id === id),
      latency,
    ),
  );
  const [a, b] = arms;
  if (a === undefined || b === undefined) return [];
  const caption = {
    id: 'comparison-ecdf',
    title: `Half of the messages within ${half(b)} in ${b.label}, ${half(a)} in ${a.label} (${comparison.metric}: ${comparison.verdict}${comparison.role === 'exploratory' ? ', exploratory' : ''})`,
    help: `Share of the messages whose ${latency} is at most so long, all trials together; further left is faster. Only the comparison of trials decides whether the two differ.${leftOutText(result)}`,
  };
  return [{ ...caption, svg: drawFigure(caption, [panelOf([a, b])]), table: tableOf(caption.title, [a, b], latency) }];
}

const half = ({ histogram }: Arm): string => duration(histogram.percentileMicros(0.5));

const latencyOf = ({ metric }: Comparison): Latency | undefined =>
  latencies.find(name => metric.startsWith(`${name}.`));

/** What was decided first; else what was declared beforehand. */
function chosen({ comparisons }: Result): Comparison | undefined {
  const ofLatency = comparisons.filter(one => latencyOf(one) !== undefined && one.ratio !== null);
  return mostTelling(ofLatency) ?? ofLatency.find(({ role }) => role === 'primary');
}

function armOf(cell: CellTrials | undefined, latency: Latency): Arm[] {
  if (cell === undefined) return [];
  const data = cell.trials.flatMap(({ stored }) => stored.distributions[latency] ?? []);
  const histogram = mergeHistograms(data);
  const isCensored = cell.trials.some(({ trial }) => (trial[`${latency}Micros`]?.censored ?? 0) > 0);
  return histogram.count === 0 ? [] : [{ label: cell.label, histogram, isCensored }];
}

/** Finer where most messages are not: the ends say as much as the middle. */
const shares = [0.001, 0.005, ...Array.from({ length: 99 }, (_, i) => (i + 1) / 100), 0.995, 0.999, 1];

function panelOf(arms: readonly Arm[]): Panel {
  const curves = arms.map(({ histogram }) =>
    shares.map(share => ({ share, micros: Math.max(1, histogram.percentileMicros(share)) })),
  );
  const x: Domain = logDomain(curves.flatMap(curve => curve.map(({ micros }) => micros)));
  return {
    height: 300,
    marginTop: 28,
    marginBottom: 40,
    x: { type: 'log', domain: [...x], axis: null },
    y: {
      domain: [0, 1],
      tickFormat: (share: number) => `${Math.round(share * 100)} %`,
      ticks: 5,
      label: null,
      grid: true,
    },
    marks: [
      Plot.axisX(logTicks(x), { text: durationTick, label: null }),
      Plot.gridX(logTicks(x), { strokeOpacity: 0.12 }),
      ...curves.map((curve, i) => Plot.line(curve, { x: 'micros', y: 'share', strokeWidth: 2, ...strokeOf(i) })),
      legend(arms.map(({ label }, i) => ({ text: shortened(label, 40), ...strokeOf(i) }))),
    ],
  };
}

const tabled = [0.1, 0.5, 0.9, 0.99, 0.999] as const;

const tableOf = (title: string, arms: readonly Arm[], latency: Latency): Table => ({
  title,
  note: `${latency}, ms: of all trials’ messages together${arms.some(({ isCensored }) => isCensored) ? '; some messages have no outcome and count with the time-out' : ''}`,
  rows: [
    ['cell', 'messages', ...tabled.map(share => `${share * 100} %`)],
    ...arms.map(({ label, histogram }) => [
      label,
      whole(histogram.count),
      ...tabled.map(share => (histogram.count * (1 - share) < 10 ? '–' : millis(histogram.percentileMicros(share)))),
    ]),
  ],
});
