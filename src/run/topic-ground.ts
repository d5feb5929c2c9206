/** A trial's ground on real brokers: topics of its own, of the run, or of somebody else. */
import type { BrokerFigures } from '../cluster/broker-figures/source.ts';
import type { Cluster } from '../cluster/cluster.ts';
import { describeTopicConfig } from '../cluster/environment.ts';
import { glancing, type GroupOffsets, openGroupOffsets } from '../cluster/group-offsets.ts';
import { createTopics, topicPartitions, type TopicSpec, type Topics } from '../cluster/topics.ts';
import type { Cell } from '../plan/plan.ts';
import type { Scenario } from '../scenario/schema.ts';
import type { TrialPlace } from './events.ts';
import { placeGroups } from './group-starts.ts';
import type { Ground } from './ground.ts';

export interface TopicGroundsOptions {
  /** Before the name of everything that this run makes. */
  readonly namesBegin: string;
  /** Before the names of groups that go on from one run to the next. */
  readonly lastingGroupsBegin: string;
  readonly topicsAtEnd: 'delete' | 'keep';
  /** Null where the brokers tell nothing of themselves. */
  readonly brokerFigures: BrokerFigures | null;
  readonly onProgress: (text: string) => void;
}

export interface TopicGrounds extends AsyncDisposable {
  open(cell: Cell, trial: TrialPlace): Promise<Ground>;
}

type MadeTopic = Exclude<Scenario['topic'], { readonly lifetime: 'existing' }>;

/** Topics with `lifetime: run` are made when first asked for, and deleted when this is disposed. */
export function openTopicGrounds(cluster: Cluster, options: TopicGroundsOptions): TopicGrounds {
  const ofRun = new Map<string, Topics>();
  const make = async (topic: MadeTopic, name: string): Promise<Topics> => {
    const topics = await createTopics(cluster, specsOf(topic, `${options.namesBegin}${name}`, cluster), {
      ifExists: 'fail',
      onProgress: options.onProgress,
    });
    return options.topicsAtEnd === 'delete' ? topics : { ...topics, [Symbol.asyncDispose]: async () => undefined };
  };
  const shared = async (topic: MadeTopic): Promise<Topics> => {
    const settings = JSON.stringify(topic);
    const topics = ofRun.get(settings) ?? (await make(topic, `run-${ofRun.size + 1}`));
    ofRun.set(settings, topics);
    return topics;
  };
  return {
    async open(cell, trial) {
      const { topic } = cell.scenario;
      const groundOf = ground(cluster, {
        groups: {
          ofTrial: `${options.namesBegin}${trial.cell}-${trial.block}-${trial.attempt}-`,
          lasting: topic.lifetime === 'existing' ? options.lastingGroupsBegin : options.namesBegin,
        },
        isShared: topic.lifetime === 'existing',
        ...(options.brokerFigures === null ? {} : { brokerFigures: options.brokerFigures }),
      });
      switch (topic.lifetime) {
        case 'existing':
          return groundOf([topic.name], await topicPartitions(cluster, topic.name), async () => undefined);
        case 'run':
          return groundOf((await shared(topic)).names, topic.partitions, async () => undefined);
        case 'trial': {
          const topics = await make(topic, `${trial.cell}-${trial.block}-${trial.attempt}`);
          return groundOf(topics.names, topic.partitions, async () => topics[Symbol.asyncDispose]());
        }
      }
    },
    async [Symbol.asyncDispose]() {
      for (const topics of ofRun.values()) await topics[Symbol.asyncDispose]();
    },
  };
}

/** Three replicas, or as many as there are brokers, unless the scenario says. */
function specsOf(topic: MadeTopic, name: string, { brokerCount }: Cluster): TopicSpec[] {
  const { count, partitions, config } = topic;
  const replicationFactor = topic.replicationFactor ?? Math.min(3, brokerCount);
  return Array.from({ length: count }, (_, i) => ({
    name: count === 1 ? name : `${name}-${i + 1}`,
    partitions,
    replicationFactor,
    config,
  }));
}

const ground =
  (cluster: Cluster, settings: Pick<Ground, 'groups' | 'isShared' | 'brokerFigures'>) =>
  async (topics: readonly string[], partitionsPerTopic: number, dispose: () => Promise<void>): Promise<Ground> => {
    const offsets = openGroupOffsets(cluster, topics, partitionsPerTopic);
    const { faults } = cluster;
    const glances = faults === undefined ? null : openGroupOffsets(cluster, topics, partitionsPerTopic, glancing);
    return {
      topics,
      topicConfig: await describeTopicConfig(cluster, topics[0] as string),
      partitionsPerTopic,
      ...settings,
      brokers: cluster.brokers,
      ...(cluster.brokersAt === undefined ? {} : { brokersAt: cluster.brokersAt }),
      security: cluster.security,
      // brokers that Highwater started share this host's cores with it
      pacing: cluster.kind === 'external' && cluster.processIds === undefined ? 'spin' : 'nap',
      simulatedBroker: undefined,
      ...lookedAt(offsets),
      ...(faults === undefined || glances === null ? {} : { faults, glance: lookedAt(glances) }),
      logStarts: async () => (await offsets.offsetsAt('first')).flat(),
      placeGroups: starts => placeGroups(offsets, starts),
      windowBeginsAt: () => undefined,
      injected: () => null,
      async [Symbol.asyncDispose]() {
        await glances?.[Symbol.asyncDispose]();
        await offsets[Symbol.asyncDispose]();
        await dispose();
      },
    };
  };

const lookedAt = (offsets: GroupOffsets): Pick<Ground, 'endOffsets' | 'committed'> => ({
  endOffsets: async () => (await offsets.offsetsAt('end')).flat(),
  committed: async groupIds => {
    const committed = await offsets.committed(groupIds);
    return new Map([...committed].map(([groupId, ofGroup]) => [groupId, ofGroup.flat()]));
  },
});
