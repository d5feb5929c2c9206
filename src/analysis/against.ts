/** Turns what a run says of its two settings into a comparison like that of two runs, fit to be gated and shown. Pure. */
import type { RunTrial, StoredRun } from '../results/read.ts';
import type { Comparison, Result } from '../results/schema.ts';
import { type ComparedRow, type Figure, figureOf, type RunComparison, type SideFacts } from './compare-runs.ts';
import { blockKey } from './contrast.ts';
import { judgeTrial } from './validity.ts';

const usualLevel = 0.05;

/** The comparison of the run's own setting (B) with the other (A); null for a run that has one setting. */
export function againstComparison(run: StoredRun, result: Result): RunComparison | null {
  const { against, looks } = result;
  if (against === undefined) return null;
  const rows = rowsOf(run, result);
  const ofRole = (role: Comparison['role']): ComparedRow[] => rows.filter(row => row.comparison.role === role);
  const primary = ofRole('primary');
  const verdicts = (verdict: Comparison['verdict']): number =>
    primary.filter(({ comparison }) => comparison.verdict === verdict).length;
  const labelOf = (id: string): string => result.cells.find(cell => cell.id === id)?.label || id;
  return {
    a: { ...factsOf(run, result, 'against'), reference: against.name },
    b: factsOf(run, result, 'this'),
    comparability: { isComparable: true, same: [], differences: [] },
    isCompared: true,
    design: 'paired',
    confidence: 1 - (looks?.level ?? usualLevel),
    primary: run.header.compare.primary,
    rows: primary,
    exploratory: ofRole('exploratory'),
    newCells: against.newCells.map(labelOf),
    goneCells: against.goneCells.map(labelOf),
    spread: [],
    counts: {
      worse: verdicts('worse'),
      better: verdicts('better'),
      same: verdicts('same'),
      inconclusive: verdicts('inconclusive'),
      new: against.newCells.length,
      gone: against.goneCells.length,
    },
  };
}

/** The run's comparisons, with what both cells of each came to in the blocks that both have: those that were compared. */
function rowsOf(run: StoredRun, { cells, comparisons }: Result): ComparedRow[] {
  const trialsOf = (cell: string): RunTrial[] =>
    run.trials.filter(one => one.cell === cell && judgeTrial(one.trial).validity !== 'invalid');
  const trials = new Map(cells.map(({ id }) => [id, trialsOf(id)]));
  const figure = (cell: string, counterpart: string, metric: string): Figure | null => {
    const blocks = new Set((trials.get(counterpart) ?? []).map(blockKey));
    return figureOf({ trials: (trials.get(cell) ?? []).filter(one => blocks.has(blockKey(one))) }, metric);
  };
  return comparisons.map(comparison => {
    const { a, b, metric } = comparison;
    const label = cells.find(({ id }) => id === b)?.label || b;
    return { label, a: figure(a, b, metric), b: figure(b, a, metric), comparison };
  });
}

function factsOf(
  { startedAt, environment }: StoredRun,
  { runId, name, repeat, cells }: Result,
  side: string,
): SideFacts {
  // a file has no commit of its own
  const commit = environment[side === 'against' ? 'against' : 'commit'];
  return {
    reference: runId,
    kind: 'run',
    scenario: name,
    runId,
    commit: typeof commit === 'string' ? commit : null,
    startedAt,
    repeat,
    forced: [],
    cells: cells.filter(cell => cell.side === side).length,
  };
}
