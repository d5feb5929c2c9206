/** The contract of consumers: who reads what, from where on, and what is left when they close. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { produce, untilShared } from './grounds.ts';
import { autoCommit, openMember, sequencesOf, type TestMember } from './member.ts';
import { aBlock, bodyOf, content, stampOf, upTo } from './messages.ts';
import { openProducer } from './producer.ts';
import { lacking, type Subject } from './subject.ts';

export function specifyGroups(subject: Subject): void {
  const commits = lacking(subject, 'commits');

  test('a member that starts at the earliest reads everything, and where each partition goes on', async () => {
    const ground = await subject.openGround({ partitions: 3 });
    await produce(subject, ground, 0, 600);
    await using member = await openMember(subject, ground, { start: 'earliest' });
    await member.until(() => member.received.length >= 600);
    await produce(subject, ground, 600, 300);
    await member.until(() => member.received.length >= 900);
    assert.deepEqual(sequencesOf(member), upTo(900));
    assert.deepEqual(
      Object.fromEntries(member.nextOffsets),
      Object.fromEntries([0, 1, 2].map(partition => [`0-${partition}`, 300])),
    );
    for (const partition of [0, 1, 2]) {
      const offsets = member.received.filter(record => record.partition === partition).map(({ offset }) => offset);
      assert.deepEqual(offsets, upTo(300));
    }
  });

  test('a member that starts at the latest reads what comes once it is ready, all of it and nothing before', async () => {
    const ground = await subject.openGround({ partitions: 2 });
    await produce(subject, ground, 0, 100);
    await using member = await openMember(subject, ground, { start: 'latest' });
    await member.connection.ready;
    await produce(subject, ground, 100, 100);
    await member.until(() => member.received.length >= 100);
    assert.deepEqual(
      sequencesOf(member),
      upTo(100).map(i => 100 + i),
    );
  });

  test('a member that is ready has been told of its partitions', async () => {
    const ground = await subject.openGround({ topics: 2, partitions: 2 });
    await using member = await openMember(subject, ground);
    await member.connection.ready;
    assert.deepEqual(
      [...member.assigned].toSorted(([a], [b]) => a - b),
      [
        [0, [0, 1]],
        [1, [0, 1]],
      ],
    );
  });

  test('members of a group share all partitions, and once all are ready they miss nothing that comes', async () => {
    const ground = await subject.openGround({ topics: 2, partitions: 5 });
    const groupId = `contract-${subject.name}-sharing`;
    await using opened = new AsyncDisposableStack();
    const members = await Promise.all(
      upTo(3).map(async member =>
        opened.use(await openMember(subject, ground, { groupId, member, members: 3, start: 'latest' })),
      ),
    );
    await using producer = await openProducer(subject, ground);
    await Promise.all(members.map(({ connection }) => connection.ready));
    await producer.submitAll(aBlock(0, 500, ticket => ({ topic: ticket % 2, partition: ticket % 5 })));
    const received = (): number => members.reduce((sum, member) => sum + member.received.length, 0);
    await Promise.race(members.map(member => member.until(() => received() >= 500)));
    assert.deepEqual(sequencesOf(...members), upTo(500));
    await untilShared(members, 2, 5);
    for (const member of members) {
      for (const { topic, partition } of member.received)
        assert.ok(member.assigned.get(topic)?.includes(partition), 'a member read a partition that it does not own');
    }
  });

  test('a member for whom no partition is left is ready all the same, and told that it owns none', async () => {
    const ground = await subject.openGround({ partitions: 1 });
    const groupId = `contract-${subject.name}-idle`;
    await using first = await openMember(subject, ground, { groupId, member: 0, members: 2 });
    await using second = await openMember(subject, ground, { groupId, member: 1, members: 2 });
    await Promise.all([first.connection.ready, second.connection.ready]);
    await untilShared([first, second], 1, 1);
    assert.ok([first, second].some(({ assigned }) => assigned.get(0)?.length === 0));
  });

  test('every group reads everything', async () => {
    const ground = await subject.openGround();
    await using one = await openMember(subject, ground);
    await using other = await openMember(subject, ground);
    await produce(subject, ground, 0, 50);
    for (const member of [one, other]) {
      await member.until(() => member.received.length >= 50);
      assert.deepEqual(sequencesOf(member), upTo(50));
    }
  });

  test(
    'a member that reopens goes on where it left off, though it closed in the midst of reading',
    { skip: commits },
    async () => {
      const ground = await subject.openGround({ partitions: 2 });
      const groupId = `contract-${subject.name}-reopening`;
      const count = 4_000;
      const few = { 'max.partition.fetch.bytes': 5_000 };
      await produce(subject, ground, 0, count);
      const members: TestMember[] = [];
      for (const atLeast of [500, 500, count]) {
        const member = await openMember(subject, ground, { groupId, commit: autoCommit(60e6), config: few });
        members.push(member);
        await member.until(() => sequencesOf(...members).length >= count || member.received.length >= atLeast);
        await member[Symbol.asyncDispose]();
      }
      assert.deepEqual(sequencesOf(...members), upTo(count));
      assert.ok((members[0]?.received.length ?? 0) < count, 'the first member read everything before it was closed');
    },
  );

  test('what was read is committed every so often, not only at the end', { skip: commits }, async () => {
    const ground = await subject.openGround();
    const options = { groupId: `contract-${subject.name}-committing`, commit: autoCommit(50_000) };
    await produce(subject, ground, 0, 100);
    await using member = await openMember(subject, ground, options);
    assert.equal(member.connection.effective['auto.commit.interval.ms'], 50);
    await member.until(() => member.received.length >= 100);
    const deadline = performance.now() + 5_000;
    while ((await ground.committed(options.groupId))[0] !== 100) assert.ok(performance.now() < deadline);
  });

  test('a member that joins goes on where the others were, and nothing is read twice', { skip: commits }, async () => {
    const ground = await subject.openGround({ partitions: 4 });
    const options = { groupId: `contract-${subject.name}-joining`, commit: autoCommit(60e6), members: 2 };
    await produce(subject, ground, 0, 400);
    await using first = await openMember(subject, ground, { ...options, member: 0 });
    await first.until(() => first.received.length >= 400);
    await using second = await openMember(subject, ground, { ...options, member: 1 });
    await second.connection.ready;
    await untilShared([first, second], 1, 4);
    await produce(subject, ground, 400, 400);
    const received = (): number => first.received.length + second.received.length;
    await Promise.race([first, second].map(member => member.until(() => received() >= 800)));
    assert.deepEqual(sequencesOf(first, second), upTo(800));
  });

  test(
    'stamps, keys, values and headers are read as they were sent',
    { skip: lacking(subject, 'content') },
    async () => {
      const ground = await subject.openGround();
      await using producer = await openProducer(subject, ground, { content: { ...content, stampIn: 'header' } });
      await producer.send(
        aBlock(0, 3, ticket => ({ key: ticket - 1, headers: ticket === 1 ? 0 : -1, bytes: ticket === 2 ? -1 : 10 })),
      );
      await using member = await openMember(subject, ground, { stampIn: 'header' });
      await member.until(() => member.received.length >= 3);
      assert.deepEqual(
        member.received.map(({ sequence, key, value, traces }) => ({
          sequence,
          key,
          value,
          traces: traces.map(String),
        })),
        [
          { sequence: 0, key: null, value: bodyOf(0, 10), traces: [] },
          { sequence: 1, key: Buffer.from('a'), value: bodyOf(1, 10), traces: ['one', 'two'] },
          { sequence: 2, key: Buffer.alloc(0), value: null, traces: [] },
        ],
      );
    },
  );

  test('a record without a stamp is told from those that have one', { skip: lacking(subject, 'content') }, async () => {
    const ground = await subject.openGround();
    await using producer = await openProducer(subject, ground, { content: { ...content, stampIn: 'header' } });
    await producer.send(aBlock(0, 2, ticket => ({ bytes: ticket === 0 ? 23 : -1 })));
    await using member = await openMember(subject, ground, { stampIn: 'value' });
    await member.until(() => member.received.length >= 2);
    assert.deepEqual(
      member.received.map(({ sequence }) => sequence),
      [-1, -1],
    );
    await using other = await openMember(subject, ground, { stampIn: 'header' });
    await other.until(() => other.received.length >= 2);
    assert.equal(stampOf(1).length, 24);
    assert.deepEqual(sequencesOf(other), [0, 1]);
  });

  for (const [what, config, sequences] of [
    ['reads also what was aborted', {}, [-1, 0, 1]],
    ['that asks for read_committed does not read what was aborted', { 'isolation.level': 'read_committed' }, [0, 1]],
  ] as const) {
    test(`a member ${what}, and gets to the end`, { skip: lacking(subject, 'transactions') }, async () => {
      const ground = await subject.openGround();
      await produce(subject, ground, 0, 1);
      await ground.sendAborted();
      await produce(subject, ground, 1, 1);
      await using member = await openMember(subject, ground, { config });
      const [end = 0] = await ground.endOffsets();
      // the mark of an aborted transaction may come after the end was asked for
      await member.until(() => (member.nextOffsets.get('0-0') ?? 0) >= end);
      assert.deepEqual(sequencesOf(member), sequences);
    });
  }

  test('closing leaves the group within two seconds', { skip: commits }, async () => {
    const ground = await subject.openGround();
    await using member = await openMember(subject, ground, { config: { 'fetch.max.wait.ms': 500 } });
    await member.connection.ready;
    assert.equal(await ground.groupMembers(member.groupId), 1);
    const before = performance.now();
    await member[Symbol.asyncDispose]();
    assert.ok(performance.now() - before < 2_000);
    assert.equal(await ground.groupMembers(member.groupId), 0);
  });
}
