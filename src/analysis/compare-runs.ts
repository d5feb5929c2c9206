/** Compares two runs, a run and a baseline, or two cells: cell by cell, each metric with a verdict. Pure. */
import { mergeHistograms } from '../measure/histogram.ts';
import type { Comparison } from '../results/schema.ts';
import { HarnessError } from '../support/errors.ts';
import { type Comparability, comparabilityOf } from './comparability.ts';
import { concludeRows, type Row } from './compare.ts';
import { compareAll, deltaOf } from './comparisons.ts';
import { type Contrast, contrastOf, type Design } from './contrast.ts';
import type { DistributionName, Side, SideCell } from './sides.ts';
import { metricValue } from './values.ts';

/** What the command line may say of how to compare. */
export interface ComparingOptions {
  /** In place of the scenario's primary metrics; empty for these. */
  readonly metrics: readonly string[];
  /** In place of the scenario's, by metric or `default`, as shares. */
  readonly delta: Readonly<Record<string, number>>;
  /** Of the intervals, 0.95. */
  readonly confidence: number;
  /** Whether runs of other scenarios or host classes are compared all the same. */
  readonly onMismatch: 'refuse' | 'compare';
  /** Whether `worse` and `better` want the whole interval beyond delta, and not the estimate alone; no unless given. */
  readonly isStrict?: boolean;
}

/** A metric over a side's trials. */
export interface Figure {
  /** Geometric mean of the trials. */
  readonly value: number;
  /** It is a lower bound. */
  readonly censored: boolean;
}

/** One cell on one metric. */
export interface ComparedRow {
  readonly label: string;
  readonly a: Figure | null;
  readonly b: Figure | null;
  readonly comparison: Comparison;
}

/** The middle 80 % of a latency became wider or narrower though its median is the same. */
export interface SpreadChange {
  readonly label: string;
  readonly latency: DistributionName;
  readonly aMicros: number;
  readonly bMicros: number;
}

/** What is known of a side, without its trials. */
export type SideFacts = Pick<
  Side,
  'reference' | 'kind' | 'scenario' | 'runId' | 'commit' | 'startedAt' | 'repeat' | 'forced'
> & { readonly cells: number };

export type VerdictCounts = Readonly<Record<Comparison['verdict'] | 'new' | 'gone', number>>;

/** Two sides against each other. B is what is judged. */
export interface RunComparison {
  readonly a: SideFacts;
  readonly b: SideFacts;
  readonly comparability: Comparability;
  /** Whether anything was compared: where it is forbidden and nobody asked for it, no row is made. */
  readonly isCompared: boolean;
  readonly design: Design;
  readonly confidence: number;
  /** `worse` and `better` mean that the whole interval lies beyond delta. */
  readonly isStrict?: boolean;
  readonly primary: readonly string[];
  readonly rows: readonly ComparedRow[];
  /** Metrics that decide nothing. */
  readonly exploratory: readonly ComparedRow[];
  /** Labels of cells that only B has, and … */
  readonly newCells: readonly string[];
  /** … that only A has. */
  readonly goneCells: readonly string[];
  readonly spread: readonly SpreadChange[];
  /** Of primary rows and of cells. */
  readonly counts: VerdictCounts;
}

/** One cell of each side. */
interface Pair {
  readonly a: SideCell;
  readonly b: SideCell;
  readonly label: string;
}

/**
 * Compares A with B. Cells are matched by id, or as `@cell` says. Trials are paired by block where both sides are the same run.
 * @throws HarnessError `usage` where both sides are the same
 */
export function compareSides(a: Side, b: Side, options: ComparingOptions): RunComparison {
  const isSameRun = a.kind === 'run' && b.kind === 'run' && a.runId === b.runId;
  const { pairs, newCells, goneCells } = pairsOf(a, b);
  if (isSameRun) refuseItself(b, pairs);
  const design = isSameRun ? 'paired' : 'unpaired';
  const comparability = comparabilityOf(a.fingerprint, b.fingerprint);
  const isCompared = isSameRun || comparability.isComparable || options.onMismatch === 'compare';
  const made = isCompared ? rowsOf(pairs, b, design, options) : [];
  const rows = made.filter(({ comparison }) => comparison.role === 'primary');
  const exploratory = made.filter(({ comparison }) => comparison.role === 'exploratory');
  const verdicts = (verdict: Comparison['verdict']): number =>
    rows.filter(({ comparison }) => comparison.verdict === verdict).length;
  return {
    a: factsOf(a),
    b: factsOf(b),
    comparability,
    isCompared,
    design,
    confidence: options.confidence,
    ...(options.isStrict === true ? { isStrict: true } : {}),
    primary: primaryOf(b, options),
    rows,
    exploratory,
    newCells,
    goneCells,
    spread: isCompared ? spreadOf(pairs, made) : [],
    counts: {
      worse: verdicts('worse'),
      better: verdicts('better'),
      same: verdicts('same'),
      inconclusive: verdicts('inconclusive'),
      new: newCells.length,
      gone: goneCells.length,
    },
  };
}

const factsOf = ({ reference, kind, scenario, runId, commit, startedAt, repeat, forced, cells }: Side): SideFacts => ({
  reference,
  kind,
  scenario,
  runId,
  commit,
  startedAt,
  repeat,
  forced,
  cells: cells.length,
});

