/** Marks spans of a time axis in which something went on: the warm-up, rebalances. */
import * as Plot from '@observablehq/plot';
import type { Domain } from './axes.ts';
import type { CountedTrial } from './cells.ts';
import { paint } from './colours.ts';

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
