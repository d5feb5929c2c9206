/** Prepares a comparison of runs for every format: sentences and rows, rounded, with units. */
import type { Difference } from '../../analysis/comparability.ts';
import type { ComparedRow, Figure, RunComparison, SideFacts } from '../../analysis/compare-runs.ts';
import type { GateVerdict } from '../../analysis/gate.ts';
import type { Comparison } from '../../results/schema.ts';
import type { Line } from '../model.ts';
import { change, duration, metricText } from '../numbers.ts';
import { reasonsText, verdictText } from '../words.ts';

/** A row of the table, in words. */
export interface ComparisonRow {
  readonly cell: string;
  readonly metric: string;
  readonly a: string;
  readonly b: string;
  readonly change: string;
  readonly interval: string;
  readonly comparison: Comparison;
  readonly sign: Line['sign'];
  readonly verdict: string;
}

export interface ComparisonModel {
  readonly a: string;
  readonly b: string;
  /** What is the same, what differs, how it is judged. */
  readonly facts: readonly Line[];
  readonly method: string;
  /** Worst first. */
  readonly rows: readonly ComparisonRow[];
  readonly exploratory: readonly ComparisonRow[];
  readonly notes: readonly Line[];
  readonly counts: string;
  /** Null where nothing was to fail. */
  readonly conclusion: Line | null;
}

/** A verdict is wanted of a gate, and of a comparison that may fail. */
export function comparisonModel(comparison: RunComparison, verdict: GateVerdict | null): ComparisonModel {
  const { a, b, rows, exploratory, counts } = comparison;
  return {
    a: sideText(a),
    b: sideText(b),
    facts: factLines(comparison),
    method: methodText(comparison),
    rows: rows.toSorted(worstFirst).map(rowOf),
    exploratory: exploratory.toSorted(worstFirst).map(rowOf),
    notes: noteLines(comparison),
    counts: `${counts.worse} worse, ${counts.better} better, ${counts.same} same, ${counts.inconclusive} inconclusive, ${counts.new} new, ${counts.gone} gone`,
    conclusion: verdict === null ? null : verdictLine(verdict),
  };
}

function sideText({ reference, runId, commit, startedAt, cells, repeat }: SideFacts): string {
  const name = reference.endsWith(runId) ? runId : `${reference}  ${runId}`;
  const isInRunId = commit !== null && runId.includes(commit);
  return `${name}  ${commit === null || isInRunId ? '' : `${commit}  `}${startedAt.slice(0, 10)}  ${cells} ${cells === 1 ? 'cell' : 'cells'} × ${repeat}`;
}

const differenceText = ({ name, a, b }: Difference): string => `${name} ${a} → ${b}`;

/** So many differences of one kind are named; the rest is counted. */
const mostNamed = 8;

function named(differences: readonly Difference[]): string {
  const rest = differences.length - mostNamed;
  const shown = differences.slice(0, mostNamed).map(differenceText);
  return [...shown, ...(rest > 0 ? [`and ${rest} more`] : [])].join(', ');
}

function factLines({ a, comparability, isCompared, design }: RunComparison): Line[] {
  const { same, differences } = comparability;
  const forbidding = differences.filter(({ forbids }) => forbids);
  const others = differences.filter(({ forbids }) => !forbids);
  const isSameRun = design === 'paired';
  const kinds = [...new Set(forbidding.map(({ kind }) => kind))].join(' and ');
  return [
    ...(isSameRun ? [{ sign: 'good', text: 'same run: cells were interleaved block by block' } as const] : []),
    ...(same.length > 0 && !isSameRun ? [{ sign: 'good', text: `same: ${same.join(', ')}` } as const] : []),
    ...(forbidding.length > 0
      ? [
          {
            sign: isCompared ? 'warning' : 'bad',
            text: `another ${kinds}: ${named(forbidding)}${isCompared ? '; compared all the same, as asked' : ''}`,
          } as const,
        ]
      : []),
    ...(others.length > 0 ? [{ sign: 'warning', text: `differs: ${named(others)}` } as const] : []),
    ...(a.forced.length > 0
      ? [{ sign: 'warning', text: `the baseline was saved by force: ${a.forced.join(', ')}` } as const]
      : []),
  ];
}

