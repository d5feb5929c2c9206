/** Reads from a stored run what is over of it, and in what its surroundings have changed: all that going on with it needs. */
import { type EarlierAttempt, type EarlierTrials, isBeyondRepair, wasEndedByCheck } from '../run/earlier.ts';
import type { FactChange } from './design.ts';
import { differencesOf } from './differences.ts';
import type { StoredRun } from './read.ts';
import type { StoredTrial } from './schema.ts';

/** What the run has done, as its runner knows it. `isInvalid` judges trials. */
export function earlierTrials(run: StoredRun, isInvalid: (trial: StoredTrial) => boolean): EarlierTrials {
  const done = run.trials.map(({ cell, trial }) => ({
    cell,
    block: trial.block,
    attempt: trial.attempt,
    outcome: outcomeOf(trial, isInvalid),
    startedAt: trial.startedAt,
  }));
  const failed = run.failures.filter(({ block, aborted }) => !aborted && block > 0);
  // of a run that came to its end nothing more was to be repeated
  const wasStopped = run.finishedAt === null || run.reasons.length > 0;
  const last = done.toSorted((a, b) => (a.startedAt < b.startedAt ? -1 : 1)).at(-1);
  return {
    attempts: [
      ...done,
      ...failed.map(({ cell, block, attempt }) => ({ cell, block, attempt, outcome: 'failed' as const })),
    ],
    repeating: wasStopped && last?.outcome === 'useless' ? { cell: last.cell, block: last.block } : null,
    warmup: run.warmup ?? null,
    isExtended: run.isExtended,
  };
}

function outcomeOf(trial: StoredTrial, isInvalid: (trial: StoredTrial) => boolean): EarlierAttempt['outcome'] {
  if (wasEndedByCheck(trial)) return 'ended by a check';
  return isInvalid(trial) && !isBeyondRepair(trial) ? 'useless' : 'good';
}

/** In what two records of the surroundings differ, fact by fact. A record that was never made tells nothing. */
export function factChanges(
  before: Readonly<Record<string, unknown>>,
  after: Readonly<Record<string, unknown>>,
): FactChange[] {
  if (Object.keys(before).length === 0) return [];
  return differencesOf(before, after)
    .map(one => ({ fact: one.path, before: one.before ?? null, after: one.after ?? null }))
    .filter(change => change.before !== change.after);
}
