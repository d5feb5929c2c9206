/** Draws how far groups were behind over time: what all partitions together had unread, and the worst of them. */
import * as Plot from '@observablehq/plot';
import { type Domain, shortNumber } from './axes.ts';
import { shortened } from './cells.ts';
import { strokeOf } from './colours.ts';
import type { Shown } from './over-time-table.ts';
import { legend, type Panel } from './plot.ts';
import { bands, faultBands, warmup } from './time-bands.ts';

/** Above this a logarithmic axis shows the small numbers, too. */
const mostLinearLag = 1_000;

type Scale = (messages: number) => number;
type Group = Shown['counted']['trial']['groups'][number];

/** The lag of a trial's groups; none where it was not watched. */
export function lagPanel({ counted, x }: Shown): Panel[] {
  const groups = counted.trial.groups.map(group => within(group, x)).filter(({ lag }) => lag.samples.length > 1);
  if (groups.length === 0) return [];
  const most = Math.max(1, ...groups.flatMap(({ lag }) => lag.samples.map(({ unread }) => unread)));
  const scale: Scale = most > mostLinearLag ? messages => Math.log10(1 + messages) : messages => messages;
  return [
    {
      height: 150,
      y: { domain: [0, scale(most) * 1.06], axis: null },
      marks: [
        ...axisMarks(most, scale),
        ...warmup(x),
        ...bands(counted),
        ...faultBands(counted, x),
        ...groups.flatMap((group, i) => lineMarks(group, strokeOf(i).stroke, scale)),
        legend(
          groups.slice(0, 3).flatMap(({ group }, i) => [
            { text: shortened(group, 16), stroke: strokeOf(i).stroke },
            { text: 'its worst partition', stroke: strokeOf(i).stroke, ...ofWorst },
          ]),
          'lag',
        ),
      ],
    },
  ];
}

/** Without the samples that lie outside of the time axis. */
function within(group: Group, [from, to]: Domain): Group {
  const samples = group.lag.samples.filter(({ atMicros }) => atMicros >= from * 1e6 && atMicros <= to * 1e6);
  return { ...group, lag: { ...group.lag, samples } };
}

const ofWorst = { strokeDasharray: '2 3' } as const;

function axisMarks(most: number, scale: Scale): Plot.Markish[] {
  if (most <= mostLinearLag) return [Plot.axisY({ ticks: 4, tickFormat: shortNumber, label: null })];
  const decades = Array.from({ length: Math.ceil(Math.log10(most)) }, (_, i) => 10 ** (i + 1));
  const ticks = [0, ...decades.filter(tick => tick <= most * 1.05)].map(scale);
  const text = (place: number): string => shortNumber(Math.round(10 ** place - 1));
  return [Plot.axisY(ticks, { text, label: null }), Plot.gridY(ticks, { strokeOpacity: 0.12 })];
}

function lineMarks({ lag: { samples } }: Group, stroke: string, scale: Scale): Plot.Markish[] {
  type Sample = (typeof samples)[number];
  const line = { x: ({ atMicros }: Sample) => atMicros / 1e6, stroke, strokeWidth: 1.6 };
  return [
    Plot.lineY(samples, { ...line, y: ({ unread }: Sample) => scale(unread) }),
    Plot.lineY(samples, { ...line, ...ofWorst, y: (sample: Sample) => scale(sample.unreadOfWorstPartition) }),
  ];
}
