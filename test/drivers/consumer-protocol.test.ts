/** Holds the drivers that can join groups by the new protocol (KIP-848) to the contract of consumers with it. */
import { after, before, describe } from 'node:test';
import { Connection, consumerGroupDescribeV0, parseBroker } from '@platformatic/kafka';
import { type Cluster, openCluster } from '../../src/cluster/cluster.ts';
import type { Driver } from '../../src/drivers/driver.ts';
import { driverNames, loadDriver } from '../../src/drivers/registry.ts';
import { specifyCommits } from './contract/commits.ts';
import { specifyGroups } from './contract/groups.ts';
import { type Ground, type GroundSpec, whyMissing } from './contract/subject.ts';
import { fewInternalPartitions, openTopics, version } from './real-broker.ts';

/** Here the broker says how often members send heartbeats, by which they learn of their partitions: every 5 s by Kafka's default. */
const config = {
  ...fewInternalPartitions,
  'group.consumer.min.heartbeat.interval.ms': 300,
  'group.consumer.heartbeat.interval.ms': 300,
  'group.consumer.min.session.timeout.ms': 2_000,
  'group.consumer.session.timeout.ms': 2_000,
};

let cluster: Cluster | undefined;
before(async () => void (cluster = await openCluster({ kind: 'local', brokers: 1, version, config })));
after(() => cluster?.[Symbol.asyncDispose]());

/** Members of such a group: kafkajs's admin client knows only the others. */
async function membersOf(groupId: string, [broker = '']: readonly string[]): Promise<number> {
  const { host, port } = parseBroker(broker);
  const connection = new Connection('members-of');
  await connection.connect(host, port);
  try {
    const { groups } = await consumerGroupDescribeV0.api.async(connection, [groupId], false);
    return groups[0]?.members.length ?? 0;
  } finally {
    await connection.close();
  }
}

async function openGround(spec?: GroundSpec): Promise<Ground> {
  const { brokers, ...ground } = await openTopics(cluster as Cluster, spec);
  return { ...ground, brokers, groupMembers: groupId => membersOf(groupId, brokers) };
}

/** The driver, as one that knows only this protocol: its broker says how often to send heartbeats. */
const joining = ({ capabilities, ...driver }: Driver): Driver => {
  const { producer, consumer } = capabilities.config;
  const config = {
    producer,
    consumer: consumer.filter(name => name !== 'heartbeat.interval.ms' && name !== 'session.timeout.ms'),
  };
  return { ...driver, capabilities: { ...capabilities, groupProtocols: ['consumer'], config } };
};

for (const name of driverNames.filter(driver => driver !== 'simulated')) {
  const driver: Driver | string = await loadDriver(name).catch(whyMissing);
  if (typeof driver === 'string' || !driver.capabilities.groupProtocols.includes('consumer')) continue;
  describe(`the driver ${name} with the consumer protocol`, () => {
    const subject = { name, driver: joining(driver), lacks: {}, openGround };
    specifyGroups(subject);
    specifyCommits(subject);
  });
}
