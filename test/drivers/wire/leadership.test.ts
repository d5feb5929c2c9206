/** Holds the wire engine to its word when leadership moves: what an idempotent producer sent is in the log once, and in order. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { type LocalCluster, openLocalCluster } from '../../../src/cluster/local.ts';
import { withAdmin } from '../../../src/cluster/admin.ts';
import type { BrokerProcess } from '../../../src/cluster/broker.ts';
import { plainText } from '../../../src/drivers/driver.ts';
import { clientAddress } from '../../../src/cluster/server-properties.ts';
import { driver } from '../../../src/drivers/wire.ts';
import { readTopic } from '../contract/other-client.ts';
import { openMember } from '../contract/member.ts';
import { aBlock, upTo } from '../contract/messages.ts';
import { openProducer } from '../contract/producer.ts';
import { fewInternalPartitions, version } from '../real-broker.ts';

const partitions = 3;
const topic = 'leadership';

/** Controllers miss a dead broker after this, and not only after Kafka's 9 s. */
const config = { ...fewInternalPartitions, 'broker.session.timeout.ms': 3_000, 'broker.heartbeat.interval.ms': 500 };

let local: LocalCluster | undefined;
before(async () => void (local = await openLocalCluster({ brokers: 3, version, config })));
after(() => local?.[Symbol.asyncDispose]());

/** Makes the topic with three replicas; returns the node that leads partition 0. */
async function makeTopic(brokers: readonly string[]): Promise<number> {
  return withAdmin({ brokers, security: plainText }, async admin => {
    await admin.createTopics({ topics: [{ topic, numPartitions: partitions, replicationFactor: 3 }] });
    for (;;) {
      const [made] = (await admin.fetchTopicMetadata({ topics: [topic] })).topics;
      const first = made?.partitions.find(({ partitionId }) => partitionId === 0);
      if (first !== undefined && first.leader >= 0) return first.leader;
    }
  });
}

test('when a leader is killed under load, every message ends acknowledged, once in the log and in order, and is read', async () => {
  const { processes, members } = local as LocalCluster;
  const brokers = processes.map(({ node }) => clientAddress(node));
  const leader = await makeTopic(brokers);
  const survivors = processes.filter(({ node }) => node.id !== leader).map(({ node }) => clientAddress(node));
  const ground = { topics: [topic], brokers, simulatedBroker: undefined };
  const subject = { name: 'wire', driver };
  assert.equal(members.nodes.length, 3);
  await using producer = await openProducer(subject, ground, {
    idempotence: true,
    batchSizeBytes: 2_000,
    deliveryTimeoutMicros: 40e6,
  });
  await using member = await openMember({ ...subject, lacks: {}, openGround: () => assert.fail() }, {
    ...ground,
    endOffsets: async () => [],
    readBack: async () => [],
  } as never);
  await member.connection.ready;
  const victim = processes.find(({ node }) => node.id === leader) as BrokerProcess;
  let count = 0;
  const loadFor = async (blocks: number): Promise<void> => {
    for (let i = 0; i < blocks; i++, count += 30) {
      await producer.submitAll(aBlock(count, 30, ticket => ({ partition: ticket % partitions })));
      await pause(2);
    }
  };
  await loadFor(50);
  await producer.ledger.untilEnded(count);
  const killed = victim.stop('now');
  await loadFor(200);
  await killed;
  await loadFor(50);
  await producer.ledger.untilEnded(count);
  assert.deepEqual(producer.ledger.tally(count), { acknowledged: count });
  assert.ok(producer.connection.counters().retriedMessages > 0, 'nothing was in flight when the leader died');
  const each = count / partitions;
  const stored = await readTopic(survivors, topic, [each, each, each]);
  assert.deepEqual(
    stored.map(({ partition, sequence }) => [partition, sequence]),
    upTo(partitions).flatMap(partition => upTo(each).map(i => [partition, i * partitions + partition])),
  );
  await member.until(() => member.received.length >= count);
  assert.equal(new Set(member.received.map(({ sequence }) => sequence)).size, count);
});
