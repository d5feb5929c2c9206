/** Draws the comparisons of one metric below each other, on one scale. */
import * as Plot from '@observablehq/plot';
import { higherIsBetter } from '../../measure/metrics.ts';
import type { Comparison } from '../../results/schema.ts';
import { shortened } from './cells.ts';
import { paint } from './colours.ts';
import { halfWidth, type Look, lookOf, ticksOf, tickText } from './forest-look.ts';
import type { Panel } from './plot.ts';

/** A comparison on the scale of ln(ratio). */
interface Row extends Look {
  readonly label: string;
  readonly row: number;
  readonly low: number;
  readonly estimate: number;
  readonly high: number;
  readonly delta: number;
}

const rowHeight = 24;
const margins = { marginLeft: 240, marginRight: 130, marginTop: 46, marginBottom: 30 } as const;

/** A panel of comparisons in the order in which they are given. */
export function panelOf(
  metric: string,
  comparisons: readonly Comparison[],
  labelOf: (comparison: Comparison) => string,
): Panel {
  const half = halfWidth(comparisons);
  const hints = comparisons.filter(({ role }) => role === 'exploratory').length;
  const isMixed = hints > 0 && hints < comparisons.length;
  const rows = comparisons.map((comparison, i) => rowOf(comparison, i, labelOf(comparison), isMixed ? ' *' : ''));
  const role = isMixed ? ' (*: exploratory)' : hints > 0 ? ' (exploratory)' : '';
  return {
    ...margins,
    height: margins.marginTop + margins.marginBottom + rows.length * rowHeight,
    x: { domain: [-half, half], ticks: ticksOf(half), tickFormat: (ratio: number) => tickText(ratio), label: null },
    y: { domain: [0, rows.length], reverse: true, axis: null },
    color: { type: 'identity' },
    marks: [...groundMarks(rows, half), ...rowMarks(rows, half), ...headMarks(metric, role)],
  };
}

function rowOf(comparison: Comparison, i: number, label: string, hintMark: string): Row {
  const look = lookOf(comparison);
  return {
    ...look,
    word: comparison.role === 'exploratory' ? `${look.word}${hintMark}` : look.word,
    label,
    row: i + 0.5,
    low: Math.log(Math.max(1e-9, comparison.low ?? 1)),
    estimate: Math.log(comparison.ratio ?? 1),
    high: Math.log(comparison.high ?? 1),
    delta: Math.log(1 + (comparison.delta ?? 0)),
  };
}

/** The band of what does not matter, and where nothing changed. */
const groundMarks = (rows: readonly Row[], half: number): Plot.Markish[] => [
  Plot.rectX(rows, {
    x1: ({ delta }: Row) => -delta,
    x2: 'delta',
    y1: ({ row }: Row) => row - 0.5,
    y2: ({ row }: Row) => row + 0.5,
    fill: paint('muted'),
    fillOpacity: 0.22,
  }),
  Plot.gridX(ticksOf(half), { strokeOpacity: 0.12 }),
  Plot.ruleX([0], { strokeOpacity: 0.6 }),
];

/** An interval that leaves the scale ends in an arrow. */
function rowMarks(rows: readonly Row[], half: number): Plot.Markish[] {
  const clip = (logRatio: number): number => Math.max(-half, Math.min(half, logRatio));
  const [left, right] = [() => -half, () => half];
  const ends = { y: 'row', stroke: 'colour', strokeWidth: 2 } as const;
  const beyond = { y: 'row', fill: 'colour' } as const;
  return [
    Plot.ruleY(rows, { ...ends, x1: ({ low }: Row) => clip(low), x2: ({ high }: Row) => clip(high) }),
    Plot.text(
      rows.filter(({ low }) => low < -half),
      { ...beyond, x: left, text: () => '◂', dx: -2 },
    ),
    Plot.text(
      rows.filter(({ high }) => high > half),
      { ...beyond, x: right, text: () => '▸', dx: 2 },
    ),
    Plot.dot(rows, { ...ends, x: ({ estimate }: Row) => clip(estimate), r: 4.5, fill: 'fill' }),
    Plot.text(rows, { y: 'row', x: left, text: ({ label }: Row) => shortened(label, 34), textAnchor: 'end', dx: -12 }),
    Plot.text(rows, { ...beyond, x: right, text: 'word', textAnchor: 'start', dx: 12 }),
  ];
}

function headMarks(metric: string, role: string): Plot.Markish[] {
  const [left, right] = higherIsBetter.has(metric) ? ['← worse', 'better →'] : ['← better', 'worse →'];
  const small = { dy: -16, text: String, fontSize: 11, fill: paint('muted') } as const;
  return [
    Plot.text([left as string], { ...small, frameAnchor: 'top-left' }),
    Plot.text([right as string], { ...small, frameAnchor: 'top-right' }),
    Plot.text([`${metric}${role}`], {
      frameAnchor: 'top-left',
      dx: -228,
      dy: -32,
      text: String,
      fontWeight: 'bold',
      textAnchor: 'start',
    }),
  ];
}
