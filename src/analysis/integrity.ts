/** Says what a cell's settings do not permit: loss, duplication or reordering that should not have been. */
import type { RunTrial } from '../results/read.ts';
import type { CellPromise } from '../results/header.ts';

export interface Breach {
  readonly cell: string;
  readonly block: number;
  readonly attempt: number;
  readonly kind: 'lost' | 'duplicated' | 'reordered' | 'misplaced' | 'offsets-disagree';
  readonly count: number;
}

/**
 * Duplicates that no rebalance explains: whoever is given a partition reads on from the last commit, and what was read beyond it is read
 * again. That is what at-least-once means.
 */
function unexplained({ counts, groups }: RunTrial['trial']): number {
  if (groups.length === 0) return counts.duplicated;
  return groups.reduce((sum, group) => {
    const explained = group.rebalances.length > 0 ? (group.proof?.readAgain ?? 0) : 0;
    return sum + Math.max(0, group.counts.duplicated - explained);
  }, 0);
}

/**
 * Breaches of a trial. Without faults an acknowledged message is not lost; at acks 0 any may be. A retry may double a message
 * and, with several requests in flight, let a later one pass, unless the producer is idempotent. What a simulated broker was
 * told to do is a breach too: it is how the instrument shows that it would find one.
 */
export function breachesOf({ cell, trial }: RunTrial, promise: CellPromise): Breach[] {
  const mayRepeat = trial.totals.retries > 0 && !promise.idempotence;
  const mayReorder = mayRepeat && promise.maxInFlightRequests > 1;
  const excess = {
    lost: promise.acks === 0 ? 0 : (trial.counts.lost ?? 0),
    duplicated: mayRepeat ? 0 : unexplained(trial),
    reordered: mayReorder ? 0 : trial.counts.reordered,
    misplaced: trial.groups.reduce((sum, { proof }) => sum + (proof?.misplaced ?? 0), 0),
    'offsets-disagree': trial.findings.some(({ code }) => code === 'offsets-disagree') ? 1 : 0,
  };
  return Object.entries(excess)
    .filter(([, count]) => count > 0)
    .map(([kind, count]) => ({
      cell,
      block: trial.block,
      attempt: trial.attempt,
      kind: kind as Breach['kind'],
      count,
    }));
}
