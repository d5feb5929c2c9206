/** Marks spans of a time axis in which something went on: the warm-up, rebalances, faults. */
import * as Plot from '@observablehq/plot';
import type { Domain } from './axes.ts';
import type { CountedTrial } from './cells.ts';
import { faultLabel } from '../faults.ts';
import { paint } from './colours.ts';
import { averageCharacter, chart, halo } from './plot.ts';

/** What lies before the window. */
export const warmup = (x: Domain): Plot.Markish[] =>
  x[0] < 0 ? [Plot.rectX([x], { x1: () => x[0], x2: () => 0, fill: paint('muted'), fillOpacity: 0.15 })] : [];

/** When a group was rebalanced; one that did not end reaches to the end. */
export function bands({ trial }: CountedTrial, fillOpacity = 0.22): Plot.Markish[] {
  const end = trial.windowMicros / 1e6;
  const spans = trial.groups
    .flatMap(({ rebalances }) => rebalances)
    .map(({ atMicros, durationMicros }) => ({
      from: atMicros / 1e6,
      to: durationMicros === null ? end : Math.min(end, (atMicros + durationMicros) / 1e6),
    }))
    .filter(({ from, to }) => from >= 0 && to > from);
  return spans.length === 0
    ? []
    : [
        Plot.rectX(spans, {
          x1: 'from',
          x2: 'to',
          fill: paint('c2'),
          fillOpacity,
          stroke: paint('c2'),
          strokeOpacity: 0.6,
        }),
      ];
}

interface FaultSpan {
  readonly from: number;
  readonly to: number;
  readonly label: string;
}

/**
 * When a broker was broken; what did not end within the trial reaches to the end. Faults have dashed edges and, with `names`, their names at the
 * top of the frame, rebalances neither.
 */
export function faultBands(
  { trial }: CountedTrial,
  x: Domain,
  { fillOpacity = 0.16, names = false }: { readonly fillOpacity?: number; readonly names?: boolean } = {},
): Plot.Markish[] {
  const spans = (trial.faults?.injected ?? [])
    .map((fault): FaultSpan => {
      const to = fault.endedAtMicros === null ? x[1] : Math.min(x[1], fault.endedAtMicros / 1e6);
      return { from: fault.atMicros / 1e6, to, label: faultLabel(fault) };
    })
    .filter(({ from }) => from >= x[0] && from < x[1]);
  if (spans.length === 0) return [];
  const edge = { stroke: paint('fail'), strokeWidth: 1.4, strokeDasharray: '5 3' };
  const ends = spans.filter(({ from, to }) => to > from && to < x[1]);
  return [
    Plot.rectX(spans, { x1: 'from', x2: 'to', fill: paint('fail'), fillOpacity }),
    Plot.ruleX(spans, { x: 'from', ...edge }),
    Plot.ruleX(ends, { x: 'to', ...edge }),
    ...(names ? nameMarks(spans, x) : []),
  ];
}

/** Each name beside the beginning of its band: at its right where there is room, else at its left. */
function nameMarks(spans: readonly FaultSpan[], x: Domain): Plot.Markish[] {
  const secondsPerPixel = (x[1] - x[0]) / (chart.width - chart.marginLeft - chart.marginRight);
  const lengthOf = ({ label }: FaultSpan): number => (label.length * averageCharacter + 8) * secondsPerPixel;
  const placed = spans
    .map(span => ({ span, isLeft: span.from + lengthOf(span) > x[1] }))
    .map(one => ({ ...one, starts: one.span.from - (one.isLeft ? lengthOf(one.span) : 0) }))
    .toSorted((a, b) => a.starts - b.starts);
  const kept: (typeof placed)[number][] = [];
  for (const one of placed) {
    const last = kept.at(-1);
    if (last === undefined || one.starts >= last.starts + lengthOf(last.span)) kept.push(one);
  }
  return [false, true].flatMap(isLeft => {
    const own = kept.filter(one => one.isLeft === isLeft).map(({ span }) => span);
    const place = isLeft ? ({ textAnchor: 'end', dx: -4 } as const) : ({ textAnchor: 'start', dx: 4 } as const);
    const mark = { x: 'from', text: 'label', frameAnchor: 'top', dy: 5, ...halo, fill: paint('fail') } as const;
    return own.length === 0 ? [] : [Plot.text(own, { ...mark, ...place })];
  });
}
