/** Specifies what the wire engine's members do beyond the contract: by positions, put out of their group, or refused by it. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { type Cluster, openCluster } from '../../../src/cluster/cluster.ts';
import type { GroupProtocol } from '../../../src/drivers/driver.ts';
import { driver } from '../../../src/drivers/wire.ts';
import { produce, untilShared } from '../contract/grounds.ts';
import { autoCommit, openMember, sequencesOf, type TestMember } from '../contract/member.ts';
import { upTo } from '../contract/messages.ts';
import type { Ground, Subject } from '../contract/subject.ts';
import { fewInternalPartitions, openTopics, version } from '../real-broker.ts';

const sessionMillis = 2_000;
const config = {
  ...fewInternalPartitions,
  'group.consumer.min.heartbeat.interval.ms': 300,
  'group.consumer.heartbeat.interval.ms': 300,
  'group.consumer.min.session.timeout.ms': sessionMillis,
  'group.consumer.session.timeout.ms': sessionMillis,
};
const manualCommit = { kind: 'manual' } as const;

let cluster: Cluster | undefined;
before(async () => void (cluster = await openCluster({ kind: 'local', brokers: 1, version, config })));
after(() => cluster?.[Symbol.asyncDispose]());

const subjectWith = (groupProtocol: GroupProtocol): Subject => ({
  name: 'wire',
  driver: { ...driver, capabilities: { ...driver.capabilities, groupProtocols: [groupProtocol] } },
  lacks: {},
  openGround: spec => openTopics(cluster as Cluster, spec),
});

/** Stops the whole thread: no heartbeat leaves it. */
function stall(millis: number): void {
  const until = performance.now() + millis;
  while (performance.now() < until);
}

const firstsOf = ({ received }: TestMember, partitions: number): (number | undefined)[] =>
  upTo(partitions).map(of => received.find(({ partition }) => partition === of)?.offset);

async function untilCommitted(ground: Ground, groupId: string, expected: readonly number[]): Promise<void> {
  while ((await ground.committed(groupId)).join() !== expected.join()) await pause(20);
}

describe('a member with manual assignment', () => {
  const subject = subjectWith('manual');

  test('begins at the positions that it is given, elsewhere by the start policy', async () => {
    const ground = await subject.openGround({ partitions: 3 });
    await produce(subject, ground, 0, 300);
    await using member = await openMember(subject, ground, { positions: [[30, 40]], start: 'earliest' });
    await member.until(() => member.received.length >= 70 + 60 + 100);
    assert.deepEqual(firstsOf(member, 3), [30, 40, 0]);
  });

  test('that is to begin where the log has nothing more begins by the start policy', async () => {
    const ground = await subject.openGround();
    await produce(subject, ground, 0, 10);
    await using member = await openMember(subject, ground, { positions: [[1_000]], start: 'earliest' });
    await member.until(() => member.received.length >= 10);
    assert.deepEqual(firstsOf(member, 1), [0]);
  });
});

