/** Specifies topics on real brokers: made as asked, counted, and removed without touching what is somebody else's. */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, test } from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { withAdmin } from '../../src/cluster/admin.ts';
import type { Cluster } from '../../src/cluster/cluster.ts';
import { openCluster } from '../../src/cluster/cluster.ts';
import { describeCluster, describeTopicConfig } from '../../src/cluster/environment.ts';
import { createTopics, endOffsets, topicPartitions, type TopicSpec } from '../../src/cluster/topics.ts';
import { plainText } from '../../src/drivers/driver.ts';
import { openKafka } from '../../src/drivers/kafkajs/client.ts';
import { HarnessError } from '../../src/support/errors.ts';

const config = { 'num.io.threads': 4, 'log.retention.hours': 48, 'ssl.truststore.password': 'hidden' };
let cluster: Cluster;
before(async () => void (cluster = await openCluster({ kind: 'local', brokers: 3, version: '4.3.1', config })));
after(() => cluster?.[Symbol.asyncDispose]());

/** A topic that no other test knows. */
const aTopic = (spec: Partial<TopicSpec> = {}): TopicSpec => ({
  name: `topics-${randomUUID()}`,
  partitions: 3,
  replicationFactor: 1,
  config: {},
  ...spec,
});

const listTopics = (): Promise<string[]> => withAdmin(cluster, admin => admin.listTopics());

/** Of the topics, in their order: leader and number of replicas of each partition, by partition. */
const layoutOf = (names: readonly string[]) =>
  withAdmin(cluster, async admin => {
    const { topics } = await admin.fetchTopicMetadata({ topics: [...names] });
    return names.map(wanted =>
      (topics.find(({ name }) => name === wanted)?.partitions ?? [])
        .toSorted((a, b) => a.partitionId - b.partitionId)
        .map(({ leader, replicas, isr }) => ({ leader, replicas: replicas.length, inSync: isr.length })),
    );
  });

/** Asserts that a piece of work fails for a reason, with texts in its message and its hint. */
const assertFails = (work: Promise<unknown>, reason: string, message: RegExp, hint: RegExp): Promise<void> =>
  assert.rejects(work, (error: unknown) => {
    assert.ok(error instanceof HarnessError, String(error));
    assert.equal(error.reason, reason);
    assert.match(error.message, message);
    assert.match(error.hint ?? '', hint);
    return true;
  });

test('topics have the partitions, the replicas and the settings that were asked for, with leaders spread evenly', async () => {
  const settings = { 'min.insync.replicas': 2, 'retention.ms': 3_600_000 };
  const specs = [
    aTopic({ partitions: 7, replicationFactor: 3, config: settings }),
    aTopic({ partitions: 4, replicationFactor: 2 }),
  ];
  await using topics = await createTopics(cluster, specs, { ifExists: 'fail' });
  assert.deepEqual(
    topics.names,
    specs.map(({ name }) => name),
  );
  const layout = await layoutOf(topics.names);
  assert.deepEqual(
    layout.map(partitions => partitions.map(({ replicas, inSync }) => [replicas, inSync])),
    [Array.from({ length: 7 }, () => [3, 3]), Array.from({ length: 4 }, () => [2, 2])],
  );
  const leaders = layout.flat().map(({ leader }) => leader);
  const counts = Object.fromEntries([1, 2, 3].map(id => [id, leaders.filter(leader => leader === id).length]));
  assert.deepEqual(topics.leadersByNode, counts);
  assert.deepEqual(
    Object.values(counts).toSorted((a, b) => a - b),
    [3, 4, 4],
  );
  assert.deepEqual(await describeTopicConfig(cluster, topics.names[0] ?? ''), {
    'min.insync.replicas': '2',
    'retention.ms': '3600000',
  });
  assert.deepEqual(await describeTopicConfig(cluster, topics.names[1] ?? ''), {});
});

test('disposing deletes what was made, and nothing else', async () => {
  const spec = aTopic();
  await using other = await createTopics(cluster, [aTopic()], { ifExists: 'fail' });
  const topics = await createTopics(cluster, [spec, aTopic()], { ifExists: 'fail' });
  assert.equal(new Set(await listTopics()).isSupersetOf(new Set([...topics.names, ...other.names])), true);
  await topics[Symbol.asyncDispose]();
  const left = await listTopics();
  assert.deepEqual(
    left.filter(name => topics.names.includes(name)),
    [],
  );
  assert.ok(left.includes(other.names[0] ?? ''));
});

test('disposing has nothing to say of a topic that is gone already', async () => {
  const said: string[] = [];
  const topics = await createTopics(cluster, [aTopic()], {
    ifExists: 'fail',
    onProgress: text => void said.push(text),
  });
  await withAdmin(cluster, admin => admin.deleteTopics({ topics: [...topics.names] }));
  const hasHeard = (broker: string) =>
    withAdmin(
      { brokers: [broker], security: plainText },
      async admin => !(await admin.listTopics()).includes(topics.names[0] ?? ''),
    );
  while (!(await Promise.all(cluster.brokers.map(hasHeard))).every(Boolean)) await nextTurn();
  await topics[Symbol.asyncDispose]();
  assert.deepEqual(said, []);
});

