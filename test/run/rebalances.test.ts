import assert from 'node:assert/strict';
import { test } from 'node:test';
import { GroupWatch, isShared } from '../../src/run/group-watch.ts';
import type { OwnershipChange } from '../../src/run/protocol.ts';
import { type GroupAct, rebalancesOf } from '../../src/run/rebalances.ts';

const at = (atMicros: number, member: number, owned: readonly number[]): OwnershipChange => ({
  group: 'readers',
  groupId: 'id',
  member,
  atMicros,
  owned,
});

/** The trial, and its window, begin then. */
const from = (micros: number) => ({ fromMicros: micros, windowMicros: micros });

const act = (atMicros: number, kind: GroupAct['kind'], member = 1): GroupAct => ({
  groupId: 'id',
  member,
  kind,
  atMicros,
});

test('a group that comes about is no rebalance', () => {
  assert.deepEqual(rebalancesOf([at(10, 0, [0, 1, 2]), at(20, 0, [0, 1, 2])], 3, from(30), []), []);
  assert.deepEqual(
    rebalancesOf([at(5, 0, [0, 1, 2]), at(10, 0, [0]), at(20, 1, [1, 2]), at(25, 0, [0])], 3, from(30), []),
    [],
  );
});

test('an eager rebalance lasts from the first revocation until all is owned again, and leaves partitions unowned meanwhile', () => {
  const changes = [at(0, 0, [0, 1, 2]), at(1_000, 0, []), at(1_400, 1, [1, 2]), at(1_500, 0, [0])];
  assert.deepEqual(rebalancesOf(changes, 3, from(500), [act(900, 'join')]), [
    { atMicros: 500, durationMicros: 500, reason: 'join', moved: 2, longestUnownedMicros: 500 },
  ]);
});

test('a cooperative rebalance moves what it moves, and nothing else is unowned', () => {
  const changes = [at(0, 0, [0, 1, 2, 3]), at(1_000, 0, [0, 1]), at(1_200, 1, [2]), at(1_700, 1, [2, 3])];
  assert.deepEqual(rebalancesOf(changes, 4, from(100), []), [
    { atMicros: 900, durationMicros: 700, reason: 'unasked', moved: 2, longestUnownedMicros: 700 },
  ]);
});

test('a crash is a rebalance from the instant of the crash on, though the group notices it only later', () => {
  const changes = [at(0, 0, [0]), at(0, 1, [1]), at(5_000_000, 1, []), at(50_000_000, 0, [0, 1])];
  assert.deepEqual(rebalancesOf(changes, 2, from(100), [act(5_000_000, 'crash')]), [
    { atMicros: 4_999_900, durationMicros: 45_000_000, reason: 'crash', moved: 1, longestUnownedMicros: 45_000_000 },
  ]);
});

test('a rebalance into which another act falls tells both', () => {
  const changes = [at(0, 0, [0, 1]), at(1_000, 0, [0]), at(1_200, 0, []), at(1_900, 1, [0, 1])];
  const reasonOf = (acts: readonly GroupAct[]) => rebalancesOf(changes, 2, from(100), acts)[0]?.reason;
  assert.equal(reasonOf([act(900, 'join'), act(1_100, 'leave', 0)]), 'join and leave');
  assert.equal(reasonOf([act(1_100, 'leave', 0)]), 'leave');
  assert.equal(reasonOf([act(900, 'join'), act(950, 'leave', 0), act(2_000, 'crash')]), 'leave');
});

test('a rebalance that is not over when the trial ends has no length', () => {
  const [only] = rebalancesOf([at(0, 0, [0, 1]), at(900, 0, [0])], 2, from(100), []);
  assert.equal(only?.durationMicros, null);
});

test('a partition that two members own is no shared one', () => {
  assert.equal(isShared([[0, 1], [1]], 2), false);
  assert.equal(isShared([[0], [1]], 2), true);
  assert.equal(isShared([[0, 0]], 2), false);
  assert.equal(isShared([[0]], 2), false);
});

test('a group with an idle member beside a busy one is not settled yet, unless it stays so', () => {
  let now = 0;
  const watch = new GroupWatch(2, () => now);
  const members = [0, 1].map(member => ({ member, groupId: 'id', place: member, places: 2 }));
  watch.expect({ group: 'readers', members } as unknown as Parameters<GroupWatch['expect']>[0]);
  watch.owns(at(0, 0, [0, 1]));
  watch.owns(at(0, 1, []));
  assert.equal(watch.unsettled().length, 1);
  now = 11e6;
  assert.equal(watch.unsettled().length, 0);
  watch.owns(at(now, 0, [0]));
  assert.equal(watch.unsettled().length, 1);
  watch.owns(at(now, 1, [1]));
  assert.equal(watch.unsettled().length, 0);
});
