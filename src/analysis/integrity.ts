/** Says what a cell's settings and its faults do not permit: loss, duplication or reordering that should not have been. */
import type { DurabilitySettings } from '../results/durability.ts';
import type { CellPromise } from '../results/header.ts';
import type { RunTrial } from '../results/read.ts';
import { keepingOf, maybeLost } from './keeping.ts';

export interface Breach {
  readonly cell: string;
  readonly block: number;
  readonly attempt: number;
  readonly kind: 'lost' | 'duplicated' | 'reordered' | 'misplaced' | 'offsets-disagree';
  readonly count: number;
  /** Whether brokers were broken on purpose in that trial, which does not explain it. */
  readonly hadFaults: boolean;
}

type Trial = RunTrial['trial'];
type Environment = Parameters<typeof keepingOf>[2];

/** What the settings of a trial, and what was broken in it, let happen. */
interface Permits {
  /** An acknowledged message may go with a broker: then its offset is given again, too. */
  readonly loss: boolean;
  readonly repeats: boolean;
  readonly reordering: boolean;
  /** More may stand in the log than the client's count of repeats explains. */
  readonly uncountedRepeats: boolean;
  /** A reader may be sent back to where the log was cut. */
  readonly rereading: boolean;
}

/** Whether faults that the cell declares came about in this trial: one that never came explains nothing. */
const hadFaults = ({ faults }: Trial, promise: CellPromise): boolean =>
  (promise.faults ?? []).length > 0 && (faults === undefined || faults.injected.length > 0);

/** A link to clients that was broken costs no replica: what was acknowledged stays. */
const hitReplicas = ({ faults }: Trial): boolean =>
  faults === undefined || faults.injected.some(({ network }) => network?.link !== 'clients');

function permitsOf(trial: Trial, promise: CellPromise, keeping: DurabilitySettings): Permits {
  const isBroken = hadFaults(trial, promise);
  const uncountedRepeats = isBroken && promise.countsRetries === false && !promise.idempotence;
  const repeats = uncountedRepeats || (trial.totals.retries > 0 && !promise.idempotence);
  return {
    loss: isBroken && hitReplicas(trial) && maybeLost(keeping),
    repeats,
    reordering: repeats && promise.maxInFlightRequests > 1,
    uncountedRepeats,
    rereading: isBroken && hitReplicas(trial) && keeping.uncleanLeaderElection,
  };
}

/** Whether acknowledged messages of this trial may have gone with a broker that was broken on purpose, and their offsets have been given again. */
export const mayHaveLost = (trial: Trial, promise: CellPromise, environment: Environment): boolean =>
  permitsOf(trial, promise, keepingOf(promise, trial, environment)).loss;

/**
 * Duplicates that nothing on the readers' side explains: whoever is given a partition reads on from the last commit, and what was read beyond it
 * is read again. That is what at-least-once means.
 */
function unexplained({ counts, groups }: Trial, { rereading }: Permits): number {
  if (groups.length === 0) return counts.duplicated;
  return groups.reduce((sum, group) => {
    const explained = rereading || group.rebalances.length > 0 ? (group.proof?.readAgain ?? 0) : 0;
    return sum + Math.max(0, group.counts.duplicated - explained);
  }, 0);
}

/** End offsets that neither the outcomes nor what is permitted explain. */
function isDisagreement({ findings }: Trial, permits: Permits): boolean {
  const finding = findings.find(({ code }) => code === 'offsets-disagree');
  if (finding === undefined) return false;
  const [appended, atLeast] = [Number(finding['appended']), Number(finding['atLeast'])];
  return appended < atLeast ? !permits.loss : !permits.uncountedRepeats;
}

/**
 * Breaches of a trial. Without faults an acknowledged message is not lost; at acks 0 any may be. With a broker that was broken on purpose it may be
 * lost, unless acks=all stands for two replicas or more. A retry may double a message and, with several requests in flight, let a later one pass,
 * unless the producer is idempotent. What a simulated broker was told to do is a breach too: it is how the instrument shows that it would find one.
 * `environment` has the brokers' settings; without it those that neither trial nor scenario tell are taken for Kafka's own.
 */
export function breachesOf({ cell, trial }: RunTrial, promise: CellPromise, environment: Environment = {}): Breach[] {
  const permits = permitsOf(trial, promise, keepingOf(promise, trial, environment));
  const misplaced = trial.groups.reduce((sum, { proof }) => sum + (proof?.misplaced ?? 0), 0);
  const excess = {
    lost: permits.loss || promise.acks === 0 ? 0 : (trial.counts.lost ?? 0),
    duplicated: permits.repeats ? 0 : unexplained(trial, permits),
    reordered: permits.reordering ? 0 : trial.counts.reordered,
    misplaced: permits.loss ? 0 : misplaced,
    'offsets-disagree': isDisagreement(trial, permits) ? 1 : 0,
  };
  return Object.entries(excess)
    .filter(([, count]) => count > 0)
    .map(([kind, count]) => ({
      cell,
      block: trial.block,
      attempt: trial.attempt,
      kind: kind as Breach['kind'],
      count,
      hadFaults: hadFaults(trial, promise),
    }));
}
