/** Holds what a producer on @platformatic/kafka says of requests that a real broker takes in part, and of compression. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { compressionsAlgorithms, Consumer, IS_COMPRESSED } from '@platformatic/kafka';
import type { Cluster } from '../../../src/cluster/cluster.ts';
import { loadDriver } from '../../../src/drivers/registry.ts';
import { aBlock, upTo } from '../contract/messages.ts';
import { openMember, sequencesOf } from '../contract/member.ts';
import { openProducer } from '../contract/producer.ts';
import type { Ground } from '../contract/subject.ts';
import { openBroker, openTopics } from '../real-broker.ts';

let cluster: Cluster | undefined;
before(async () => void (cluster = await openBroker()));
after(() => cluster?.[Symbol.asyncDispose]());

/** By batch of a topic's only partition: the number of its compression. */
async function compressionsIn({ brokers, topics: [topic = ''] }: Ground): Promise<number[]> {
  const consumer = new Consumer({ bootstrapBrokers: [...brokers], clientId: 'compressions', groupId: 'compressions' });
  consumer.topics.track(topic);
  try {
    const { topics } = await consumer.metadata({ topics: [topic] });
    const { id = '', partitions: [first] = [] } = topics.get(topic) ?? {};
    const place = { partition: 0, fetchOffset: 0n, currentLeaderEpoch: -1, lastFetchedEpoch: -1 };
    const partitions = [{ ...place, partitionMaxBytes: 1e6 }];
    const { responses } = await consumer.fetch({ node: first?.leader ?? -1, topics: [{ topicId: id, partitions }] });
    return (responses[0]?.partitions[0]?.records ?? []).map(({ attributes }) => attributes & IS_COMPRESSED);
  } finally {
    await consumer.close();
  }
}

const subject = { name: 'platformatic', driver: await loadDriver('platformatic') };

test('what a broker took of a request is acknowledged, though it refused the rest', async () => {
  const ground = await openTopics(cluster as Cluster, { partitions: 3, config: { 'max.message.bytes': 1_000 } });
  await using producer = await openProducer(subject, ground, { lingerMicros: 60e6 });
  await producer.submitAll(aBlock(0, 3, ticket => ({ partition: ticket, bytes: ticket === 1 ? 1_900 : 10 })));
  producer.connection.flush();
  await producer.ledger.untilEnded(3);
  const { batches, retriedMessages } = producer.connection.counters();
  assert.deepEqual({ batches, retriedMessages }, { batches: 3, retriedMessages: 0 });
  const kinds = [0, 1, 2].map(ticket => producer.ledger.of(ticket).kind);
  assert.deepEqual(kinds, ['acknowledged', 'failed', 'acknowledged']);
  assert.match(producer.ledger.of(1).error?.message ?? '', /larger than the max message size/);
  assert.equal(producer.ledger.of(2).offset, 0);
  assert.deepEqual(await ground.endOffsets(), [1, 0, 1]);
});

for (const compression of subject.driver.capabilities.compressions) {
  test(`what is compressed by ${compression} lies so in the log, and is read by a member`, async () => {
    const ground = await openTopics(cluster as Cluster, { config: { 'compression.type': 'producer' } });
    await using producer = await openProducer(subject, ground, { compression });
    await producer.send(aBlock(0, 50));
    assert.deepEqual(await compressionsIn(ground), [compressionsAlgorithms[compression].bitmask]);
    await using member = await openMember({ ...subject, lacks: {}, openGround: async () => ground }, ground);
    await member.until(() => member.received.length >= 50);
    assert.deepEqual(sequencesOf(member), upTo(50));
  });
}

test('what a member passes over is told of, also where nothing comes behind it', async () => {
  const ground = await openTopics(cluster as Cluster);
  await using member = await openMember({ ...subject, lacks: {}, openGround: async () => ground }, ground, {
    config: { 'isolation.level': 'read_committed' },
  });
  await member.connection.ready;
  await ground.sendAborted();
  // the message and the marker, which a broker writes when it has already answered
  await member.until(() => member.nextOffsets.get('0-0') === 2);
  assert.deepEqual(member.received, []);
});

test('a setting that only the other group protocol has is refused', async () => {
  const ground = await openTopics(cluster as Cluster);
  const asSubject = { ...subject, lacks: {}, openGround: async () => ground };
  for (const [groupProtocol, name, value] of [
    ['classic', 'group.remote.assignor', 'range'],
    ['consumer', 'session.timeout.ms', 10_000],
  ] as const) {
    const drivers = { ...asSubject.driver, capabilities: { ...asSubject.driver.capabilities } };
    drivers.capabilities.config = { producer: [], consumer: [name] };
    const opening = openMember({ ...asSubject, driver: drivers }, ground, { groupProtocol, config: { [name]: value } });
    await assert.rejects(opening, { name: 'HarnessError', reason: 'usage', message: new RegExp(name) });
  }
});
