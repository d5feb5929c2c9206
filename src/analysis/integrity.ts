/** Says what a cell's settings do not permit: loss, duplication or reordering that should not have been. */
import type { RunTrial } from '../results/read.ts';
import type { CellPromise } from '../results/store.ts';

export interface Breach {
  readonly cell: string;
  readonly block: number;
  readonly attempt: number;
  readonly kind: 'lost' | 'duplicated' | 'reordered' | 'offsets-disagree';
  readonly count: number;
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
    duplicated: mayRepeat ? 0 : trial.counts.duplicated,
    reordered: mayReorder ? 0 : trial.counts.reordered,
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
