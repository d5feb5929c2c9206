/** Draws all conclusions from a stored run: the result document. Pure. */
import type { RunTrial, StoredRun } from '../results/read.ts';
import { type Cell, type Comparison, type Result, schemaVersion } from '../results/schema.ts';
import type { CellHeader } from '../results/store.ts';
import { type ExitReason, exitCodeOf } from '../support/errors.ts';
import { type Demand, judgeCheck } from './checks.ts';
import { type Arm, compareCells } from './compare.ts';
import { type Breach, breachesOf } from './integrity.ts';
import { summarise } from './summary.ts';
import { judgeTrial } from './validity.ts';

/** The metrics on which a cell without `ack` is compared. */
const withoutAck = ['endToEnd.p99'];
const withoutLatency = ['ackedPerSecond'];

/** A cell's trials, and those of them that count. */
interface Judged {
  readonly cell: Cell;
  readonly finished: readonly RunTrial[];
  readonly counting: readonly RunTrial[];
}

/** The result document of a run, with its exit code. */
export function conclude(run: StoredRun): Result {
  const { header } = run;
  const breaches = run.trials.flatMap(trial => {
    const promise = header.promises[trial.cell];
    return promise === undefined ? [] : breachesOf(trial, promise);
  });
  const judged = header.cells.map(cell => judgeCell(cell, run, breaches));
  const checks = (header.checks as readonly Demand[]).map(demand =>
    judgeCheck(
      demand,
      judged.map(({ cell, finished, counting }) => ({
        id: cell.id,
        factors: cell.factors,
        trials: counting,
        finished,
      })),
    ),
  );
  const reasons = reasonsOf(run, judged, breaches, checks);
  const { name, question, tags, runId, seed, repeat, overridden, order, referenceCell, warnings } = header;
  return {
    schemaVersion,
    name,
    question,
    tags,
    runId,
    seed,
    repeat,
    overridden,
    startedAt: run.startedAt,
    finishedAt: run.finishedAt,
    exitCode: exitCodeOf(reasons),
    reasons: [...reasons],
    environment: { ...run.environment },
    order,
    referenceCell,
    warnings,
    cells: judged.map(({ cell }) => cell),
    comparisons: comparisonsOf(judged, header),
    checks,
    capacity: null,
  };
}

function judgeCell(cell: CellHeader, run: StoredRun, breaches: readonly Breach[]): Judged {
  const finished = run.trials.filter(trial => trial.cell === cell.id);
  const judgements = new Map(finished.map(trial => [trial, judgeTrial(trial.trial)]));
  const counting = finished.filter(trial => judgements.get(trial)?.validity !== 'invalid');
  return {
    finished,
    counting,
    cell: {
      ...cell,
      trials: finished.map(one => {
        const { validity = 'invalid', findings = [] } = judgements.get(one) ?? {};
        const broken = breaches
          .filter(
            ({ cell: id, block, attempt }) =>
              id === cell.id && block === one.trial.block && attempt === one.trial.attempt,
          )
          .map(({ kind, count }) => ({ code: 'delivery-broken', kind, count }));
        return { ...one.trial, validity, findings: [...one.trial.findings, ...findings, ...broken] };
      }),
      failures: run.failures
        .filter(failure => failure.cell === cell.id)
        .map(({ block, attempt, message, aborted }) => ({ block, attempt, message, aborted })),
      summary: summarise(counting),
    },
  };
}

/** Every cell against the reference on the primary metrics; a cell or reference without them, on what both have. */
function comparisonsOf(judged: readonly Judged[], { referenceCell, compare }: StoredRun['header']): Comparison[] {
  const arms = judged.map(({ cell, counting }): Arm => ({ id: cell.id, trials: counting }));
  const reference = arms.find(({ id }) => id === referenceCell);
  if (reference === undefined) return [];
  return arms
    .filter(arm => arm !== reference)
    .flatMap(arm => {
      for (const metrics of [compare.primary, withoutAck, withoutLatency]) {
        const found = metrics.flatMap(metric => {
          const delta = compare.delta[metric] ?? (metric.endsWith('.p999') ? 0.1 : (compare.delta['default'] ?? 0.05));
          return compareCells(reference, arm, { metric, delta, family: metrics.length }) ?? [];
        });
        if (found.length > 0) return found;
      }
      return [];
    });
}

function reasonsOf(
  run: StoredRun,
  judged: readonly Judged[],
  breaches: readonly Breach[],
  checks: readonly { readonly verdict: string }[],
): Set<ExitReason> {
  const reasons = new Set<ExitReason>(run.reasons as readonly ExitReason[]);
  const { repeat } = run.header;
  if (judged.some(({ finished }) => blocksOf(finished) < repeat)) reasons.add('incomplete');
  if (judged.some(({ finished, counting }) => blocksOf(counting) < Math.min(repeat, blocksOf(finished))))
    reasons.add('invalid');
  if (checks.some(({ verdict }) => verdict !== 'pass')) reasons.add('check');
  if (breaches.length > 0) reasons.add('integrity');
  return reasons;
}

const blocksOf = (trials: readonly RunTrial[]): number => new Set(trials.map(({ trial }) => trial.block)).size;
