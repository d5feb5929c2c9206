/** Holds what a real group sees of members on @platformatic/kafka that take their time, or that have names of their own. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import type { Cluster } from '../../../src/cluster/cluster.ts';
import { loadDriver } from '../../../src/drivers/registry.ts';
import { produce, untilShared } from '../contract/grounds.ts';
import { autoCommit, openMember, sequencesOf, type TestMember } from '../contract/member.ts';
import { upTo } from '../contract/messages.ts';
import type { Subject } from '../contract/subject.ts';
import { openBroker, openTopics } from '../real-broker.ts';

let cluster: Cluster | undefined;
before(async () => void (cluster = await openBroker()));
after(() => cluster?.[Symbol.asyncDispose]());

const subject: Subject = {
  name: 'platformatic',
  driver: await loadDriver('platformatic'),
  lacks: {},
  openGround: spec => openTopics(cluster as Cluster, spec),
};

test('a member with a name of its own is still in its group once it is closed', async () => {
  const ground = await subject.openGround();
  const config = { 'group.instance.id': 'one', 'session.timeout.ms': 30_000 };
  const member = await openMember(subject, ground, { config });
  assert.equal(member.connection.effective['group.instance.id'], 'one');
  await member.connection.ready;
  await member[Symbol.asyncDispose]();
  assert.equal(await ground.groupMembers(member.groupId), 1);
});

test('a member may take longer than its session to finish with what it gives up', async () => {
  const ground = await subject.openGround({ partitions: 2 });
  const options = { groupId: 'contract-platformatic-slow', members: 2, config: { 'session.timeout.ms': 1_500 } };
  const commit = { kind: 'manual' } as const;
  await produce(subject, ground, 0, 100);
  const refusals: unknown[] = [];
  await using first: TestMember = await openMember(
    subject,
    ground,
    { ...options, commit },
    {
      async onRevoking(topic, partitions) {
        await pause(3_000);
        const positions = partitions.map(partition => ({ topic, partition, nextOffset: 50 }));
        await first.connection.commit(positions).catch(error => refusals.push(error));
      },
    },
  );
  await first.until(() => first.received.length >= 100);
  await using second = await openMember(subject, ground, { ...options, commit, member: 1 });
  await untilShared([first, second], 1, 2);
  assert.deepEqual(refusals, []);
  assert.deepEqual(await ground.committed(options.groupId), [50, 50]);
});

test('what is in hand is done with and committed before its partition passes on', async () => {
  const ground = await subject.openGround({ partitions: 2 });
  const options = { groupId: 'contract-platformatic-in-hand', members: 2, commit: autoCommit(60e6) };
  await produce(subject, ground, 0, 200);
  const hooks = { onBatch: () => pause(700) };
  await using first = await openMember(subject, ground, options, hooks);
  await first.until(() => first.received.length > 0);
  await using second = await openMember(subject, ground, { ...options, member: 1 }, hooks);
  await untilShared([first, second], 1, 2);
  await Promise.race(
    [first, second].map(member => member.until(() => first.received.length + second.received.length >= 200)),
  );
  await pause(300); // whatever is read twice would come by then
  assert.deepEqual(sequencesOf(first, second), upTo(200));
});
