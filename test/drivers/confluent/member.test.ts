import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as turn, setTimeout as pause } from 'node:timers/promises';
import { messagesOf, openFakeMember, placesOf, revoke } from './fake-consumer.ts';

const never = new Promise<void>(() => undefined);

test('what was handed over is stored once a poll, not once a message', async () => {
  const { client, member, told } = openFakeMember({});
  client.deliver(...messagesOf(0, 0, 3), ...messagesOf(1, 0, 2), ...messagesOf(0, 3, 4));
  assert.deepEqual(told, ['0:0-3', '1:0-2', '0:3-4']);
  assert.deepEqual(client.calls, ['assign', 'store 0:4 1:2']);
  await member[Symbol.asyncDispose]();
});

test('what the host has in hand is not stored until it is done with it, and nothing more is handed over', async () => {
  const letGo = Promise.withResolvers<void>();
  const { client, member, told } = openFakeMember({
    batch: ({ partition }) => (partition === 0 ? letGo.promise : undefined),
  });
  client.deliver(...messagesOf(1, 0, 2), ...messagesOf(0, 0, 3), ...messagesOf(1, 2, 4));
  assert.deepEqual(
    [told, client.calls],
    [
      ['1:0-2', '0:0-3'],
      ['assign', 'store 1:2'],
    ],
  );
  letGo.resolve();
  await turn();
  assert.deepEqual(told.slice(2), ['1:2-4']);
  assert.deepEqual(client.calls.slice(2).at(-1), 'store 1:4');
  await member[Symbol.asyncDispose]();
});

test('a member that commits for itself stores nothing', async () => {
  const { client, member } = openFakeMember({}, { kind: 'manual' });
  client.deliver(...messagesOf(0, 0, 3));
  assert.deepEqual(client.calls, ['assign']);
  await member[Symbol.asyncDispose]();
});

test('partitions are given up after the host is done with what it has, was told, and has done what it then does', async () => {
  const letGo = Promise.withResolvers<void>();
  const committed = Promise.withResolvers<void>();
  const { client, member, told } = openFakeMember({
    batch: () => letGo.promise,
    revoking(_, partitions) {
      told.push(`revoking ${partitions.join(' ')}`);
      return committed.promise;
    },
  });
  client.deliver(...messagesOf(0, 0, 3), ...messagesOf(1, 0, 2));
  client.answer?.();
  member.rebalance({ code: revoke, partitions: placesOf(0, 1) });
  await turn();
  assert.deepEqual(told, ['0:0-3']);
  letGo.resolve();
  await turn();
  assert.deepEqual(told, ['0:0-3', 'revoking 0 1']);
  assert.deepEqual(client.calls, ['assign', 'store 0:3']);
  committed.resolve();
  await turn();
  assert.deepEqual(client.calls, ['assign', 'store 0:3', 'unassign']);
  assert.equal(told.length, 2, 'it handed over what is another member’s');
  await member[Symbol.asyncDispose]();
});

test('a host that takes too long is told and loses its partitions, and what it had in hand is never stored', async () => {
  const letGo = Promise.withResolvers<void>();
  const { client, member, told } = openFakeMember({ batch: () => letGo.promise });
  client.deliver(...messagesOf(0, 0, 3));
  client.answer?.();
  member.rebalance({ code: revoke, partitions: placesOf(0, 1) });
  await pause(100);
  assert.deepEqual(
    [told, client.calls],
    [
      ['0:0-3', 'revoking 0 1'],
      ['assign', 'unassign'],
    ],
  );
  letGo.resolve();
  await turn();
  assert.deepEqual(client.calls, ['assign', 'unassign']);
  await member[Symbol.asyncDispose]();
});

test('partitions that are another member’s already are given up at once, and nobody is asked', async () => {
  const { client, member, told } = openFakeMember({ batch: () => never });
  client.deliver(...messagesOf(0, 0, 3));
  client.answer?.();
  client.isLost = true;
  member.rebalance({ code: revoke, partitions: placesOf(0, 1) });
  assert.deepEqual([told, client.calls], [['0:0-3'], ['assign', 'unassign']]);
  await member[Symbol.asyncDispose]();
});

test('closing waits neither for the host nor for what it would do about a rebalance', async () => {
  const { client, member } = openFakeMember({ batch: () => never });
  client.deliver(...messagesOf(0, 0, 3));
  client.answer?.();
  member.rebalance({ code: revoke, partitions: placesOf(0, 1) });
  await member[Symbol.asyncDispose]();
  assert.deepEqual(client.calls.toSorted(), ['assign', 'disconnect', 'unassign']);
});

test('a rebalance that the last poll brings is answered before the client closes', async () => {
  const { client, member, told } = openFakeMember({});
  member.poll();
  const closed = member[Symbol.asyncDispose]();
  client.queue.push(...messagesOf(0, 0, 3));
  member.rebalance({ code: revoke, partitions: placesOf(0, 1) });
  client.answer?.();
  await closed;
  assert.deepEqual([told, client.calls], [[], ['assign', 'unassign', 'disconnect']]);
});
