/** Specifies how a kafkajs member commits where kafkajs says less than it should. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import type { Consumer, TopicPartitionOffset } from 'kafkajs';
import { AutoCommit, Commits } from '../../../src/drivers/kafkajs/commits.ts';

type Fate = 'taken' | 'refused' | 'ignored';

/** A consumer of kafkajs that notes what it is to commit, and for which `fate` says what comes of it. */
function aConsumer() {
  const committed: string[] = [];
  let tell: () => void = () => undefined;
  const state = { committed, fate: 'taken' as Fate };
  const consumer = {
    events: { COMMIT_OFFSETS: 'consumer.commit_offsets' },
    on(_event: string, listener: () => void) {
      tell = listener;
    },
    async commitOffsets(positions: readonly TopicPartitionOffset[]) {
      const { fate } = state;
      await pause(5);
      if (fate === 'refused') throw new Error('The group is rebalancing');
      if (fate === 'ignored') return;
      for (const { topic, partition, offset } of positions) committed.push(`${topic}-${partition}@${offset}`);
      tell();
    },
  } as unknown as Consumer;
  return { state, consumer };
}

const at = (partition: number, offset: number): TopicPartitionOffset => ({
  topic: 'a',
  partition,
  offset: String(offset),
});

test('a commit that kafkajs passes over in silence is an error', async () => {
  const { state, consumer } = aConsumer();
  const commits = new Commits(consumer);
  commits.own({ a: [0] });
  state.fate = 'ignored';
  await assert.rejects(commits.commit([at(0, 1)]), /nothing was committed/);
  state.fate = 'taken';
  await commits.commit([at(0, 2)]);
  assert.deepEqual(state.committed, ['a-0@2']);
});

test('a commit that fails does not keep the next one from being made', async () => {
  const { state, consumer } = aConsumer();
  const commits = new Commits(consumer);
  commits.own({ a: [0, 1] });
  state.fate = 'refused';
  const refused = assert.rejects(commits.commit([at(0, 1)]), /rebalancing/);
  await pause(1);
  state.fate = 'taken';
  await Promise.all([refused, commits.commit([at(1, 2)])]);
  assert.deepEqual(state.committed, ['a-1@2']);
});

test('closing lets the commits before it end, and refuses those after it', async () => {
  const { state, consumer } = aConsumer();
  const commits = new Commits(consumer);
  commits.own({ a: [0] });
  const before = [1, 2].map(offset => commits.commit([at(0, offset)]));
  await commits.close();
  assert.deepEqual(state.committed, ['a-0@1', 'a-0@2']);
  await Promise.all(before);
  await assert.rejects(commits.commit([at(0, 3)]), /closed/);
  assert.deepEqual(state.committed, ['a-0@1', 'a-0@2']);
});

test('what was noted is committed once, and again only when there is more, or the group did not take it', async () => {
  const { state, consumer } = aConsumer();
  const commits = new Commits(consumer);
  const autoCommit = new AutoCommit(commits, 60_000);
  const own = { a: [0, 2] };
  commits.own(own);
  autoCommit.own(own);
  const note = (partition: number, nextOffset: number): void => {
    const place = autoCommit.at('a', partition);
    if (place !== undefined) place.nextOffset = nextOffset;
  };
  await autoCommit.commit();
  note(2, 7);
  await autoCommit.commit();
  await autoCommit.commit();
  assert.deepEqual(state.committed, ['a-2@7']);
  note(0, 3);
  const committing = autoCommit.commit();
  note(0, 4); // while it is under way
  await committing;
  state.fate = 'refused';
  await autoCommit.commit();
  assert.deepEqual(state.committed, ['a-2@7', 'a-0@3']);
  state.fate = 'taken';
  await autoCommit.close();
  assert.deepEqual(state.committed, ['a-2@7', 'a-0@3', 'a-0@4']);
});

test('what was noted before partitions were given out anew counts no more', async () => {
  const { state, consumer } = aConsumer();
  const commits = new Commits(consumer);
  const autoCommit = new AutoCommit(commits, 60_000);
  commits.own({ a: [0, 1] });
  autoCommit.own({ a: [0, 1] });
  const before = autoCommit.at('a', 0);
  assert.ok(before !== undefined);
  commits.own({ a: [0] });
  autoCommit.own({ a: [0] });
  before.nextOffset = 9;
  assert.equal(autoCommit.at('a', 1), undefined);
  assert.equal(autoCommit.at('b', 0), undefined);
  await autoCommit.close();
  assert.deepEqual(state.committed, []);
});
