/** Says what is left of a run that was interrupted: which trials are over, and at which attempt the others go on. Pure. */
import type { TrialSlot } from '../plan/plan.ts';
import type { FoundWarmup } from './events.ts';

interface WithFindings {
  readonly findings: readonly { readonly code: string }[];
}

/** Whether a check ended the trial. */
export const wasEndedByCheck = ({ findings }: WithFindings): boolean =>
  findings.some(({ code }) => code === 'aborted-by-check');

/** Whether another attempt would measure the same. */
export const isBeyondRepair = (trial: WithFindings): boolean =>
  wasEndedByCheck(trial) || trial.findings.some(({ code }) => code === 'no-steady-state');

/** An attempt at a trial that came to its end. */
export interface EarlierAttempt {
  readonly cell: string;
  readonly block: number;
  readonly attempt: number;
  readonly outcome:
    | 'good'
    /** Of a generator that was the limit. */
    | 'useless'
    | 'failed'
    /** A check ended it, and with it the cell. */
    | 'ended by a check';
}

/** What an interrupted run has already done. */
export interface EarlierTrials {
  readonly attempts: readonly EarlierAttempt[];
  /** The trial whose useless attempt would have been made up for next; null where that was not so. */
  readonly repeating: TrialSlot | null;
  /** What `warmup: auto` came to; null where it was not found. */
  readonly warmup: FoundWarmup | null;
  /** Whether the blocks of a second look were added. */
  readonly isExtended: boolean;
}

export const noEarlierTrials: EarlierTrials = { attempts: [], repeating: null, warmup: null, isExtended: false };

/** A generator that is too slow for its load will be so again: more than this is a waste of time. */
export const mostAttempts = 3;

/** Where a trial goes on. */
export interface TrialStart {
  readonly attempt: number;
  /** How many of its attempts were useless. */
  readonly useless: number;
}

const isOf =
  ({ cell, block }: TrialSlot) =>
  (one: TrialSlot): boolean =>
    one.cell === cell && one.block === block;

/** Where a trial begins or goes on; null for one that is over. A failed attempt is no end, and one that was stopped is no attempt. */
export function startOf(slot: TrialSlot, { attempts, repeating }: EarlierTrials): TrialStart | null {
  const own = attempts.filter(isOf(slot));
  const useless = own.filter(({ outcome }) => outcome === 'useless').length;
  const isRepeating = repeating !== null && isOf(slot)(repeating) && useless < mostAttempts;
  const isOver = own.some(({ outcome }) => outcome !== 'failed') && !isRepeating;
  return isOver ? null : { attempt: Math.max(0, ...own.map(({ attempt }) => attempt)) + 1, useless };
}

/** How many trials were run again because an attempt was useless. */
export function repeatedIn({ attempts }: EarlierTrials): number {
  const useless = attempts.filter(({ outcome }) => outcome === 'useless');
  return useless.filter(one => attempts.some(other => isOf(one)(other) && other.attempt > one.attempt)).length;
}

/** Cells of which nothing more is run: a check has ended a trial. */
export const endedCells = ({ attempts }: EarlierTrials): string[] =>
  attempts.flatMap(({ cell, outcome }) => (outcome === 'ended by a check' ? [cell] : []));

/** The trials of that order which are still to be run. */
export function trialsLeft(order: readonly TrialSlot[], earlier: EarlierTrials): TrialSlot[] {
  const ended = new Set(endedCells(earlier));
  return order.filter(slot => !ended.has(slot.cell) && startOf(slot, earlier) !== null);
}
