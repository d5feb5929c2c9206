/** The contract of members that commit for themselves, take their time, or are known to their group by a name of their own. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import type { Position } from '../../../src/drivers/driver.ts';
import { produce, untilShared } from './grounds.ts';
import { autoCommit, openMember, sequencesOf, type TestMember } from './member.ts';
import { upTo } from './messages.ts';
import { lacking, type Subject, unless } from './subject.ts';

const manual = { kind: 'manual' } as const;

/** Where a member goes on in each partition that it has read from. */
const positionsOf = ({ nextOffsets }: TestMember): Position[] =>
  [...nextOffsets].map(([place, nextOffset]) => {
    const [topic = 0, partition = 0] = place.split('-').map(Number);
    return { topic, partition, nextOffset };
  });

const receivedBy = (...members: readonly TestMember[]): number =>
  members.reduce((sum, { received }) => sum + received.length, 0);

export function specifyCommits(subject: Subject): void {
  const skip = lacking(subject, 'commits');

  test('a member that commits for itself commits what it is told, and no more when it closes', { skip }, async () => {
    const ground = await subject.openGround({ partitions: 2 });
    await produce(subject, ground, 0, 200);
    await using opened = new AsyncDisposableStack();
    const member = opened.use(await openMember(subject, ground, { commit: manual }));
    await member.until(() => member.received.length >= 200);
    await pause(300); // nothing is to be committed meanwhile
    assert.deepEqual(await ground.committed(member.groupId), [-1, -1]);
    await member.connection.commit([
      { topic: 0, partition: 0, nextOffset: 30 },
      { topic: 0, partition: 1, nextOffset: 40 },
    ]);
    assert.deepEqual(await ground.committed(member.groupId), [30, 40]);
    await member.connection.commit([{ topic: 0, partition: 0, nextOffset: 50 }]);
    await opened.disposeAsync();
    assert.deepEqual(await ground.committed(member.groupId), [50, 40]);
    await using next = await openMember(subject, ground, { groupId: member.groupId, commit: manual });
    await next.until(() => next.received.length >= 110);
    const firsts = [0, 1].map(of => next.received.find(({ partition }) => partition === of)?.offset);
    assert.deepEqual(firsts, [50, 40]);
  });

  test('a commit that the group does not take is an error', { skip }, async () => {
    const ground = await subject.openGround();
    await using opened = new AsyncDisposableStack();
    const member = opened.use(await openMember(subject, ground, { commit: manual }));
    await member.connection.ready;
    await opened.disposeAsync();
    await assert.rejects(member.connection.commit([{ topic: 0, partition: 0, nextOffset: 1 }]));
  });

  test('a member that is held back is given nothing more until it is let go, and then misses nothing', async () => {
    const ground = await subject.openGround({ partitions: 2 });
    let letGo = Promise.withResolvers<void>();
    let isInHand = false;
    await using member = await openMember(
      subject,
      ground,
      {},
      {
        async onBatch() {
          assert.ok(!isInHand, 'it was given more while it was held back');
          isInHand = true;
          await letGo.promise;
          isInHand = false;
        },
      },
    );
    await member.connection.ready;
    await produce(subject, ground, 0, 2_000);
    await member.until(() => member.received.length > 0);
    const atFirst = member.received.length;
    await pause(500);
    assert.equal(member.received.length, atFirst);
    letGo.resolve();
    await member.until(() => member.received.length >= 2_000);
    assert.deepEqual(sequencesOf(member), upTo(2_000));
    letGo = Promise.withResolvers();
    letGo.resolve();
  });

  test('a member that is held back for longer than its session stays in its group', { skip }, async () => {
    const ground = await subject.openGround();
    let held: Promise<void> = Promise.resolve();
    const config = { 'session.timeout.ms': 1_500 };
    const hooks = { onBatch: () => held };
    await using member = await openMember(subject, ground, { config, commit: manual }, hooks);
    await member.connection.ready;
    held = pause(3_000);
    await produce(subject, ground, 0, 10);
    await member.until(() => member.received.length > 0);
    await held;
    await produce(subject, ground, 10, 10);
    await member.until(() => member.received.length >= 20);
    assert.equal(member.received.length, 20, 'it read again what it had: it had lost its partitions');
    await member.connection.commit(positionsOf(member));
    assert.deepEqual(await ground.committed(member.groupId), [20]);
    assert.deepEqual(member.failures, []);
  });

  test('a member may commit before its partitions pass to another, which reads nothing twice', { skip }, async () => {
    const ground = await subject.openGround({ partitions: 4 });
    const groupId = `contract-${subject.name}-revoking`;
    await produce(subject, ground, 0, 400);
    const revoked = new Set<number>();
    const options = { groupId, members: 2, commit: manual };
    await using first: TestMember = await openMember(
      subject,
      ground,
      { ...options, member: 0 },
      {
        async onRevoking(topic, partitions) {
          for (const partition of partitions) revoked.add(partition);
          const own = positionsOf(first).filter(
            position => position.topic === topic && partitions.includes(position.partition),
          );
          await first.connection.commit(own);
        },
      },
    );
    await first.until(() => first.received.length >= 400);
    await using second = await openMember(subject, ground, { ...options, member: 1 });
    await second.connection.ready;
    await untilShared([first, second], 1, 4);
    for (const partition of second.assigned.get(0) ?? [])
      assert.ok(revoked.has(partition), `nobody was told that partition ${partition} would pass on`);
    await produce(subject, ground, 400, 400);
    await Promise.race([first, second].map(member => member.until(() => receivedBy(first, second) >= 800)));
    const second400 = sequencesOf(second);
    assert.equal(new Set(second400).size, second400.length);
    assert.ok(
      second400.every(sequence => sequence >= 400),
      'the second member read what the first had committed',
    );
  });

  test(
    'a member with a name of its own comes back to its partitions, and the others notice nothing',
    { skip: skip || unless(isStatic(subject), 'has no group.instance.id') },
    async () => {
      const ground = await subject.openGround({ partitions: 4 });
      const groupId = `contract-${subject.name}-static`;
      const optionsOf = (member: number) => ({
        groupId,
        member,
        members: 2,
        commit: autoCommit(60e6),
        config: { 'group.instance.id': `member-${member}`, 'session.timeout.ms': 30_000 },
      });
      await using stayer = await openMember(subject, ground, optionsOf(0));
      await using leaving = new AsyncDisposableStack();
      const leaver = leaving.use(await openMember(subject, ground, optionsOf(1)));
      await untilShared([stayer, leaver], 1, 4);
      await Promise.all([stayer, leaver].map(({ connection }) => connection.ready));
      const own = leaver.assigned.get(0);
      const before = stayer.timesAssigned();
      await produce(subject, ground, 0, 100);
      await Promise.race([stayer, leaver].map(member => member.until(() => receivedBy(stayer, leaver) >= 100)));
      await leaving.disposeAsync();
      await produce(subject, ground, 100, 100);
      await using returner = await openMember(subject, ground, optionsOf(1));
      await Promise.race(
        [stayer, returner].map(member => member.until(() => receivedBy(stayer, leaver, returner) >= 200)),
      );
      assert.deepEqual(returner.assigned.get(0), own);
      assert.equal(stayer.timesAssigned(), before, 'the other member was given its partitions again');
      assert.deepEqual(sequencesOf(stayer, leaver, returner), upTo(200));
    },
  );
}

const isStatic = ({ driver }: Subject): boolean => driver.capabilities.config.consumer.includes('group.instance.id');
