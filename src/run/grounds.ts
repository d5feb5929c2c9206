/** Prepares the ground of each trial of a run: topics on the cluster, or a broker that is simulated. */
import { openBrokerFigures } from '../cluster/broker-figures/open.ts';
import type { Cluster } from '../cluster/cluster.ts';
import { describeCluster } from '../cluster/environment.ts';
import { deleteGroups, sweepLeftovers } from '../cluster/leftovers.ts';
import { markRun } from '../cluster/runs.ts';
import { topicPrefix } from '../cluster/topics.ts';
import { warmCluster } from '../cluster/warm.ts';
import type { Cell, Plan } from '../plan/plan.ts';
import type { Scenario } from '../scenario/schema.ts';
import { messageOf } from '../support/errors.ts';
import type { TrialPlace } from './events.ts';
import { mostRecoveryMicros } from './faults/conduct.ts';
import type { Ground } from './ground.ts';
import { simulatedGround } from './simulated-ground.ts';
import { openTopicGrounds } from './topic-ground.ts';

export interface GroundsOptions {
  /** Null where every cell is simulated. */
  readonly cluster: Cluster | null;
  readonly scenario: Scenario;
  readonly runId: string;
  readonly seed: number;
  readonly topicsAtEnd: 'delete' | 'keep';
  readonly onProgress: (text: string) => void;
  /** Gives up warming, and waiting for brokers. */
  readonly signal?: AbortSignal;
}

/** The grounds of a run's trials. Disposing removes what lasted for the run. */
export interface Grounds extends AsyncDisposable {
  open(cell: Cell, trial: TrialPlace): Promise<Ground>;
  /** How many trials are to be thrown away before the first that counts: none where brokers have been at work. */
  readonly trialsToDiscard: number;
  /** Facts of the cluster for the result. */
  describe(): Promise<Record<string, unknown>>;
}

const isSimulated = ({ producers }: Scenario): boolean => producers.driver.name === 'simulated';

/** Whether any cell of the plan needs real brokers. */
export const needsBrokers = ({ cells }: Plan): boolean => cells.some(({ scenario }) => !isSimulated(scenario));

/**
 * Readies a cluster for a run: leftovers of dead runs are swept, and a cluster that was just started is warmed, for a cold
 * broker's latencies are its compiler's. What its compilers make of one kind of load does not hold for another, so that trials
 * to be thrown away follow.
 */
export async function openGrounds(options: GroundsOptions): Promise<Grounds> {
  const { cluster, seed } = options;
  if (cluster === null) {
    return {
      open: async ({ scenario }, trial) => simulatedGround(scenario, trial, seed),
      trialsToDiscard: 0,
      describe: async () => ({ brokers: 'simulated' }),
      [Symbol.asyncDispose]: async () => undefined,
    };
  }
  return openRealGrounds(cluster, options);
}

/** Sweeps what dead runs left on the cluster, and marks this one as alive. */
async function claim(cluster: Cluster, { scenario, runId, onProgress }: GroundsOptions): Promise<AsyncDisposable> {
  const swept = await sweepLeftovers(cluster, scenario.cluster.prefix);
  if (swept.topics.length > 0) onProgress(`removed ${swept.topics.length} topics that a dead run had left`);
  return markRun(cluster.clusterId, runId);
}

async function warm(cluster: Cluster, topic: string, { onProgress, signal }: GroundsOptions): Promise<void> {
  const warmth = await warmCluster(cluster, { topic, onProgress, ...(signal === undefined ? {} : { signal }) });
  const millis = (micros: number): string => `${(micros / 1e3).toFixed(1)} ms`;
  const state = warmth.settled ? 'warm' : 'still getting faster';
  const change = `${millis(warmth.firstP90Micros)} at first, ${millis(warmth.lastP90Micros)} now`;
  onProgress(`brokers are ${state}: p90 of a request ${change}`);
}

/** A trial begins on brokers that are all well, whatever was done to them in one before. */
const well = (cluster: Cluster, { signal }: GroundsOptions): Promise<void> | undefined =>
  cluster.faults?.untilHealthy(mostRecoveryMicros, signal);

async function openRealGrounds(cluster: Cluster, options: GroundsOptions): Promise<Grounds> {
  const { scenario, runId, seed, topicsAtEnd, onProgress } = options;
  const namesBegin = topicPrefix(scenario.cluster.prefix, runId);
  await using opened = new AsyncDisposableStack();
  // a cluster that was started for this run has nobody's leftovers, and takes its own away with it
  if (cluster.kind === 'external') opened.use(await claim(cluster, options));
  else await warm(cluster, `${namesBegin}warm-up`, options);
  const brokerFigures = opened.use(await openBrokerFigures(cluster, scenario.cluster.metrics, onProgress));
  const topics = opened.use(
    openTopicGrounds(cluster, {
      namesBegin,
      lastingGroupsBegin: `${scenario.cluster.prefix}${scenario.name}.`,
      topicsAtEnd,
      brokerFigures,
      onProgress,
    }),
  );
  // a cluster of our own goes with its groups; a group that cannot be deleted elsewhere is no reason to lose the run
  if (cluster.kind === 'external') {
    opened.defer(() =>
      deleteGroups(cluster, namesBegin).catch((error: unknown) =>
        onProgress(`the run's groups could not be deleted (${messageOf(error)})`),
      ),
    );
  }
  const rest = opened.move();
  return {
    async open(cell, trial) {
      if (isSimulated(cell.scenario)) return simulatedGround(cell.scenario, trial, seed);
      await well(cluster, options);
      return topics.open(cell, trial);
    },
    trialsToDiscard: cluster.kind === 'external' ? 0 : cluster.brokerCount,
    describe: async () => ({ cluster: await describeCluster(cluster) }),
    [Symbol.asyncDispose]: () => rest.disposeAsync(),
  };
}
