/** Tells of comparisons line by line: what decides first, then hints, and how all of it was judged. */
import type { Comparison, Result } from '../results/schema.ts';
import type { Line } from './model.ts';
import { percent } from './numbers.ts';
import { effectText, foundText, verdictText } from './words.ts';

export const signOfVerdict = { better: 'good', worse: 'bad', same: 'equal', inconclusive: 'open' } as const;

/** A line for each primary row, for each exploratory one that shows a difference, and one that counts the rest. */
export function comparisonLines(
  { comparisons, against }: Pick<Result, 'comparisons' | 'against'>,
  labelOf: (cell: string) => string,
): Line[] {
  const primary = comparisons.filter(({ role }) => role === 'primary');
  const exploratory = comparisons.filter(({ role }) => role === 'exploratory');
  const different = exploratory.filter(({ verdict }) => verdict === 'better' || verdict === 'worse');
  const arms = armsOf(against, labelOf);
  return [
    ...[...primary, ...different].map(comparison => lineOf(comparison, arms)),
    ...restLines(exploratory),
    ...unpairedLines(against, labelOf),
  ];
}

/** Of two settings the one that is judged is named with what it is held against; else both cells are. */
function armsOf(against: Result['against'], labelOf: (cell: string) => string) {
  return ({ a, b }: Comparison): string => `${labelOf(b)} against ${against === undefined ? labelOf(a) : against.name}`;
}

function unpairedLines(against: Result['against'], labelOf: (cell: string) => string): Line[] {
  if (against === undefined) return [];
  return [
    ...against.newCells.map(id => ({ sign: 'warning', text: `new: ${labelOf(id)}` }) as const),
    ...against.goneCells.map(id => ({ sign: 'warning', text: `gone: ${labelOf(id)}` }) as const),
  ];
}

/** Hints that show no difference are counted: nobody asked for them. */
function restLines(exploratory: readonly Comparison[]): Line[] {
  const count = (verdict: Comparison['verdict']): string[] => {
    const found = exploratory.filter(comparison => comparison.verdict === verdict).length;
    return found === 0 ? [] : [`${found} ${verdict}`];
  };
  const counts = [...count('same'), ...count('inconclusive')];
  return counts.length === 0 ? [] : [{ sign: 'equal', text: `exploratory, not shown: ${counts.join(', ')}` }];
}

function lineOf(comparison: Comparison, armsText: (comparison: Comparison) => string): Line {
  const { metric, verdict, role } = comparison;
  const isHint = role === 'exploratory';
  const words = [
    armsText(comparison),
    isHint ? `${metric} (exploratory)` : metric,
    effectText(comparison),
    verdictText(comparison),
    ...foundText(comparison),
  ];
  // a hint fails nothing, so it does not look as if it did
  return { sign: isHint && verdict === 'worse' ? 'warning' : signOfVerdict[verdict], text: words.join('   ') };
}

/** How rows were judged, in one line; null without any, and for results of before it was kept. */
export function comparisonNote({
  comparisons,
  against,
  looks,
}: Pick<Result, 'comparisons' | 'against' | 'looks'>): string | null {
  const judged = comparisons.filter(({ confidence }) => confidence !== null);
  if (judged.length === 0) return null;
  const isPaired = judged.every(({ design }) => design === 'paired');
  const primary = judged.filter(({ role }) => role === 'primary');
  const sharing = primary.filter(({ adjustedP }) => adjustedP !== null).length;
  const deltas = [...new Set(primary.map(({ delta }) => delta ?? 0))].toSorted((one, other) => one - other);
  return [
    ...(against === undefined ? [] : [`interleaved with ${against.name}`]),
    isPaired ? 't-intervals on log ratios, block by block' : 'not interleaved: Welch’s intervals on log ratios',
    ...(sharing > 1 ? [`Holm over ${sharing} primary rows`] : []),
    ...(deltas.length > 0 ? [`delta ${deltas.map(percent).join(', ')}`] : []),
    ...(looks === undefined ? [] : [looksText(looks)]),
  ].join(' · ');
}

/** How often it was looked at, as was said before it began. */
export const looksText = ({ taken, level }: NonNullable<Result['looks']>): string =>
  `look ${taken} of 2, each at ${percent(1 - level)}`;
