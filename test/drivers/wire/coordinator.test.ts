/** Holds the wire engine's members to their group when the broker that keeps it is killed: they find the next one, and stay. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { type LocalCluster, openLocalCluster } from '../../../src/cluster/local.ts';
import { withAdmin } from '../../../src/cluster/admin.ts';
import type { BrokerProcess } from '../../../src/cluster/broker.ts';
import { clientAddress } from '../../../src/cluster/server-properties.ts';
import { plainText } from '../../../src/drivers/driver.ts';
import { driver } from '../../../src/drivers/wire.ts';
import { autoCommit, openMember, sequencesOf } from '../contract/member.ts';
import { aBlock, upTo } from '../contract/messages.ts';
import { openProducer } from '../contract/producer.ts';
import { fewInternalPartitions, version } from '../real-broker.ts';

const topic = 'coordinator';
const groupId = 'wire-coordinator';

/** Controllers miss a dead broker after this, and not only after Kafka's 9 s; what a group commits is on every broker. */
const config = {
  ...fewInternalPartitions,
  'offsets.topic.replication.factor': 3,
  'broker.session.timeout.ms': 3_000,
  'broker.heartbeat.interval.ms': 500,
  'group.consumer.heartbeat.interval.ms': 5_000,
};

let local: LocalCluster | undefined;
before(async () => void (local = await openLocalCluster({ brokers: 3, version, config })));
after(() => local?.[Symbol.asyncDispose]());

const mostWaitMillis = 60_000;

/** Asks again where that may help: after a crash brokers must first hear who leads what, and load what they take over. */
async function patiently<T>(ask: () => Promise<T>, isIt: (answer: T) => boolean = () => true): Promise<T> {
  for (const until = performance.now() + mostWaitMillis; ;) {
    const answer = await ask().catch((error: Error & { readonly retriable?: boolean }) => {
      if (error.retriable !== true || performance.now() > until) throw error;
      return null;
    });
    if (answer !== null && (isIt(answer) || performance.now() > until)) return answer;
    await pause(100);
  }
}

test('a member whose coordinator is killed finds the next one, and goes on reading and committing', async () => {
  const { processes } = local as LocalCluster;
  const brokers = processes.map(({ node }) => clientAddress(node));
  const admin = <T>(ask: Parameters<typeof withAdmin<T>>[1], of = brokers): Promise<T> =>
    patiently(() => withAdmin({ brokers: of, security: plainText }, ask));
  const topics = [{ topic, numPartitions: 2, replicationFactor: 3 }];
  await admin(client => client.createTopics({ topics, waitForLeaders: false }));
  await admin(client => client.fetchTopicOffsets(topic));
  const ground = { topics: [topic], brokers, simulatedBroker: undefined };
  const subject = { name: 'wire', driver };
  await using producer = await openProducer(subject, ground, { deliveryTimeoutMicros: 60e6 });
  await using member = await openMember({ ...subject, lacks: {}, openGround: () => assert.fail() }, ground as never, {
    groupId,
    groupProtocol: 'consumer',
    commit: autoCommit(100_000),
  });
  await member.connection.ready;
  await producer.submitAll(aBlock(0, 100, ticket => ({ partition: ticket % 2 })));
  await member.until(() => member.received.length >= 100);

  const keeper = await admin(async client => {
    const [offsets] = (await client.fetchTopicMetadata({ topics: ['__consumer_offsets'] })).topics;
    return offsets?.partitions[0]?.leader;
  });
  const victim = processes.find(({ node }) => node.id === keeper) as BrokerProcess;
  const survivors = processes.filter(({ node }) => node.id !== keeper).map(({ node }) => clientAddress(node));
  await victim.stop('now');

  await producer.submitAll(aBlock(100, 100, ticket => ({ partition: ticket % 2 })));
  await member.until(() => member.received.length >= 200);
  const committed = (): Promise<number[]> =>
    admin(async client => {
      const [of] = await client.fetchOffsets({ groupId, topics: [topic] });
      return (of?.partitions ?? []).map(({ offset }) => Number(offset));
    }, survivors);
  // a message that the dead broker had taken without a word stands there twice
  const all = await patiently(committed, offsets => offsets.length === 2 && offsets.every(offset => offset >= 100));
  assert.ok(all.length === 2 && all.every(offset => offset >= 100), `committed: ${all.join()}`);
  assert.deepEqual([...new Set(sequencesOf(member))], upTo(200));
  assert.deepEqual(member.failures, []);
  const before = performance.now();
  await member[Symbol.asyncDispose]();
  assert.ok(performance.now() - before < 2_000);
});