describe('a member of a group', () => {
  const subject = subjectWith('consumer');

  test('that was put out loses everything, joins again, and goes on where the group is', async () => {
    const ground = await subject.openGround({ partitions: 2 });
    await using member = await openMember(subject, ground, { commit: autoCommit(50_000) });
    await member.connection.ready;
    await produce(subject, ground, 0, 100);
    await untilCommitted(ground, member.groupId, [50, 50]);
    const timesBefore = member.timesAssigned();
    stall(2 * sessionMillis);
    await member.until(() => member.timesAssigned() >= timesBefore + 2);
    assert.deepEqual(member.assigned.get(0), [0, 1]);
    await produce(subject, ground, 100, 100);
    await member.until(() => member.received.length >= 200);
    assert.deepEqual(sequencesOf(member), upTo(200));
    assert.deepEqual(member.failures, []);
  });

  test('that is held back hands over nothing of what it had to give up meanwhile', async () => {
    const ground = await subject.openGround({ partitions: 4 });
    const groupId = 'wire-held';
    const { promise: held, resolve: letGo } = Promise.withResolvers<void>();
    const options = { groupId, members: 2, commit: manualCommit };
    await using first = await openMember(subject, ground, { ...options, member: 0 }, { onBatch: () => held });
    await first.connection.ready;
    await produce(subject, ground, 0, 400);
    await first.until(() => first.received.length > 0);
    const inHand = first.received.length;
    await using second = await openMember(subject, ground, { ...options, member: 1 });
    await untilShared([first, second], 1, 4);
    assert.equal(first.received.length, inHand);
    letGo();
    const own = first.assigned.get(0) ?? [];
    await Promise.race(
      [first, second].map(member => member.until(() => first.received.length >= 200 && second.received.length >= 200)),
    );
    const [heldPartition] = first.received.map(({ partition }) => partition);
    assert.ok(first.received.every(({ partition }) => own.includes(partition) || partition === heldPartition));
    assert.deepEqual([...new Set(sequencesOf(first, second))], upTo(400));
  });

  test('commits by itself what the host has done with, and nothing that it still has in hand', async () => {
    const ground = await subject.openGround();
    await produce(subject, ground, 0, 10);
    const { promise: held, resolve: letGo } = Promise.withResolvers<void>();
    let isLast = false;
    const hooks = { onBatch: () => (isLast ? held : undefined) };
    await using member = await openMember(subject, ground, { commit: autoCommit(20_000) }, hooks);
    await member.until(() => member.received.length >= 10);
    await untilCommitted(ground, member.groupId, [10]);
    isLast = true;
    await produce(subject, ground, 10, 10);
    await member.until(() => member.received.length > 10);
    await pause(200);
    assert.deepEqual(await ground.committed(member.groupId), [10]);
    isLast = false;
    letGo();
    await untilCommitted(ground, member.groupId, [20]);
  });

  test('that closes with a batch in hand leaves it to the next one', async () => {
    const ground = await subject.openGround();
    await produce(subject, ground, 0, 10);
    const hooks = { onBatch: () => new Promise<void>(() => undefined) };
    const member = await openMember(subject, ground, { commit: autoCommit(20_000) }, hooks);
    await member.until(() => member.received.length > 0);
    await member[Symbol.asyncDispose]();
    await using next = await openMember(subject, ground, { groupId: member.groupId });
    await next.until(() => next.received.length >= 10);
    assert.deepEqual(sequencesOf(next), upTo(10));
  });

  test('cannot commit for a partition that it does not own, but for the others', async () => {
    const ground = await subject.openGround({ partitions: 2 });
    await using member = await openMember(subject, ground, { commit: manualCommit });
    await member.connection.ready;
    const positions = [1, 7].map(partition => ({ topic: 0, partition, nextOffset: 0 }));
    await assert.rejects(member.connection.commit(positions), new RegExp(`does not own ${ground.topics[0]}-7`));
    assert.deepEqual(await ground.committed(member.groupId), [-1, 0]);
  });

  test('is given its partitions by the assignor that it names', async () => {
    const ground = await subject.openGround({ topics: 2, partitions: 3 });
    const options = { groupId: 'wire-range', members: 2, config: { 'group.remote.assignor': 'range' } };
    await using first = await openMember(subject, ground, { ...options, member: 0 });
    await using second = await openMember(subject, ground, { ...options, member: 1 });
    assert.equal(first.connection.effective['group.remote.assignor'], 'range');
    // range gives the same partitions of every topic to a member: uniform would share the six evenly
    const sizeOf = ({ assigned }: TestMember): number => [...assigned.values()].flat().length;
    const areRanges = (): boolean =>
      Math.min(sizeOf(first), sizeOf(second)) === 2 && sizeOf(first) + sizeOf(second) === 6;
    await Promise.race([first, second].map(member => member.until(areRanges)));
  });

  test('whose assignor the broker does not know is refused', async () => {
    const ground = await subject.openGround();
    const options = { config: { 'group.remote.assignor': 'chance' } };
    await assert.rejects(openMember(subject, ground, options), /UNSUPPORTED_ASSIGNOR/);
  });

  test('whose name another one bears is refused', async () => {
    const ground = await subject.openGround();
    const options = { groupId: 'wire-namesakes', config: { 'group.instance.id': 'only-one' } };
    await using first = await openMember(subject, ground, options);
    assert.equal(first.connection.effective['group.instance.id'], 'only-one');
    await assert.rejects(openMember(subject, ground, options), /UNRELEASED_INSTANCE_ID/);
  });
});
