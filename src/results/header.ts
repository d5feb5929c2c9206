/** What a run says of itself before its first trial: the first line of its journal. */
import { orderKept } from '../partition/strategies.ts';
import { levelOfTwoLooks } from '../plan/looks.ts';
import type { Cell, Plan } from '../plan/plan.ts';
import type { Scenario } from '../scenario/schema.ts';
import { askedOf } from './asked.ts';
import { FaultKind } from './faults.ts';
import type { Result } from './schema.ts';

/** What a journal's first line says of the run: all that the result document needs besides trials and environment. */
export type RunHeader = Pick<
  Result,
  | 'name'
  | 'question'
  | 'tags'
  | 'runId'
  | 'seed'
  | 'repeat'
  | 'order'
  | 'referenceCell'
  | 'warnings'
  | 'overridden'
  | 'pairs'
  | 'against'
  | 'looks'
  | 'title'
  | 'labels'
> & {
  readonly cells: readonly CellHeader[];
  readonly checks: readonly unknown[];
  readonly compare: { readonly primary: readonly string[]; readonly delta: Readonly<Record<string, number>> };
  /** By cell: what integrity depends on. */
  readonly promises: Readonly<Record<string, CellPromise>>;
};

/** What is known of a cell before it is run. */
export type CellHeader = Pick<
  Result['cells'][number],
  'id' | 'label' | 'factors' | 'side' | 'partitioning' | 'hasKeys' | 'asked'
>;

/** What a cell's settings promise of delivery. */
export interface CellPromise {
  readonly acks: 0 | 1 | 'all';
  readonly idempotence: boolean;
  readonly maxInFlightRequests: number;
  readonly simulated: boolean;
  /** What the scenario says of its topics; missing from runs of before faults could be declared. */
  readonly topic?: TopicPromise;
  /** Missing as above. */
  readonly faults?: readonly FaultKind[];
  /** Whether the client tells each message that it sends again; else there may be more. Missing as above. */
  readonly countsRetries?: boolean;
}

/** What the scenario says of how topics keep messages; null where that is the brokers’ to say. */
export interface TopicPromise {
  readonly isExisting: boolean;
  readonly replicationFactor: number | null;
  readonly minInsyncReplicas: number | null;
  readonly uncleanLeaderElection: boolean | null;
}

/** What only the command line knows of a run. */
export interface RunNames {
  readonly runId: string;
  readonly overridden: Readonly<Record<string, string>>;
  /** `--name`, … */
  readonly title?: string;
  /** … and `--label`. */
  readonly labels?: Readonly<Record<string, string>>;
}

/** The header of a run of that plan. */
export function headerOf(plan: Plan, { runId, overridden, title, labels }: RunNames): RunHeader {
  const { scenario, seed, repeat, order, referenceCell, warnings } = plan;
  return {
    name: scenario.name,
    question: scenario.question ?? null,
    tags: scenario.tags,
    runId,
    ...(title === undefined ? {} : { title }),
    ...(labels === undefined ? {} : { labels: { ...labels } }),
    seed,
    repeat,
    order: [...order],
    referenceCell,
    warnings: [...warnings],
    overridden: { ...overridden },
    cells: plan.cells.map(cellHeader),
    checks: scenario.checks,
    compare: { primary: scenario.compare.primary, delta: scenario.compare.delta },
    ...designOf(plan),
    promises: promisesOf(plan),
  };
}

/** By cell: what its settings promise of delivery. */
export const promisesOf = ({ cells }: Pick<Plan, 'cells'>): RunHeader['promises'] =>
  Object.fromEntries(
    cells.map(({ id, scenario: { producers, topic, faults } }) => [
      id,
      {
        acks: producers.acks,
        idempotence: producers.idempotence,
        maxInFlightRequests: producers.maxInFlightRequests,
        simulated: producers.driver.name === 'simulated',
        topic: topicPromise(topic),
        faults: faultKinds(faults),
        // librdkafka tells what it has put on the wire: what never came so far hides as many repeats
        countsRetries: producers.driver.name !== 'confluent',
      },
    ]),
  );

function topicPromise(topic: Scenario['topic']): TopicPromise {
  if (topic.lifetime === 'existing') {
    return { isExisting: true, replicationFactor: null, minInsyncReplicas: null, uncleanLeaderElection: null };
  }
  const { 'min.insync.replicas': inSync, 'unclean.leader.election.enable': unclean } = topic.config;
  return {
    isExisting: false,
    replicationFactor: topic.replicationFactor,
    minInsyncReplicas: inSync === undefined ? null : Number(inSync),
    uncleanLeaderElection: unclean === undefined ? null : String(unclean) === 'true',
  };
}

/** The kinds of faults that may come, each once. */
const faultKinds = (faults: Scenario['faults']): FaultKind[] => [
  ...new Set(
    faults.flatMap(fault =>
      'random' in fault ? fault.random.of : FaultKind.options.filter(kind => fault[kind] !== undefined),
    ),
  ),
];

/** What is compared, and how often it is looked at. */
function designOf({ pairs, against, extension }: Plan): Pick<RunHeader, 'pairs' | 'against' | 'looks'> {
  return {
    ...(pairs === undefined ? {} : { pairs: pairs.map(pair => ({ ...pair })) }),
    ...(against === undefined
      ? {}
      : { against: { ...against, newCells: [...against.newCells], goneCells: [...against.goneCells] } }),
    ...(extension === undefined ? {} : { looks: { planned: 2, taken: 1, level: levelOfTwoLooks } }),
  };
}

function cellHeader({ id, label, factors, side, scenario }: Cell): CellHeader {
  const { strategy, by } = scenario.producers.partitioning;
  return {
    id,
    label,
    factors: { ...factors },
    ...(side === undefined ? {} : { side }),
    partitioning: { strategy, by, keeps: orderKept(strategy) },
    hasKeys: hasKeys(scenario),
    asked: askedOf(scenario),
  };
}

/** Whether messages have keys; lines of a payload file may. */
const hasKeys = ({ messages }: Cell['scenario']): boolean =>
  messages.content.kind === 'file' || messages.keys.kind !== 'none';
