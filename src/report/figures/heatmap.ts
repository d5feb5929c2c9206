/** Draws a grid of latencies as a heatmap: few paths, one for each level of colour, in place of a rectangle for each field. */
import type { LatencyGrid } from '../../measure/latency-grid.ts';
import { binStartMicros } from '../../measure/latency-grid.ts';
import type * as Plot from '@observablehq/plot';
import type { Domain } from './axes.ts';
import { heatColours } from './colours.ts';
import { drawnMark, svgElement } from './plot.ts';

const mostRows = 20;

export interface Heatmap {
  readonly columnSeconds: number;
  readonly columns: number;
  readonly rows: number;
  /** µs, of the whole height. */
  readonly y: Domain;
  readonly most: number;
  /** By level of colour, few messages first: one path, in fields. */
  readonly paths: readonly string[];
}

/** The fields of a grid in eight levels by the logarithm of their messages; null for an empty grid. */
export function heatmapOf({ columns, columnSeconds }: LatencyGrid): Heatmap | null {
  const bins = columns.flatMap(column => [...column.keys()]);
  if (bins.length === 0) return null;
  const lowest = bins.reduce((least, bin) => Math.min(least, bin), Infinity);
  const highest = bins.reduce((most, bin) => Math.max(most, bin), 0);
  const perRow = Math.ceil((highest - lowest + 1) / mostRows);
  const rows = Math.ceil((highest - lowest + 1) / perRow);
  const counts = Array.from({ length: rows }, () => columns.map(() => 0));
  for (const [x, column] of columns.entries()) {
    for (const [bin, count] of column) {
      const row = counts[Math.floor((bin - lowest) / perRow)] as number[];
      row[x] = (row[x] ?? 0) + count;
    }
  }
  const most = Math.max(...counts.map(row => Math.max(...row)));
  return {
    columnSeconds,
    columns: columns.length,
    rows,
    y: [binStartMicros(lowest), binStartMicros(lowest + rows * perRow)],
    most,
    paths: pathsOf(counts, most),
  };
}

function pathsOf(counts: readonly (readonly number[])[], most: number): string[] {
  const levels = heatColours.length;
  const levelOf = (count: number): number =>
    count === 0
      ? -1
      : most <= 1
        ? levels - 1
        : Math.min(levels - 1, Math.floor((levels * Math.log(count)) / Math.log(most)));
  const paths = heatColours.map(() => '');
  for (const [y, row] of counts.entries()) {
    for (let x = 0; x < row.length;) {
      const level = levelOf(row[x] as number);
      let length = 1;
      while (x + length < row.length && levelOf(row[x + length] as number) === level) length++;
      if (level >= 0) paths[level] += `M${x} ${y}h${length}v1h-${length}z`;
      x += length;
    }
  }
  return paths;
}

/** The fields, where a time axis in seconds begins at `domain[0]` and ends at `domain[1]`. */
export const heatMark = ({ paths, rows, columnSeconds }: Heatmap, domain: Domain): Plot.Markish =>
  drawnMark(({ width, height, marginTop, marginRight, marginBottom, marginLeft }) => {
    const perSecond = (width - marginLeft - marginRight) / (domain[1] - domain[0]);
    const rowHeight = (height - marginTop - marginBottom) / rows;
    const left = marginLeft - domain[0] * perSecond;
    const group = svgElement('g', {
      'shape-rendering': 'crispEdges',
      transform: `translate(${left.toFixed(2)},${height - marginBottom}) scale(${(columnSeconds * perSecond).toFixed(4)},${(-rowHeight).toFixed(4)})`,
    });
    for (const [level, d] of paths.entries()) {
      if (d !== '') group.append(svgElement('path', { fill: heatColours[level] as string, d }));
    }
    return group;
  });

/** What the colours mean, at the right above the frame. */
export const heatLegend = ({ most }: Heatmap): Plot.Markish =>
  drawnMark(({ width, marginRight, marginTop }) => {
    const size = 12;
    const group = svgElement('g', {
      transform: `translate(${width - marginRight - 90 - heatColours.length * size},${marginTop - 18})`,
      'font-size': 11,
    });
    for (const [level, fill] of heatColours.entries()) {
      group.append(svgElement('rect', { x: level * size, y: 0, width: size, height: 11, fill }));
    }
    const few = svgElement('text', { x: -5, y: 10, 'text-anchor': 'end' });
    few.textContent = '1';
    const many = svgElement('text', { x: heatColours.length * size + 5, y: 10, 'text-anchor': 'start' });
    many.textContent = `${Math.round(most).toLocaleString('en-US')} messages`;
    group.append(few, many);
    return group;
  });