function methodText({ a, b, design, confidence, isStrict, primary, rows, isCompared }: RunComparison): string {
  if (!isCompared) return 'not comparable: nothing was judged';
  const apart = Math.abs(Date.parse(b.startedAt) - Date.parse(a.startedAt)) * 1e3;
  const how = design === 'paired' ? 'paired by block, t-interval on log ratios' : "Welch's t-interval on logs";
  const order = design === 'paired' ? 'interleaved' : `not interleaved: ${apartText(apart)} apart`;
  const deltas = new Set(
    rows.flatMap(({ comparison: { delta, metric } }) => (delta === null ? [] : [`${percent(delta)} ${metric}`])),
  );
  const family = rows.length > 1 ? `, Holm over ${rows.length}` : '';
  const strict = isStrict === true ? ', strict: the whole interval must lie beyond it' : '';
  const delta = deltas.size === 0 ? '' : ` · delta ${[...deltas].join(', ')}${strict}`;
  return `${primary.join(', ')} · ${order} · per-trial values, ${a.repeat} against ${b.repeat} · ${how} · ${percent(confidence)}${family}${delta}`;
}

const percent = (share: number): string => `${Number((share * 100).toFixed(3))} %`;

const dayMicros = 86_400e6;

function apartText(micros: number): string {
  const days = Math.round(micros / dayMicros);
  return days >= 2 ? `${days} days` : duration(Math.max(micros, 1e6));
}

const urgency: Readonly<Record<Comparison['verdict'], number>> = { worse: 0, inconclusive: 1, better: 2, same: 3 };

function worstFirst(one: ComparedRow, other: ComparedRow): number {
  const byVerdict = urgency[one.comparison.verdict] - urgency[other.comparison.verdict];
  const size = ({ comparison: { ratio } }: ComparedRow): number => Math.abs(Math.log(ratio ?? 1));
  return byVerdict === 0 ? size(other) - size(one) : byVerdict;
}

const signOfVerdict = { better: 'good', worse: 'bad', same: 'equal', inconclusive: 'open' } as const;

function rowOf({ label, a, b, comparison }: ComparedRow): ComparisonRow {
  const { metric, ratio, low, high, verdict, role } = comparison;
  return {
    cell: label,
    metric,
    a: figureText(metric, a),
    b: figureText(metric, b),
    change: ratio === null ? '–' : change(ratio),
    interval: low === null || high === null ? '–' : `[${bareChange(low)}, ${bareChange(high)}]`,
    comparison,
    // a hint fails nothing, so it does not look as if it did
    sign: role === 'exploratory' && verdict === 'worse' ? 'warning' : signOfVerdict[verdict],
    verdict: verdictText(comparison),
  };
}

/** Without the sign for percent, which the column's heading has. */
const bareChange = (ratio: number): string => change(ratio).replace(' %', '');

const figureText = (metric: string, figure: Figure | null): string =>
  figure === null ? '–' : `${figure.censored ? '≥ ' : ''}${metricText(metric, figure.value)}`;

function noteLines({ newCells, goneCells, spread, comparability, exploratory, counts }: RunComparison): Line[] {
  const isMoved = counts.worse + counts.better + counts.inconclusive > 0;
  const changed = comparability.differences.filter(({ kind }) => kind === 'version' || kind === 'broker setting');
  const tell = exploratory.filter(({ comparison: { verdict } }) => verdict === 'worse').length;
  return [
    ...newCells.map(label => ({ sign: 'warning', text: `new: ${label}` }) as const),
    ...goneCells.map(label => ({ sign: 'warning', text: `gone: ${label}` }) as const),
    ...spread.map(({ label, latency, aMicros, bMicros }) => {
      const word = bMicros > aMicros ? 'wider' : 'narrower';
      const text = `Spread: ${label} ${latency} is ${word} (middle 80 % ${duration(aMicros)} → ${duration(bMicros)}) though its median is the same.`;
      return { sign: 'warning', text } as const;
    }),
    ...(tell > 0 ? [{ sign: 'open', text: `Exploratory: ${tell} more look worse, and decide nothing.` } as const] : []),
    ...(isMoved && changed.length > 0 ? [{ sign: 'warning', text: `Look first at: ${named(changed)}.` } as const] : []),
  ];
}

const words = { pass: 'PASS', fail: 'FAIL', inconclusive: 'INCONCLUSIVE', 'not comparable': 'NOT COMPARABLE' } as const;
const signOfWord = { pass: 'good', fail: 'bad', inconclusive: 'open', 'not comparable': 'open' } as const;

/** What a gate came to: `FAIL  worse than the baseline    exit 11`. */
export function verdictLine({ word, reasons, exitCode }: GateVerdict, heldAgainst?: string): Line {
  const because = reasons.filter(reason => reason !== 'notComparable' || word === 'fail');
  const exit = exitCode === 0 ? '' : `    exit ${exitCode}`;
  return {
    sign: signOfWord[word],
    text: `${words[word]}${because.length === 0 ? '' : `  ${reasonsText(because, heldAgainst)}`}${exit}`,
  };
}
