/** Did it change? A row for each comparison: change in per cent, its interval, and the band of changes that do not matter. */
import { higherIsBetter } from '../../measure/metrics.ts';
import type { Comparison, Result } from '../../results/schema.ts';
import { percent } from '../numbers.ts';
import type { Table } from '../table.ts';
import { effectText, verdictText } from '../words.ts';
import { labelsOf, leftOutText } from './cells.ts';
import type { Figure, FigureKind } from './figure.ts';
import { differenceText, mostTelling } from './findings.ts';
import { panelOf } from './forest-panel.ts';
import { drawFigure } from './plot.ts';

/** A set of comparisons that is judged together. */
interface Held {
  readonly id: string;
  readonly comparisons: readonly Comparison[];
  readonly armsText: (comparison: Comparison) => string;
  readonly title: string;
}

export const forest: FigureKind = {
  section: 'comparison',
  figures: ({ result }) => [withinRun(result), ...againstBaseline(result)].flatMap(held => figureOf(held, result)),
};

function withinRun(result: Result): Held {
  const labelOf = labelsOf(result);
  const { comparisons, against } = result;
  const references = new Set(comparisons.map(({ a }) => a));
  const isNamedOnce = against !== undefined || references.size === 1;
  return {
    id: 'comparison',
    comparisons,
    armsText: ({ a, b }) => (isNamedOnce ? labelOf(b) : `${labelOf(b)} against ${labelOf(a)}`),
    title: titleOf(result, comparisons),
  };
}

function againstBaseline(result: Result): Held[] {
  const { gate } = result;
  if (gate === undefined || gate.comparisons.length === 0) return [];
  const labelOf = labelsOf(result);
  const count = (verdict: Comparison['verdict']): number =>
    gate.comparisons.filter(one => one.verdict === verdict).length;
  return [
    {
      id: 'comparison-baseline',
      comparisons: gate.comparisons,
      armsText: ({ b }) => labelOf(b),
      title: `Against ${gate.baseline ?? 'the baseline'}: ${verdicts.map(verdict => `${count(verdict)} ${verdict}`).join(', ')}`,
    },
  ];
}

const verdicts = ['worse', 'better', 'same', 'inconclusive'] as const;

function titleOf(result: Result, comparisons: readonly Comparison[]): string {
  const telling = mostTelling(comparisons);
  const primary = comparisons.filter(({ role }) => role === 'primary');
  if (telling !== undefined && (telling.role === 'primary' || primary.length === 0))
    return differenceText(result, telling);
  const of = primary.length > 0 ? primary : comparisons;
  const same = of.filter(({ verdict }) => verdict === 'same').length;
  const deltas = of.flatMap(({ delta }) => delta ?? []);
  const within = deltas.length === 0 ? '' : ` within ${percent(Math.max(...deltas))}`;
  if (same === of.length)
    return `No difference: ${same === 1 ? 'the one comparison' : `all ${same} comparisons`} the same${within}`;
  const open = of.length - same;
  return `Not decided: ${open} of ${of.length} comparisons inconclusive${same === 0 ? '' : `, ${same} the same${within}`}`;
}

const isDrawn = ({ ratio, low, high }: Comparison): boolean =>
  ratio !== null && ratio > 0 && low !== null && high !== null;

/** ln of the ratio, positive where it is worse. */
const badness = ({ metric, ratio }: Comparison): number =>
  Math.log(Math.max(1e-9, ratio ?? 1)) * (higherIsBetter.has(metric) ? -1 : 1);

const rank = { worse: 0, inconclusive: 1, same: 2, better: 3 } as const;

const worstFirst = (a: Comparison, b: Comparison): number =>
  rank[a.verdict] - rank[b.verdict] || badness(b) - badness(a);

const mostPanels = 4;
const mostRows = 14;

function figureOf({ id, comparisons, armsText, title }: Held, result: Result): Figure[] {
  const metrics = [...Map.groupBy(comparisons.filter(isDrawn), ({ metric }) => metric)]
    .map(([metric, rows]) => ({ metric, rows: rows.toSorted(worstFirst) }))
    .filter(({ rows }) =>
      rows.some(({ role, verdict }) => role === 'primary' || verdict === 'worse' || verdict === 'better'),
    )
    .toSorted(
      (a, b) =>
        Number(a.rows[0]?.role === 'exploratory') - Number(b.rows[0]?.role === 'exploratory') ||
        worstFirst(a.rows[0] as Comparison, b.rows[0] as Comparison),
    )
    .slice(0, mostPanels);
  if (metrics.length === 0) return [];
  const drawn = metrics.reduce((sum, { rows }) => sum + Math.min(mostRows, rows.length), 0);
  const rest = comparisons.length - drawn;
  const reference = new Set(comparisons.map(({ a }) => a));
  const against =
    result.against?.name ??
    (id === 'comparison' && reference.size === 1 ? labelsOf(result)([...reference][0] as string) : null);
  const caption = {
    id,
    title,
    help: `Change${against === null ? '' : ` against ${against}`} with its interval, worst first; grey band: changes that do not matter (delta). A scale for each metric.${rest > 0 ? ` ${rest} more ${rest === 1 ? 'row' : 'rows'} in the table.` : ''}${leftOutText(result)}`,
  };
  const panels = metrics.map(({ metric, rows }) => panelOf(metric, rows.slice(0, mostRows), armsText));
  return [{ ...caption, svg: drawFigure(caption, panels), table: tableOf(title, comparisons, armsText) }];
}

function tableOf(title: string, comparisons: readonly Comparison[], armsText: Held['armsText']): Table {
  return {
    title,
    note: 'change of b against a [interval]; delta: the change that matters; a primary row decides, an exploratory one is a hint',
    columnsOfWords: 3,
    columnsOfWordsAtEnd: 1,
    rows: [
      ['cell', 'metric', 'role', 'change', 'delta', 'verdict'],
      ...comparisons
        .toSorted(worstFirst)
        .map(one => [
          armsText(one),
          one.metric,
          one.role,
          effectText(one),
          one.delta === null ? '–' : `±${percent(one.delta)}`,
          verdictText(one),
        ]),
    ],
  };
}
