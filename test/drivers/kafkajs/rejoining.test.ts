/** Specifies what kafkajs would not do by itself: a member that has a batch in hand, or something to commit, when its group is rebalanced or left. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import type { Cluster } from '../../../src/cluster/cluster.ts';
import type { ConsumerOptions } from '../../../src/drivers/driver.ts';
import { loadDriver } from '../../../src/drivers/registry.ts';
import { produce, untilShared } from '../contract/grounds.ts';
import { autoCommit, type MemberHooks, openMember, sequencesOf, type TestMember } from '../contract/member.ts';
import { upTo } from '../contract/messages.ts';
import type { Ground, Subject } from '../contract/subject.ts';
import { openBroker, openTopics } from '../real-broker.ts';

const driver = await loadDriver('kafkajs');
const config = { 'session.timeout.ms': 1_500, 'rebalance.timeout.ms': 10_000 };
const manual = { kind: 'manual' } as const;

let cluster: Cluster | undefined;
before(async () => void (cluster = await openBroker()));
after(() => cluster?.[Symbol.asyncDispose]());

const subject: Subject = {
  name: 'kafkajs',
  driver,
  lacks: {},
  openGround: spec => openTopics(cluster as Cluster, spec),
};

/** A group that members join one after another. */
function aGroup(ground: Ground, options: Partial<ConsumerOptions> = {}) {
  const groupId = `rejoining-${crypto.randomUUID()}`;
  const join = (member: number, more: Partial<ConsumerOptions> = {}, hooks: MemberHooks = {}): Promise<TestMember> =>
    openMember(subject, ground, { groupId, members: 2, member, config, ...options, ...more }, hooks);
  return { groupId, join };
}

const numberReceived = (...members: readonly TestMember[]): number => sequencesOf(...members).length;

async function untilReceived(count: number, ...members: readonly TestMember[]): Promise<void> {
  await Promise.race(members.map(member => member.until(() => numberReceived(...members) >= count)));
}

test('a batch in hand is not committed before it is done with', async () => {
  const ground = await subject.openGround();
  await produce(subject, ground, 0, 10);
  const letGo = Promise.withResolvers<void>();
  const { groupId, join } = aGroup(ground, { commit: autoCommit(50_000) });
  await using member = await join(0, {}, { onBatch: () => letGo.promise });
  await member.until(() => member.received.length >= 10);
  await pause(300);
  assert.deepEqual(await ground.committed(groupId), [-1]);
  letGo.resolve();
  const deadline = performance.now() + 5_000;
  while ((await ground.committed(groupId))[0] !== 10) assert.ok(performance.now() < deadline);
});

test('a rebalance waits for the batch in hand, takes up none of those that came with it, and nothing is read twice', async () => {
  const ground = await subject.openGround({ partitions: 6 });
  await produce(subject, ground, 0, 600);
  const { join } = aGroup(ground, { commit: autoCommit(60e6) });
  let batches = 0;
  let isSharing = false;
  const onBatch = (): Promise<void> | void => {
    batches++;
    if (!isSharing) return pause(2_500);
  };
  await using first = await join(0, {}, { onBatch });
  await first.until(() => first.received.length > 0);
  const before = performance.now();
  await using second = await join(1);
  await second.connection.ready;
  const waited = performance.now() - before;
  assert.ok(waited > 1_500 && waited < 4_000, `the second member waited for ${waited} ms`);
  isSharing = true;
  assert.ok(batches <= 2, `${batches} batches were taken up`);
  await untilShared([first, second], 1, 6);
  await untilReceived(600, first, second);
  assert.deepEqual(sequencesOf(first, second), upTo(600));
});

test('a batch in hand for longer than the group waits is not committed, and its member stays in the group', async () => {
  const ground = await subject.openGround({ partitions: 2 });
  await produce(subject, ground, 0, 2);
  const { groupId, join } = aGroup(ground, { commit: autoCommit(50_000) });
  let isInHand = false;
  let batches = 0;
  const onBatch = async (): Promise<void> => {
    assert.ok(!isInHand, 'it was given more while it was held back');
    isInHand = true;
    await pause(batches++ === 0 ? 7_000 : 0);
    isInHand = false;
  };
  await using first = await join(0, {}, { onBatch });
  await first.until(() => first.received.length > 0);
  await using second = await join(1, {}, { onBatch: () => new Promise<void>(() => undefined) });
  await untilShared([first, second], 1, 2);
  assert.ok(isInHand);
  assert.equal(await ground.groupMembers(groupId), 2);
  await pause(500);
  assert.deepEqual(await ground.committed(groupId), [-1, -1]);
  while (isInHand) await pause(50);
  const [own = -1] = first.assigned.get(0) ?? [];
  const deadline = performance.now() + 5_000;
  while ((await ground.committed(groupId))[own] !== 1) assert.ok(performance.now() < deadline);
  assert.equal((await ground.committed(groupId))[1 - own], -1);
  assert.equal(first.timesAssigned(), 2, 'it had lost its place in the group');
  assert.deepEqual(first.failures, []);
});

