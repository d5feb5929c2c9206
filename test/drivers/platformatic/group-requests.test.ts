/** Holds what stands between @platformatic/kafka and its group's coordinator, against a coordinator of its own. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import {
  type API,
  type Callback,
  type Connection,
  findErrorBy,
  type GroupAssignment,
  ResponseError,
} from '@platformatic/kafka';
import { type GroupMember, GroupRequests } from '../../../src/drivers/platformatic/group-requests.ts';

type Coordinator = (...request: readonly unknown[]) => unknown;

const errorCodes = { UNKNOWN_MEMBER_ID: 25, REBALANCE_IN_PROGRESS: 27, STALE_MEMBER_EPOCH: 113 } as const;

const refusal = (apiKey: number, id: keyof typeof errorCodes): Error =>
  new ResponseError(apiKey, 1, { '/': [errorCodes[id], null] }, {});

const connection = {} as Connection;

/** A member of the topic `a`, and what it was told. */
function aMember(given: Partial<GroupMember> = {}) {
  const told: string[] = [];
  const finished = Promise.withResolvers<void>();
  const member: GroupMember = {
    isStatic: false,
    assignments: [{ topic: 'a', partitions: [0, 1] }],
    heartbeatMillis: 1,
    rebalanceMillis: 60_000,
    topicOf: id => id.replace('id of ', ''),
    mayCommit: () => true,
    beforeRevoking(going: readonly GroupAssignment[]) {
      told.push(...going.map(({ topic, partitions }) => `${topic}: ${partitions.join()} go`));
      return finished.promise;
    },
    revokingEnded: () => void told.push('all stay'),
    placeLost: () => void told.push('all are lost'),
    ...given,
  };
  return { requests: new GroupRequests(member), told, finish: finished.resolve };
}

/** The library's call of a request that some coordinator answers: with what it returns, or with the error it returns. */
function calling(requests: GroupRequests, name: string, coordinator: Coordinator) {
  const send = (_connection: Connection, ...request: unknown[]): void => {
    const answer = request.pop() as Callback<unknown>;
    const outcome = coordinator(...request);
    if (outcome instanceof Error) answer(outcome);
    else answer(null, outcome);
  };
  const api = Object.assign(send, { key: 1, version: 1, async: () => Promise.reject(new Error('not used')) });
  const watched = requests.watch(name, api as unknown as API<unknown[], unknown>);
  return (...request: unknown[]): Promise<unknown> => {
    const { promise, resolve, reject } = Promise.withResolvers<unknown>();
    watched(connection, ...request, (error: Error | null, response?: unknown) =>
      error === null ? resolve(response) : reject(error),
    );
    return promise;
  };
}

const owning = (...partitions: number[]) => [{ topicId: 'id of a', partitions }];

/** The new protocol's heartbeat of a member in some epoch. */
const heartbeatOf = (epoch: number, owned: readonly unknown[]): unknown[] => [
  'group',
  'me',
  epoch,
  null,
  null,
  1,
  ['a'],
  null,
  null,
  owned,
];

test('with the classic protocol heartbeats go on until the member has finished, and then it joins anew', async () => {
  const { requests, told, finish } = aMember();
  const heartbeat = calling(requests, 'Heartbeat', () => refusal(12, 'REBALANCE_IN_PROGRESS'));
  await heartbeat('group', 1, 'me', null);
  await heartbeat('group', 1, 'me', null);
  finish();
  await assert.rejects(heartbeat('group', 1, 'me', null), error => {
    return findErrorBy(error as Error, 'rebalanceInProgress', true) !== null;
  });
  assert.deepEqual(told, ['a: 0,1 go']);
});

test('a member that takes longer than the group waits for it loses its partitions unfinished', async () => {
  const { requests } = aMember({ rebalanceMillis: 0 });
  const heartbeat = calling(requests, 'Heartbeat', () => refusal(12, 'REBALANCE_IN_PROGRESS'));
  await assert.rejects(heartbeat('group', 1, 'me', null));
});

