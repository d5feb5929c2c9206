/** Prepares the ground of each trial of a run: topics on the cluster, or a broker that is simulated. */
import type { Cluster } from '../cluster/cluster.ts';
import { describeCluster } from '../cluster/environment.ts';
import { createTopics, endOffsets, sweepLeftovers, topicPartitions } from '../cluster/topics.ts';
import { warmCluster } from '../cluster/warm.ts';
import { createSimulatedBroker } from '../drivers/simulated.ts';
import type { Cell, Plan } from '../plan/plan.ts';
import type { Scenario } from '../scenario/schema.ts';
import { HarnessError } from '../support/errors.ts';
import type { TrialPlace } from './events.ts';
import type { Ground } from './ground.ts';

export interface GroundsOptions {
  /** Null where every cell is simulated. */
  readonly cluster: Cluster | null;
  readonly scenario: Scenario;
  readonly runId: string;
  readonly seed: number;
  readonly topicsAtEnd: 'delete' | 'keep';
  readonly onProgress: (text: string) => void;
}

/** The grounds of a run's trials. Disposing removes what lasted for the run. */
export interface Grounds extends AsyncDisposable {
  open(cell: Cell, trial: TrialPlace): Promise<Ground>;
  /** Facts of the cluster for the result. */
  describe(): Promise<Record<string, unknown>>;
}

const isSimulated = ({ producers }: Scenario): boolean => producers.driver.name === 'simulated';

/** Whether any cell of the plan needs real brokers. */
export const needsBrokers = ({ cells }: Plan): boolean => cells.some(({ scenario }) => !isSimulated(scenario));
