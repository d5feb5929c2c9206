/** Draws all conclusions from a stored run: the result document. Pure. */
import { brokerConfigOf } from '../results/fingerprint.ts';
import type { RunTrial, StoredRun } from '../results/read.ts';
import { type Cell, type Finding, type Result, schemaVersion } from '../results/schema.ts';
import type { CellHeader } from '../results/header.ts';
import { type ExitReason, exitCodeOf } from '../support/errors.ts';
import { type Demand, judgeCheck } from './checks.ts';
import { durabilityOf } from './durability.ts';
import { type Breach, breachesOf, mayHaveLost } from './integrity.ts';
import { comparisonsOfRun } from './run-comparisons.ts';
import { scalingOf } from './scaling.ts';
import { wasCutShort } from './spans.ts';
import { steadinessFindings, steadinessOf } from './steadiness.ts';
import { summarise } from './summary.ts';
import { judgeTrial } from './validity.ts';

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
    return promise === undefined ? [] : breachesOf(trial, promise, run.environment);
  });
  const judged = header.cells.map(cell => judgeCell(cell, run, breaches));
  const own = judged.filter(({ cell }) => cell.side !== 'against');
  const checks = (header.checks as readonly Demand[]).map(demand =>
    judgeCheck(
      demand,
      own.map(({ cell, finished, counting }) => ({
        id: cell.id,
        factors: cell.factors,
        trials: counting,
        finished,
      })),
    ),
  );
  const reasons = reasonsOf(run, judged, breaches, checks);
  const { name, question, tags, runId, seed, repeat, overridden, order, referenceCell, warnings } = header;
  const { pairs, against, looks, title, labels } = header;
  return {
    schemaVersion,
    name,
    question,
    tags,
    runId,
    ...(title === undefined ? {} : { title }),
    ...(labels === undefined ? {} : { labels }),
    ...(run.resumed.length === 0 ? {} : { resumed: [...run.resumed] }),
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
    comparisons: comparisonsOfRun(
      judged.map(({ cell, counting }) => ({ id: cell.id, trials: counting })),
      header,
    ),
    ...(pairs === undefined ? {} : { pairs }),
    ...(against === undefined ? {} : { against }),
    ...(looks === undefined ? {} : { looks }),
    ...(run.warmup === undefined ? {} : { warmup: run.warmup }),
    checks,
    ...durabilityIn(run, judged),
    capacity: run.searches?.[0] ?? null,
    ...severalSearches(run),
  };
}

/** What was survived, cell by cell; nothing where nothing was broken. */
function durabilityIn({ header, environment }: StoredRun, judged: readonly Judged[]): Pick<Result, 'durability'> {
  const durability = judged.flatMap(({ cell }) => {
    const promise = header.promises[cell.id];
    return promise === undefined ? [] : (durabilityOf(cell, promise, environment) ?? []);
  });
  return durability.length === 0 ? {} : { durability };
}

/** What searches of several cells come to together. */
function severalSearches({ searches = [], header }: StoredRun): Pick<Result, 'searches' | 'scaling'> {
  if (searches.length < 2) return {};
  const factorsOf = (cell: string) => header.cells.find(({ id }) => id === cell)?.factors ?? {};
  const scaling = scalingOf(searches.map(capacity => ({ factors: factorsOf(capacity.cell), capacity })));
  return { searches: [...searches], ...(scaling === null ? {} : { scaling }) };
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
          .map(({ kind, count, hadFaults }) => ({
            code: 'delivery-broken',
            kind,
            count,
            ...(hadFaults ? { underFaults: true } : {}),
          }));
        const steadiness = steadinessOf(one, brokerConfigOf(run.environment));
        const unsteady = steadinessFindings(steadiness);
        return {
          ...one.trial,
          validity,
          findings: [...ownFindings(one.trial, cell.id, run), ...findings, ...broken, ...unsteady],
          steadiness,
        };
      }),
      failures: run.failures
        .filter(failure => failure.cell === cell.id)
        .map(({ block, attempt, message, aborted }) => ({ block, attempt, message, aborted })),
      // trials of a search have a rate each: nothing is to be said of all of them together
      summary: run.searches === undefined ? summarise(counting) : {},
    },
  };
}

/** What the run found in a trial. Where messages may be lost with their broker, offsets that were given twice are no fault of the client. */
function ownFindings(trial: RunTrial['trial'], cell: string, { header, environment }: StoredRun): readonly Finding[] {
  const promise = header.promises[cell];
  if (promise === undefined || !mayHaveLost(trial, promise, environment)) return trial.findings;
  return trial.findings.map(finding =>
    finding.code === 'offsets-misplaced' ? { ...finding, afterLoss: true } : finding,
  );
}

function reasonsOf(
  run: StoredRun,
  judged: readonly Judged[],
  breaches: readonly Breach[],
  checks: readonly { readonly verdict: string }[],
): Set<ExitReason> {
  const reasons = new Set<ExitReason>(run.reasons as readonly ExitReason[]);
  const { repeat } = run.header;
  // a check that ends a trial ends its cell: what was not run because of it is no failing of its own
  const whole = run.searches === undefined ? judged.filter(({ finished }) => !finished.some(wasCutShort)) : [];
  if (whole.some(({ finished }) => blocksOf(finished) < repeat)) reasons.add('incomplete');
  if (whole.some(({ finished, counting }) => blocksOf(counting) < Math.min(repeat, blocksOf(finished))))
    reasons.add('invalid');
  if (checks.some(({ verdict }) => verdict !== 'pass')) reasons.add('check');
  // what the setting that this one is held against does with messages is shown, and is no failing of this one
  const others = new Set(judged.filter(({ cell }) => cell.side === 'against').map(({ cell }) => cell.id));
  if (breaches.some(({ cell }) => !others.has(cell))) reasons.add('integrity');
  return reasons;
}

const blocksOf = (trials: readonly RunTrial[]): number => new Set(trials.map(({ trial }) => trial.block)).size;