function pairsOf(
  a: Side,
  b: Side,
): Pick<RunComparison, 'newCells' | 'goneCells'> & { readonly pairs: readonly Pair[] } {
  if (a.cell !== null && b.cell !== null) {
    const label = a.cell.label === b.cell.label ? b.cell.label : `${a.cell.label} → ${b.cell.label}`;
    return { pairs: [{ a: a.cell, b: b.cell, label }], newCells: [], goneCells: [] };
  }
  const wanted = a.cell ?? b.cell;
  const of = ({ cells }: Side): readonly SideCell[] =>
    wanted === null ? cells : cells.filter(({ id }) => id === wanted.id);
  const byId = new Map(of(a).map(cell => [cell.id, cell]));
  const inB = new Set(of(b).map(({ id }) => id));
  return {
    pairs: of(b).flatMap(cell => {
      const other = byId.get(cell.id);
      return other === undefined ? [] : [{ a: other, b: cell, label: labelOf(cell) }];
    }),
    newCells: of(b)
      .filter(({ id }) => !byId.has(id))
      .map(labelOf),
    goneCells: of(a)
      .filter(({ id }) => !inB.has(id))
      .map(labelOf),
  };
}

const labelOf = ({ id, label }: SideCell): string => label || id;

function refuseItself({ reference, cells }: Side, pairs: readonly Pair[]): void {
  if (pairs.some(({ a, b }) => a.id !== b.id)) return;
  throw new HarnessError('usage', `${reference} would be compared with itself.`, {
    hint: `Name another run, or two of its cells: ${cells
      .slice(0, 2)
      .map(({ id }) => `${reference.split('@')[0]}@${id}`)
      .join(' ')}`,
  });
}

const primaryOf = (b: Side, { metrics }: ComparingOptions): readonly string[] =>
  metrics.length > 0 ? metrics : b.compare.primary;

/** Rows of all pairs, judged together; then what one side alone has. */
function rowsOf(pairs: readonly Pair[], b: Side, design: Design, options: ComparingOptions): ComparedRow[] {
  const wishes = { primary: primaryOf(b, options), delta: { ...b.compare.delta, ...options.delta } };
  const found = compareAll(pairs, wishes, {
    design,
    level: 1 - options.confidence,
    isStrict: options.isStrict ?? false,
  });
  const missing = pairs.flatMap(pair =>
    unmatched(pair, wishes.primary, found).map((metric): Row => ({
      contrast: noData(pair, metric, design),
      delta: deltaOf(metric, wishes.delta),
      role: 'primary',
    })),
  );
  return [...found, ...concludeRows(missing, {})].flatMap(comparison => {
    const pair = pairs.find(one => one.a.id === comparison.a && one.b.id === comparison.b);
    if (pair === undefined) return [];
    const { metric } = comparison;
    return [{ label: pair.label, a: figureOf(pair.a, metric), b: figureOf(pair.b, metric), comparison }];
  });
}

/** Primary metrics that one cell alone has must not vanish in silence, nor a pair of which nothing is known. */
function unmatched({ a, b }: Pair, primary: readonly string[], found: readonly Comparison[]): readonly string[] {
  const has = (cell: SideCell, metric: string): boolean => figureOf(cell, metric) !== null;
  const isThere = (metric?: string): boolean =>
    found.some(one => one.a === a.id && one.b === b.id && one.metric === (metric ?? one.metric));
  const ofOneSide = primary.filter(metric => has(a, metric) !== has(b, metric) && !isThere(metric));
  return ofOneSide.length > 0 || isThere() ? ofOneSide : primary;
}

/** Of no trials: every metric is without data then. */
const noData = ({ a, b }: Pair, metric: string, design: Design): Contrast =>
  contrastOf({ id: a.id, trials: [] }, { id: b.id, trials: [] }, metric, design) as Contrast;

/** The geometric mean of a cell's trials; the mean where a value is not above 0. Null without values. */
export function figureOf({ trials }: Pick<SideCell, 'trials'>, metric: string): Figure | null {
  const values = trials.flatMap(({ trial }) => metricValue(trial, metric) ?? []);
  if (values.length === 0) return null;
  const sum = (numbers: readonly number[]): number => numbers.reduce((total, number) => total + number, 0);
  const numbers = values.map(({ value }) => value);
  const isPositive = numbers.every(value => value > 0);
  const value = isPositive ? Math.exp(sum(numbers.map(Math.log)) / numbers.length) : sum(numbers) / numbers.length;
  return { value, censored: values.some(({ censored }) => censored) };
}

/** A change of the middle 80 % by less than this is not worth a line, nor one that is small against the median. */
const notableSpread = 1.25;
const notableShare = 0.05;

function spreadOf(pairs: readonly Pair[], rows: readonly ComparedRow[]): SpreadChange[] {
  return pairs.flatMap(({ a, b, label }) =>
    (['ack', 'endToEnd'] as const).flatMap(latency => {
      const isSame = rows.some(
        ({ comparison }) =>
          comparison.b === b.id && comparison.metric === `${latency}.p50` && comparison.verdict === 'same',
      );
      const [ofA, ofB] = isSame ? [shapeOf(a, latency), shapeOf(b, latency)] : [null, null];
      if (ofA === null || ofB === null) return [];
      const ratio = Math.max(ofB.middleMicros, 1) / Math.max(ofA.middleMicros, 1);
      const isNotable =
        Math.max(ratio, 1 / ratio) >= notableSpread &&
        Math.abs(ofB.middleMicros - ofA.middleMicros) >= notableShare * ofA.medianMicros;
      return isNotable ? [{ label, latency, aMicros: ofA.middleMicros, bMicros: ofB.middleMicros }] : [];
    }),
  );
}

/** The median, and the width from the 10th to the 90th percentile. */
function shapeOf(cell: SideCell, latency: DistributionName): { medianMicros: number; middleMicros: number } | null {
  const data = cell.distribution(latency);
  if (data === null) return null;
  const histogram = mergeHistograms([data]);
  return {
    medianMicros: histogram.percentileMicros(0.5),
    middleMicros: histogram.percentileMicros(0.9) - histogram.percentileMicros(0.1),
  };
}
