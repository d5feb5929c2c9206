/** Gives tests a real Kafka on this host, and grounds on it: topics that can be written, counted and read back. */
import { randomUUID } from 'node:crypto';
import { withAdmin } from '../../src/cluster/admin.ts';
import type { Cluster } from '../../src/cluster/cluster.ts';
import { openCluster } from '../../src/cluster/cluster.ts';
import { createTopics, endOffsets } from '../../src/cluster/topics.ts';
import { readTopic, sendAborted } from './contract/other-client.ts';
import type { Ground, GroundSpec } from './contract/subject.ts';

export const version = '4.3.1';

/** Kafka makes 50 partitions of each when they are first needed: one will do, and takes a second less. */
export const fewInternalPartitions = { 'offsets.topic.num.partitions': 1, 'transaction.state.log.num.partitions': 1 };

/** One real broker, which lets members have short sessions. */
export const openBroker = (): Promise<Cluster> =>
  openCluster({
    kind: 'local',
    brokers: 1,
    version,
    config: { ...fewInternalPartitions, 'group.min.session.timeout.ms': 1_000 },
  });

/** New topics on brokers; whoever disposes of the brokers removes them. */
export async function openTopics(
  cluster: Cluster,
  { topics = 1, partitions = 1, config = {} }: GroundSpec = {},
): Promise<Ground> {
  const specs = Array.from({ length: topics }, () => {
    return { name: `contract-${randomUUID()}`, partitions, replicationFactor: cluster.brokerCount, config };
  });
  const { names } = await createTopics(cluster, specs, { ifExists: 'fail' });
  const topicAt = (topic: number): string => names[topic] as string;
  return {
    topics: names,
    brokers: cluster.brokers,
    simulatedBroker: undefined,
    endOffsets: (topic = 0) => endOffsets(cluster, topicAt(topic)),
    readBack: async (topic = 0) =>
      readTopic(cluster.brokers, topicAt(topic), await endOffsets(cluster, topicAt(topic))),
    sendAborted: () => sendAborted(cluster.brokers, topicAt(0)),
    groupMembers: groupId =>
      withAdmin(cluster, async admin => {
        const { groups } = await admin.describeGroups([groupId]);
        return groups[0]?.members.length ?? 0;
      }),
    committed: groupId =>
      withAdmin(cluster, async admin => {
        const [topic] = await admin.fetchOffsets({ groupId, topics: [topicAt(0)] });
        const offsets = topic?.partitions.toSorted((a, b) => a.partition - b.partition) ?? [];
        return offsets.map(({ offset }) => Number(offset));
      }),
  };
}
