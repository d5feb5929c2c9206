/** States what a chart shows, and no more than the comparisons decided. The only place where figures get their words for differences. */
import type { Comparison, Result } from '../../results/schema.ts';
import { metricText, percent, whole } from '../numbers.ts';
import { labelsOf } from './cells.ts';

/** How far apart two values are, on the scale of ratios. */
const distance = ({ ratio }: Comparison): number => (ratio === null ? 0 : Math.abs(Math.log(ratio)));

const isDecided = ({ verdict }: Comparison): boolean => verdict === 'better' || verdict === 'worse';

/** The decided comparison that says most: what was declared beforehand first, then the largest change. Undefined where nothing was decided. */
export function mostTelling(comparisons: readonly Comparison[]): Comparison | undefined {
  return comparisons
    .filter(isDecided)
    .toSorted(
      (a, b) => Number(a.role === 'exploratory') - Number(b.role === 'exploratory') || distance(b) - distance(a),
    )[0];
}

/** A factor in words: two digits, whole from 10 on. */
export const timesText = (factor: number): string => (factor < 10 ? factor.toPrecision(2) : whole(factor));

/** `doubles`, `has 3.4 times`, `raises … by 16 %`. */
function changeText(metric: string, ratio: number): string {
  if (ratio >= 1.9 && ratio <= 2.1) return `doubles ${metric}`;
  if (ratio >= 1 / 2.1 && ratio <= 1 / 1.9) return `halves ${metric}`;
  if (ratio > 2.1) return `multiplies ${metric} by ${timesText(ratio)}`;
  if (ratio < 1 / 2.1) return `divides ${metric} by ${timesText(1 / ratio)}`;
  return `${ratio >= 1 ? 'raises' : 'lowers'} ${metric} by ${Math.abs((ratio - 1) * 100).toFixed(1)} %`;
}

/** The estimate of a cell's metric with its unit; null where the cell has none. */
export function metricEstimate({ cells }: Result, id: string, metric: string): string | null {
  const summary = cells.find(cell => cell.id === id)?.summary[metric];
  if (summary === undefined) return null;
  return `${summary.censored ? '≥ ' : ''}${metricText(metric, summary.estimate)}`;
}

/** `acks=all doubles ack.p99 against acks=1 (3.1 ms to 6.2 ms)`, of a decided comparison. */
export function differenceText(result: Result, comparison: Comparison): string {
  const { metric, a, b, ratio, role } = comparison;
  const labelOf = labelsOf(result);
  const [from, to] = [metricEstimate(result, a, metric), metricEstimate(result, b, metric)];
  const values = from === null || to === null ? '' : ` (${from} to ${to})`;
  const hint = role === 'exploratory' ? ', an exploratory finding' : '';
  return `${labelOf(b)} ${changeText(metric, ratio ?? 1)} against ${labelOf(a)}${values}${hint}`;
}

/** What the comparisons of one metric came to, with the range of the cells' estimates. */
export function findingText(result: Result, metric: string): string {
  const comparisons = result.comparisons.filter(one => one.metric === metric);
  const telling = mostTelling(comparisons);
  if (telling !== undefined) return differenceText(result, telling) + restText(comparisons, telling);
  const range = rangeText(result, metric);
  if (comparisons.length === 0) return range;
  const isSame = comparisons.every(({ verdict }) => verdict === 'same');
  if (!isSame) return `${range}: not decided whether ${comparisons.length === 1 ? 'the two' : 'cells'} differ`;
  const deltas = comparisons.map(({ delta }) => delta).filter(delta => delta !== null);
  return `${range}: the same${deltas.length === 0 ? '' : ` within ${percent(Math.max(...deltas))}`}`;
}

function restText(comparisons: readonly Comparison[], telling: Comparison): string {
  const rest = comparisons.filter(one => one !== telling && isDecided(one)).length;
  return rest === 0 ? '' : `; ${rest} more ${rest === 1 ? 'difference' : 'differences'}`;
}

/** `ack.p99 from 3.1 ms (acks=1) to 6.2 ms (acks=all)`; values as they were measured, without a claim that they differ. */
export function rangeText(result: Result, metric: string): string {
  const labelOf = labelsOf(result);
  const found = result.cells
    .flatMap(({ id, summary: { [metric]: summary } }) => (summary === undefined ? [] : [{ id, ...summary }]))
    .toSorted((a, b) => a.estimate - b.estimate);
  const [least, most] = [found[0], found.at(-1)];
  if (least === undefined || most === undefined) return `No ${metric}`;
  const text = ({ id }: { readonly id: string }): string =>
    `${metricEstimate(result, id, metric) ?? '–'} (${labelOf(id)})`;
  return found.length === 1 ? `${metric} is ${text(least)}` : `${metric} is ${text(least)} to ${text(most)}`;
}