test('a member that has no place in its group any more hears so at once', async () => {
  const { requests, told } = aMember();
  const heartbeat = calling(requests, 'Heartbeat', () => refusal(12, 'UNKNOWN_MEMBER_ID'));
  await assert.rejects(heartbeat('group', 1, 'me', null));
  assert.deepEqual(told, ['all are lost']);
});

test('with the new protocol the library learns of what goes when the member has finished with it', async () => {
  const { requests, told, finish } = aMember();
  const answer = { memberEpoch: 5, heartbeatIntervalMs: 1, assignment: { topicPartitions: owning(0) } };
  const answers = [answer, { ...answer, assignment: null }, { ...answer, assignment: null }];
  const heartbeat = calling(requests, 'ConsumerGroupHeartbeat', () => answers.shift());
  for (let i = 0; i < 2; i++)
    assert.deepEqual(await heartbeat(...heartbeatOf(5, owning(0, 1))), { ...answer, assignment: null });
  finish();
  await turn();
  assert.deepEqual(await heartbeat(...heartbeatOf(5, owning(0, 1))), answer);
  assert.deepEqual(told, ['a: 1 go']);
});

test('with the new protocol partitions may stay after all', async () => {
  const { requests, told } = aMember();
  const answer = { memberEpoch: 5, heartbeatIntervalMs: 1, assignment: { topicPartitions: owning(0) } };
  const answers = [answer, { ...answer, assignment: { topicPartitions: owning(0, 1) } }];
  const heartbeat = calling(requests, 'ConsumerGroupHeartbeat', () => answers.shift());
  await heartbeat(...heartbeatOf(5, owning(0, 1)));
  await heartbeat(...heartbeatOf(5, owning(0, 1)));
  assert.deepEqual(told, ['a: 1 go', 'all stay']);
});

for (const [what, isStatic, epoch] of [
  ['a member leaves for good', false, -1],
  ['a member with a name of its own leaves to come back', true, -2],
] as const) {
  test(`with the new protocol ${what}`, async () => {
    const epochs: unknown[] = [];
    const leave = calling(aMember({ isStatic }).requests, 'ConsumerGroupHeartbeat', (...request) => {
      epochs.push(request[2]);
    });
    await leave(...heartbeatOf(-1, []));
    assert.deepEqual(epochs, [epoch]);
  });
}

for (const [what, isStatic, times] of [
  ['a member that closes leaves its group', false, 1],
  ['a member with a name of its own that closes says nothing', true, 0],
] as const) {
  test(`with the classic protocol ${what}`, async () => {
    let asked = 0;
    const leave = calling(aMember({ isStatic }).requests, 'LeaveGroup', () => void asked++);
    await leave('group', [{ memberId: 'me' }]);
    assert.equal(asked, times);
  });
}

const committing = (...partitions: number[]) => [
  { name: 'a', partitions: partitions.map(partitionIndex => ({ partitionIndex })) },
];

test('a commit for a partition that is not the member’s is an error, and not sent', async () => {
  const { requests } = aMember({ mayCommit: (_topic, partition) => partition !== 1 });
  const commit = calling(requests, 'OffsetCommit', () => assert.fail('it was sent'));
  await assert.rejects(commit('group', 1, 'me', null, committing(0, 1)), /a-1/);
});

test('a commit that comes too late is an error for which the library does not join anew', async () => {
  const commit = calling(aMember().requests, 'OffsetCommit', () => refusal(8, 'REBALANCE_IN_PROGRESS'));
  await assert.rejects(commit('group', 1, 'me', null, committing(0)), (error: Error) => {
    assert.match(error.message, /rebalancing/);
    return findErrorBy(error, 'needsRejoin', true) === null && findErrorBy(error, 'canRetry', false) !== null;
  });
});

test('a commit in an epoch that has just ended is tried again', async () => {
  const commit = calling(aMember().requests, 'OffsetCommit', () => refusal(8, 'STALE_MEMBER_EPOCH'));
  await assert.rejects(commit('group', 1, 'me', null, committing(0)), (error: Error) => {
    return findErrorBy(error, 'canRetry', false) === null;
  });
});