test('partitions pass on only when their owner, though idle, has told that it is ready for it', async () => {
  const ground = await subject.openGround({ partitions: 2 });
  await produce(subject, ground, 0, 100);
  const { join } = aGroup(ground, { commit: manual });
  let isPrepared = false;
  const onRevoking = async (topic: number, partitions: readonly number[]): Promise<void> => {
    assert.deepEqual(partitions, [0, 1]);
    await pause(2_000); // longer than its session
    await first.connection.commit(partitions.map(partition => ({ topic, partition, nextOffset: 50 })));
    isPrepared = true;
  };
  await using first: TestMember = await join(0, {}, { onRevoking });
  await first.until(() => first.received.length >= 100);
  await using second = await join(1);
  await untilShared([first, second], 1, 2);
  assert.ok(isPrepared);
  assert.deepEqual([first, second].map(({ failures }) => failures).flat(), []);
  await produce(subject, ground, 100, 100);
  await untilReceived(200, first, second);
  assert.deepEqual(sequencesOf(first, second), upTo(200));
});

test('a member does not commit another member’s partitions, but its own all the same', async () => {
  const ground = await subject.openGround({ partitions: 2 });
  const { groupId, join } = aGroup(ground, { commit: manual });
  await produce(subject, ground, 0, 20);
  await using first = await join(0);
  await using second = await join(1);
  await untilShared([first, second], 1, 2);
  const [own = -1] = first.assigned.get(0) ?? [];
  const everything = [0, 1].map(partition => ({ topic: 0, partition, nextOffset: 5 }));
  await assert.rejects(first.connection.commit(everything), /does not own contract-.*-\d/);
  assert.deepEqual(
    await ground.committed(groupId),
    [0, 1].map(partition => (partition === own ? 5 : -1)),
  );
});

test('commits that are asked for at once are made in order', async () => {
  const ground = await subject.openGround();
  const { groupId, join } = aGroup(ground, { commit: manual });
  await produce(subject, ground, 0, 20);
  await using member = await join(0);
  await member.until(() => member.received.length >= 20);
  await Promise.all(upTo(20).map(offset => member.connection.commit([{ topic: 0, partition: 0, nextOffset: offset }])));
  assert.deepEqual(await ground.committed(groupId), [19]);
});

test('a member that is closed with a batch in hand leaves at once, and does not commit that batch', async () => {
  const ground = await subject.openGround();
  await produce(subject, ground, 0, 10);
  const { groupId, join } = aGroup(ground, { commit: autoCommit(50_000) });
  const member = await join(0, {}, { onBatch: () => pause(60_000, undefined, { ref: false }) });
  await member.until(() => member.received.length > 0);
  const before = performance.now();
  await member[Symbol.asyncDispose]();
  assert.ok(performance.now() - before < 2_000);
  assert.equal(await ground.groupMembers(groupId), 0);
  assert.deepEqual(await ground.committed(groupId), [-1]);
});

test('a member that is closed while it prepares for a rebalance leaves at once', async () => {
  const ground = await subject.openGround({ partitions: 2 });
  const { groupId, join } = aGroup(ground, { commit: manual });
  const asked = Promise.withResolvers<void>();
  const onRevoking = (): Promise<void> => {
    asked.resolve();
    return pause(60_000, undefined, { ref: false });
  };
  const first = await join(0, {}, { onRevoking });
  await first.connection.ready;
  const joining = join(1);
  await asked.promise;
  const before = performance.now();
  await first[Symbol.asyncDispose]();
  assert.ok(performance.now() - before < 2_000);
  await using second = await joining;
  assert.equal(first.timesAssigned(), 1);
  await second.until(() => second.assigned.get(0)?.length === 2);
  assert.equal(await ground.groupMembers(groupId), 1);
});

test('a batch that its member failed at comes again', async () => {
  const ground = await subject.openGround();
  await produce(subject, ground, 0, 10);
  const { join } = aGroup(ground, { commit: autoCommit(60e6) });
  let batches = 0;
  const onBatch = async (): Promise<void> => {
    if (batches++ === 0) throw new Error('failed at it');
  };
  await using member = await join(0, {}, { onBatch });
  await member.until(() => member.received.length >= 20);
  assert.deepEqual(
    sequencesOf(member),
    upTo(20).map(i => Math.floor(i / 2)),
  );
});
