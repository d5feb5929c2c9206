/** Compares cells: better, worse, same or inconclusive, row by row, with the rows that share a level held together. Pure. */
import type { Comparison } from '../results/schema.ts';
import { type Arm, type Contrast, contrastOf, type Design } from './contrast.ts';
import { decide, type Decision, type DecisionRule, fewestTrials, pOf } from './decide.ts';
import { benjaminiHochberg, benjaminiHochbergLevel, holm, holmLevels } from './stats/multiplicity.ts';

export type { Arm } from './contrast.ts';

/** Primary rows decide; exploratory ones are hints and cannot fail anything. */
export type Role = Comparison['role'];

export interface CompareSettings {
  readonly metric: string;
  /** The change that matters, as a share. */
  readonly delta: number;
  /** Two-sided; 0.05 unless said, 0.0294 at each of two looks (after n and 2n blocks). */
  readonly level?: number | undefined;
  /** Then the whole interval must lie beyond delta for `better` or `worse`. */
  readonly isStrict?: boolean | undefined;
}

const usualLevel = 0.05;

/** Cell b against cell a of one run on one metric, paired by block, as the only row of its family. Null where a cell lacks the metric altogether. */
export const compareCells = (a: Arm, b: Arm, settings: CompareSettings): Comparison | null =>
  compareAlone(a, b, settings, 'paired');

/** The same for trials that were not interleaved, as of two runs: Welch's interval on logarithms. Drift between the runs looks like a change. */
export const compareUnpaired = (a: Arm, b: Arm, settings: CompareSettings): Comparison | null =>
  compareAlone(a, b, settings, 'unpaired');

function compareAlone(a: Arm, b: Arm, settings: CompareSettings, design: Design): Comparison | null {
  const contrast = contrastOf(a, b, settings.metric, design);
  if (contrast === null) return null;
  return concludeRows([{ contrast, delta: settings.delta, role: 'primary' }], settings)[0] ?? null;
}

/** A contrast with what is asked of it. */
export interface Row {
  readonly contrast: Contrast;
  readonly delta: number;
  readonly role: Role;
}

/**
 * Decides about rows that were made together. Primary rows share the level by Holm's procedure, so that one false `better` or `worse` among all of
 * them has the probability `level`; exploratory ones by Benjamini and Hochberg's, so that of all `better` and `worse` among them that share is
 * false. A row's interval has the level of the step at which the procedure judged it: it leaves 0 out exactly where the procedure finds a
 * difference. One row alone has a 95 % interval, the smallest p of eleven rows one of 99.5 %. Order is kept.
 */
export function concludeRows(
  rows: readonly Row[],
  { level = usualLevel, isStrict = false }: Pick<CompareSettings, 'level' | 'isStrict'>,
): Comparison[] {
  const shares = new Map<Row, Share>([
    ...sharesOf(rows, 'primary', { level, isStrict }),
    ...sharesOf(rows, 'exploratory', { level, isStrict }),
  ]);
  return rows.map(row => comparisonOf(row, { level, isStrict }, shares.get(row)));
}

/** A row's part of its family's level. */
interface Share {
  readonly claimLevel: number;
  readonly adjustedP: number;
}

function sharesOf(
  rows: readonly Row[],
  role: Role,
  { level, isStrict }: { readonly level: number; readonly isStrict: boolean },
): [Row, Share][] {
  const tested = rows.flatMap(row => {
    const difference = testedDifference(row.contrast);
    return row.role === role && difference !== null
      ? [{ row, p: pOf(difference, { delta: row.delta, isStrict }) }]
      : [];
  });
  const ps = tested.map(({ p }) => p);
  const adjusted = role === 'primary' ? holm(ps) : benjaminiHochberg(ps);
  const levels = role === 'primary' ? holmLevels(ps, level) : ps.map(() => benjaminiHochbergLevel(ps, level));
  return tested.map(({ row }, i) => [row, { claimLevel: levels[i] ?? level, adjustedP: adjusted[i] ?? 1 }]);
}

/** The difference, where anything could be decided about it. */
const testedDifference = ({ difference, isOfferedRate }: Contrast): Contrast['difference'] =>
  difference === null || difference.blocks < fewestTrials || isOfferedRate ? null : difference;

function comparisonOf(
  { contrast, delta, role }: Row,
  rule: Pick<DecisionRule, 'level' | 'isStrict'>,
  share: Share | undefined,
): Comparison {
  const { metric, a, b, design, blocks, ratio, difference, hodgesLehmann, mannWhitneyP } = contrast;
  const frame = { metric, a, b, role, design, delta, blocks, ratio, hodgesLehmann, mannWhitneyP };
  if (difference === null) return { ...frame, ...undecided(blocks === 0 ? 'no-data' : 'too-few-trials') };
  if (contrast.isOfferedRate) return { ...frame, ...undecided('offered-rate') };
  const { low, high, confidence, p, mde, ...decision } = decide(difference, {
    ...rule,
    delta,
    claimLevel: share?.claimLevel,
  });
  const [least, greatest] = contrast.sign === 1 ? [low, high] : [-high, -low];
  return {
    ...frame,
    low: Math.exp(least),
    high: Math.exp(greatest),
    confidence,
    p,
    adjustedP: share?.adjustedP ?? null,
    mde,
    ...outcomeOf(decision, contrast),
  };
}

type Outcome = Pick<Comparison, 'verdict' | 'because' | 'blocksToDecide' | 'nonInferior'>;

/**
 * Where an arm's values are lower bounds, only what truer values would confirm stands: `worse` if it is b's alone, `better` if it
 * is a's alone.
 */
function outcomeOf(
  decision: Pick<Decision, 'verdict' | 'because' | 'isNonInferior' | 'blocksToDecide'>,
  { censored }: Contrast,
): Outcome {
  const { verdict, because, blocksToDecide, isNonInferior } = decision;
  const stands =
    (!censored.a && !censored.b) || (censored.b ? !censored.a && verdict === 'worse' : verdict === 'better');
  if (stands || because === 'too-few-trials') {
    return { verdict, because, blocksToDecide, nonInferior: isNonInferior && !censored.b };
  }
  return { verdict: 'inconclusive', because: 'censored', blocksToDecide: null, nonInferior: false };
}

/** A row about which nothing can be decided, and nothing computed. */
function undecided(because: Comparison['because']) {
  const nothing = { low: null, high: null, confidence: null, p: null, adjustedP: null, mde: null };
  return { ...nothing, verdict: 'inconclusive', because, blocksToDecide: null, nonInferior: false } as const;
}
