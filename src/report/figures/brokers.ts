/** What did the brokers have to do? For each cell CPU and bytes written of every broker, second by second, on the time axis of the load. */
import * as Plot from '@observablehq/plot';
import type { TrialBrokers } from '../../results/broker-figures.ts';
import type { Result } from '../../results/schema.ts';
import { brokerLabel } from '../brokers.ts';
import { orNone } from '../generator.ts';
import { bytes, percent, threeDigits } from '../numbers.ts';
import type { Table } from '../table.ts';
import { shortNumber } from './axes.ts';
import { countedCells, leftOutText, shortened } from './cells.ts';
import { strokeOf } from './colours.ts';
import type { Figure, FigureKind } from './figure.ts';
import { shownOf } from './over-time.ts';
import type { Shown } from './over-time-table.ts';
import { drawFigure, legend, onOneTimeAxis, type Panel } from './plot.ts';
import { bands, faultBands, warmup } from './time-bands.ts';

type Watched = TrialBrokers['brokers'][number];
type FigureName = keyof Watched['samples'];

/** With more cells in a run only the first have such a figure: the table of all cells has the means. */
const mostCells = 6;
/** Above a panel there is no room for more. */
const mostNamed = 4;

export const brokers: FigureKind = {
  section: 'resources',
  isOfSearches: true,
  figures: source =>
    countedCells(source)
      .slice(0, mostCells)
      .flatMap((cell): Figure[] => {
        const shown = shownOf(cell);
        const told = shown.counted.trial.brokers;
        const panels = told === undefined ? [] : panelsOf(shown, told);
        if (told === undefined || panels.length === 0) return [];
        const caption = {
          id: `brokers-${cell.index + 1}`,
          title: titleOf(shown, told),
          help: helpOf(shown, told, source.result),
        };
        return [{ ...caption, svg: drawFigure(caption, panels), table: tableOf(caption.title, told) }];
      }),
};

const sourceTexts: Readonly<Record<TrialBrokers['source'], string>> = {
  process: 'By the processes on this host; bytes count as written when a page of memory is, before disks see it.',
  prometheus: 'As the brokers’ exporters tell it.',
  jmx: 'As the brokers tell it over JMX.',
};

const helpOf = ({ counted }: Shown, { source, brokers: all, hosts }: TrialBrokers, result: Result): string =>
  [
    `What went on between one look at the brokers and the next, about a second later, in block ${counted.trial.block}.`,
    sourceTexts[source],
    all.length + hosts.length > mostNamed ? `Named are the first ${mostNamed} lines; the table has all.` : '',
    result.cells.length > mostCells ? `Drawn for the first ${mostCells} cells.` : '',
    leftOutText(result).trim(),
  ]
    .filter(text => text !== '')
    .join(' ');

/** The busiest broker, by its mean over the window. */
function titleOf({ cell }: Shown, { brokers: all }: TrialBrokers): string {
  const known = all.filter(({ means }) => means.cpuCores !== undefined);
  if (known.length === 0) return `${cell.label}: what the brokers told of themselves`;
  const busiest = known.reduce((a, b) => ((b.means.cpuCores ?? 0) > (a.means.cpuCores ?? 0) ? b : a));
  const of = busiest.cores === null ? '' : ` of ${busiest.cores}`;
  const which = known.length === 1 ? 'the broker' : `the busiest of ${known.length} brokers`;
  return `${cell.label}: ${which} used ${threeDigits(busiest.means.cpuCores ?? 0)}${of} CPU cores on average`;
}

const drawn = [
  { name: 'cpuCores', title: 'CPU cores', withHosts: true, tick: (value: number) => threeDigits(value) },
  { name: 'writtenBytesPerSecond', title: 'written, bytes/s', withHosts: false, tick: shortNumber },
] as const satisfies readonly {
  readonly name: FigureName;
  readonly title: string;
  readonly withHosts: boolean;
  readonly tick: unknown;
}[];

function panelsOf(shown: Shown, { brokers: all, hosts }: TrialBrokers): Panel[] {
  const bodies = drawn.flatMap(({ name, title, withHosts, tick }, i) =>
    panelOf(shown, { name, title, tick, isFirst: i === 0 }, [...all, ...(withHosts ? hosts : [])]),
  );
  return onOneTimeAxis(bodies, shown.x);
}

interface Point {
  readonly second: number;
  readonly value: number;
}

/** A figure of every broker; none where nothing of it lies on the axis. Beyond six, lines of the same look are told apart by the table alone. */
function panelOf(
  { counted, x }: Shown,
  {
    name,
    title,
    tick,
    isFirst,
  }: {
    readonly name: FigureName;
    readonly title: string;
    readonly tick: (value: number) => string;
    readonly isFirst: boolean;
  },
  watched: readonly Watched[],
): Panel[] {
  const lines = watched
    .map((one, i) => ({ name: brokerLabel(one.name), style: strokeOf(i), points: pointsOf(one, name, x) }))
    .filter(({ points }) => points.some(({ value }) => !Number.isNaN(value)));
  if (lines.length === 0) return [];
  const most = Math.max(...lines.flatMap(({ points }) => points.map(({ value }) => value || 0)));
  return [
    {
      height: 150,
      y: { domain: [0, most > 0 ? most * 1.06 : 1], ticks: 4, tickFormat: tick, label: null, grid: true },
      marks: [
        ...warmup(x),
        ...bands(counted),
        ...faultBands(counted, x, { names: isFirst }),
        ...lines.map(({ points, style }) =>
          Plot.lineY(points, { x: 'second', y: 'value', strokeWidth: 1.6, ...style }),
        ),
        legend(
          lines.slice(0, mostNamed).map(line => ({ text: shortened(line.name, 16), ...line.style })),
          title,
        ),
      ],
    },
  ];
}

/** Each in the middle of its span; what was not told interrupts the line. */
function pointsOf({ atMicros, samples }: Watched, name: FigureName, [from, to]: Shown['x']): Point[] {
  return (samples[name] ?? [])
    .map((value, i): Point => {
      const at = (atMicros[i] as number) / 1e6;
      const before = i === 0 ? at - 1 : (atMicros[i - 1] as number) / 1e6;
      return { second: (at + before) / 2, value: value ?? Number.NaN };
    })
    .filter(({ second }) => second >= from && second <= to);
}

/** The means over the window, and what was not told as a dash. */
function tableOf(title: string, { source, looks, missed, brokers: all, hosts }: TrialBrokers): Table {
  const rate = (value: number | undefined): string => orNone(value, one => `${bytes(one)}/s`);
  const row = ({ name, cores, means }: Watched): string[] => [
    brokerLabel(name),
    orNone(means.cpuCores, threeDigits),
    orNone(cores, String),
    orNone(means.residentBytes, bytes),
    rate(means.writtenBytesPerSecond),
    rate(means.readBytesPerSecond),
    rate(means.receivedBytesPerSecond),
    rate(means.sentBytesPerSecond),
    orNone(means.handlersIdle, percent),
    orNone(means.diskBusy, percent),
    orNone(means.linkBusy, percent),
  ];
  const unseen = missed === 0 ? '' : `; ${missed} answers of ${looks} looks did not come`;
  return {
    title,
    note: `means over the window, by ${source}; –: not told${unseen}`,
    rows: [
      ['', 'CPU cores', 'of', 'memory', 'written', 'read', 'in', 'out', 'handlers idle', 'disk busy', 'link busy'],
      ...all.map(row),
      ...hosts.map(row),
    ],
  };
}
