/** When was it slow, and did the consumers keep up? For each cell a heatmap, rates and lag on one time axis, of its slowest trial. */
import * as Plot from '@observablehq/plot';
import type { Result } from '../../results/schema.ts';
import { duration } from '../numbers.ts';
import { durationTick, logTicks, shortNumber } from './axes.ts';
import { type CellTrials, type CountedTrial, countedCells, leftOutText } from './cells.ts';
import { strokeOf } from './colours.ts';
import type { Figure, FigureKind, FigureSource } from './figure.ts';
import { timesText } from './findings.ts';
import { heatLegend, heatMark, heatmapOf } from './heatmap.ts';
import { lagPanel } from './lag-panel.ts';
import { type Shown, tableOf } from './over-time-table.ts';
import { drawFigure, durationAxis, legend, onOneTimeAxis, type Panel } from './plot.ts';
import { bands, faultBands, warmup } from './time-bands.ts';

/** With more cells in a run only the slowest have such a figure. */
const mostCells = 12;
const shownOfMany = 6;

export const overTime: FigureKind = { section: 'time', figures: figuresOf };

function figuresOf(source: FigureSource): Figure[] {
  const cells = countedCells(source);
  const p99 = (cell: CellTrials): number => slowestP99(cell.trials[0] && slowest(cell).trial);
  const isTooMany = source.result.cells.length > mostCells;
  const chosen = isTooMany ? cells.toSorted((a, b) => p99(b) - p99(a)).slice(0, shownOfMany) : cells;
  return chosen.flatMap(cell => {
    const shown = shownOf(cell);
    const panels = panelsOf(shown);
    if (panels.length === 0) return [];
    const caption = {
      id: `time-${cell.index + 1}`,
      title: titleOf(shown),
      help: helpOf(shown, source.result, isTooMany),
    };
    return [{ ...caption, svg: drawFigure(caption, panels), table: tableOf(caption.title, shown) }];
  });
}

const slowestP99 = (trial: CountedTrial['trial'] | undefined): number =>
  trial?.ackMicros?.p99 ?? trial?.endToEndMicros?.p99 ?? 0;

/** A mean over trials would hide what happened in one of them. */
const slowest = ({ trials }: CellTrials): CountedTrial =>
  trials.reduce((worst, one) => (slowestP99(one.trial) > slowestP99(worst.trial) ? one : worst));

export function shownOf(cell: CellTrials): Shown {
  const counted = slowest(cell);
  const { trial, stored } = counted;
  const latency = (['ack', 'endToEnd'] as const).find(name => (stored.perSecond?.[name]?.length ?? 0) > 0) ?? null;
  const grid = latency === null ? undefined : stored.grids?.[latency];
  const end = Math.ceil(trial.windowMicros / 1e6);
  const before = Math.min(0, ...trial.timeline.map(({ second }) => second));
  return {
    cell,
    counted,
    latency,
    seconds: latency === null ? [] : (stored.perSecond?.[latency] ?? []),
    heatmap: grid === undefined ? null : heatmapOf(grid),
    x: [Math.max(before, -end / 5), end],
  };
}

/** So many times its usual p99 makes a second stand out. */
const standsOut = 3;

function titleOf({ cell, counted, latency, seconds }: Shown): string {
  const which = cell.trials.length > 1 ? ` (block ${counted.trial.block}, the slowest)` : '';
  const sorted = seconds.toSorted((a, b) => a.p99Micros - b.p99Micros);
  const [least, usual, most] = [sorted[0], sorted[Math.floor((sorted.length - 1) / 2)], sorted.at(-1)];
  if (least === undefined || usual === undefined || most === undefined)
    return `${cell.label}: rates second by second${which}`;
  const times = most.p99Micros / Math.max(1, usual.p99Micros);
  if (times >= standsOut) {
    return `${cell.label}: ${latency}.p99 rose to ${duration(most.p99Micros)} in second ${most.second}, ${timesText(times)} times its usual ${duration(usual.p99Micros)}${which}`;
  }
  const isEven = most.p99Micros < standsOut * Math.max(1, least.p99Micros);
  return `${cell.label}: ${isEven ? 'no second stood out, ' : ''}${latency}.p99 of a second ${duration(least.p99Micros)} to ${duration(most.p99Micros)}${which}`;
}

const helpOf = ({ cell, latency, counted, x }: Shown, result: Result, isTooMany: boolean): string =>
  [
    latency === null ? '' : `Top: messages by due time and ${latency}.`,
    'Rates: by the second in which it happened.',
    counted.trial.groups.some(({ lag }) => lag.samples.length > 0)
      ? 'Lag: messages that a group had not read yet.'
      : '',
    x[0] < 0 ? 'Before 0: warm-up, which does not count.' : '',
    bandsText(counted),
    cell.trials.length > 1 ? `One trial of ${cell.trials.length}, the one with the highest p99.` : '',
    isTooMany ? `Drawn for the ${shownOfMany} slowest cells.` : '',
    leftOutText(result),
  ]
    .filter(text => text !== '')
    .join(' ')
    .replaceAll('  ', ' ');

function bandsText({ trial }: CountedTrial): string {
  const hasFaults = (trial.faults?.injected.length ?? 0) > 0;
  const hasRebalances = trial.groups.some(({ rebalances }) => rebalances.length > 0);
  if (!hasFaults) return hasRebalances ? 'Bands: rebalances.' : '';
  return `Bands between dashed lines, with names: faults, until all was running again.${hasRebalances ? ' Bands with whole edges: rebalances.' : ''}`;
}

function panelsOf(shown: Shown): Panel[] {
  const bodies = [...heatPanel(shown), ...ratePanel(shown, shown.heatmap === null), ...lagPanel(shown)];
  return onOneTimeAxis(bodies, shown.x);
}

function heatPanel({ heatmap, latency, x, counted }: Shown): Panel[] {
  if (heatmap === null) return [];
  return [
    {
      height: 230,
      y: { type: 'log', domain: [...heatmap.y], axis: null },
      marks: [
        durationAxis(logTicks(heatmap.y), durationTick),
        heatMark(heatmap, x),
        legend([], latency ?? ''),
        heatLegend(heatmap),
        ...warmup(x),
        ...bands(counted, 0),
        ...faultBands(counted, x, { fillOpacity: 0, names: true }),
      ],
    },
  ];
}

const rates = [
  { name: 'sent', style: strokeOf(1) },
  { name: 'acked', style: strokeOf(0) },
  { name: 'consumed', style: strokeOf(2) },
] as const;

/** Faults have their names in the first panel alone. */
function ratePanel({ counted: { trial }, counted, x }: Shown, isFirst: boolean): Panel[] {
  const seconds = trial.timeline.filter(({ second }) => second >= x[0] && second < x[1]);
  if (seconds.length < 2) return [];
  const drawn = rates.filter(({ name }) => seconds.some(second => second[name] > 0));
  return [
    {
      height: 150,
      y: {
        domain: [0, Math.max(1, ...seconds.flatMap(second => drawn.map(({ name }) => second[name]))) * 1.05],
        ticks: 4,
        tickFormat: shortNumber,
        label: null,
        grid: true,
      },
      marks: [
        ...warmup(x),
        ...bands(counted),
        ...faultBands(counted, x, { names: isFirst }),
        ...drawn.map(({ name, style }) =>
          Plot.lineY(seconds, {
            x: ({ second }: { readonly second: number }) => second + 0.5,
            y: name,
            strokeWidth: 1.6,
            ...style,
          }),
        ),
        legend(
          drawn.map(({ name, style }) => ({ text: name, ...style })),
          'messages/s',
        ),
      ],
    },
  ];
}