test('a topic that exists is an error that says so, and it stays', async () => {
  const [there, wanted] = [aTopic(), aTopic()];
  await using _ = await createTopics(cluster, [there], { ifExists: 'fail' });
  const creating = createTopics(cluster, [wanted, there], { ifExists: 'fail' });
  await assertFails(creating, 'environment', new RegExp(`Topic ${there.name} exists already`), /lifetime: existing/);
  const names = await listTopics();
  assert.ok(names.includes(there.name));
  assert.ok(!names.includes(wanted.name));
});

test('a topic that exists is reused where it has as many partitions, and left behind', async () => {
  const there = aTopic();
  await using _ = await createTopics(cluster, [there], { ifExists: 'fail' });
  const reused = await createTopics(cluster, [there], { ifExists: 'reuse' });
  await reused[Symbol.asyncDispose]();
  assert.ok((await listTopics()).includes(there.name));
  const other = createTopics(cluster, [{ ...there, partitions: 5 }], { ifExists: 'reuse' });
  await assertFails(other, 'usage', /has 3 partitions, not 5/, /topic\.partitions to 3/);
});

test('more replicas than brokers are refused with both numbers', async () => {
  const creating = createTopics(cluster, [aTopic({ replicationFactor: 4 })], { ifExists: 'fail' });
  await assertFails(creating, 'usage', /4 replicas.* 3 brokers/, /topic\.replicationFactor/);
});

test('a topic that the cluster refuses leaves a trial undone, is named with its settings, and no other topic is left', async () => {
  const [good, bad] = [aTopic(), aTopic({ config: { 'retention.ms': 'soon' } })];
  const creating = createTopics(cluster, [good, bad], { ifExists: 'fail' });
  const message = new RegExp(`refuses to make ${bad.name}: Configuration is invalid`);
  await assertFails(creating, 'incomplete', message, /topic\.config \(retention\.ms=soon\)/);
  const names = await listTopics();
  assert.deepEqual(
    [good, bad].filter(({ name }) => names.includes(name)),
    [],
  );
});

test('end offsets count what each partition holds', async () => {
  await using topics = await createTopics(cluster, [aTopic({ partitions: 12 })], { ifExists: 'fail' });
  const [topic = ''] = topics.names;
  assert.deepEqual(
    await endOffsets(cluster, topic),
    Array.from({ length: 12 }, () => 0),
  );
  const producer = openKafka({ ...cluster, clientId: 'topics-test' }, {}).producer();
  await producer.connect();
  const messages = Array.from({ length: 12 }, (_, partition) =>
    Array.from({ length: partition }, () => ({ partition, value: 'x' })),
  );
  await producer.send({ topic, messages: messages.flat() });
  await producer.disconnect();
  assert.deepEqual(await endOffsets(cluster, topic), [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]);
});

test('the partitions of a topic are counted, and a topic that is missing is named with the cluster', async () => {
  await using topics = await createTopics(cluster, [aTopic({ partitions: 5 })], { ifExists: 'fail' });
  assert.equal(await topicPartitions(cluster, topics.names[0] ?? ''), 5);
  const [address = ''] = cluster.brokers;
  await assertFails(
    topicPartitions(cluster, 'absent'),
    'environment',
    new RegExp(`${address}.* has no topic absent`),
    /topic\.name/,
  );
});

test('on brokers that are not ours the cluster places the replicas', async () => {
  const foreign: Cluster = { ...cluster, kind: 'external' };
  await using topics = await createTopics(foreign, [aTopic({ partitions: 6, replicationFactor: 2 })], {
    ifExists: 'fail',
  });
  const [layout = []] = await layoutOf(topics.names);
  assert.deepEqual(
    layout.map(({ replicas }) => replicas),
    [2, 2, 2, 2, 2, 2],
  );
});

test('the facts of a cluster are who its brokers are, and the settings that are not Kafka’s own, without secrets', async () => {
  const facts = await describeCluster(cluster);
  assert.deepEqual(
    [facts.kind, facts.kafkaVersion, facts.clusterId, facts.nodeIds],
    ['local', '4.3.1', cluster.clusterId, [1, 2, 3]],
  );
  const { brokerConfig, differingBrokerConfig } = facts;
  assert.deepEqual(differingBrokerConfig, {});
  assert.equal(brokerConfig['num.io.threads'], '4');
  assert.equal(brokerConfig['log.retention.hours'], '48');
  assert.equal(brokerConfig['ssl.truststore.password'], '***');
  assert.equal(brokerConfig['auto.create.topics.enable'], 'false');
  for (const name of ['num.network.threads', 'listeners', 'node.id', 'log.dirs'])
    assert.equal(brokerConfig[name], undefined);
});
