/** Turns a run's own failings and its comparison with a baseline into reasons, an exit code and a word. Pure. */
import type { Gate, Result } from '../results/schema.ts';
import { type ExitReason, exitCodeOf } from '../support/errors.ts';
import type { RunComparison } from './compare-runs.ts';

/** What a gate may fail on, in the words of `--fail-on`. */
export const gateFailures = ['worse', 'check', 'lost', 'invalid', 'inconclusive', 'no-baseline'] as const;
export type GateFailure = (typeof gateFailures)[number];

/** What it fails on unless told otherwise. */
export const usualFailures: readonly GateFailure[] = ['worse', 'check', 'lost', 'invalid'];

/** Inconclusive and not comparable are neither a pass nor a failure, and are never called either. */
export type GateWord = Gate['verdict'];

export interface GateVerdict {
  readonly word: GateWord;
  readonly exitCode: number;
  readonly reasons: readonly ExitReason[];
}

export interface GateInput {
  /** Of the run itself. */
  readonly reasons: readonly string[];
  /** Null where there is no baseline. */
  readonly comparison: RunComparison | null;
  readonly failOn: readonly GateFailure[];
}

/** The run's own reasons, by what `--fail-on` calls them. An interruption shows in what is missing. */
const ownReasons: Readonly<Record<string, GateFailure>> = {
  check: 'check',
  integrity: 'lost',
  invalid: 'invalid',
  incomplete: 'invalid',
};

/** Judges a run for which a baseline was wanted: without one, or one that cannot be compared, the answer is `notComparable`, always. */
export function judgeGate({ reasons, comparison, failOn }: GateInput): GateVerdict {
  const fails = (failure: GateFailure | undefined): boolean => failure !== undefined && failOn.includes(failure);
  const own = reasons.filter(reason => reason === 'environment' || fails(ownReasons[reason])) as ExitReason[];
  const found = new Set<ExitReason>([...own, ...(comparison === null ? (['notComparable'] as const) : [])]);
  if (comparison !== null) {
    const { isCompared, rows, counts } = comparison;
    if (!isCompared || rows.length === 0) found.add('notComparable');
    if (counts.worse > 0 && fails('worse')) found.add('regression');
    if (counts.inconclusive > 0 && fails('inconclusive')) found.add('notComparable');
    if (counts.new > 0 && fails('no-baseline')) found.add('notComparable');
  }
  return { word: wordOf([...found], comparison), exitCode: exitCodeOf(found), reasons: [...found] };
}

/** Where only the comparison is judged, as by `compare --fail-on`. */
export function judgeComparison(comparison: RunComparison, failOn: readonly GateFailure[]): GateVerdict {
  return judgeGate({ reasons: [], comparison, failOn });
}

function wordOf(found: readonly ExitReason[], comparison: RunComparison | null): GateWord {
  if (found.some(reason => reason !== 'notComparable')) return 'fail';
  if (comparison === null || !comparison.isCompared || comparison.rows.length === 0) return 'not comparable';
  if (comparison.counts.inconclusive > 0) return 'inconclusive';
  return found.length > 0 ? 'not comparable' : 'pass';
}

/** The result with what the gate found. */
export function withGate(
  result: Result,
  { word, exitCode, reasons }: GateVerdict,
  comparison: RunComparison | null,
): Result {
  return gatedAs(result, {
    baseline: comparison?.a.reference ?? null,
    baselineRunId: comparison?.a.runId ?? null,
    verdict: word,
    exitCode,
    reasons: [...reasons],
    differences: (comparison?.comparability.differences ?? []).map(({ name, a, b }) => `${name} ${a} → ${b}`),
    comparisons: (comparison?.rows ?? []).map(row => row.comparison),
    newCells: [...(comparison?.newCells ?? [])],
    goneCells: [...(comparison?.goneCells ?? [])],
  });
}

/** The result with a gate's part; its reasons and exit code are those of both. */
export function gatedAs(result: Result, gate: Gate): Result {
  const reasons = [...new Set([...result.reasons, ...gate.reasons])] as ExitReason[];
  return { ...result, reasons, exitCode: exitCodeOf(reasons), gate };
}
