import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Backlog } from '../../../src/drivers/confluent/backlog.ts';
import { Records } from '../../../src/drivers/confluent/records.ts';
import { messagesOf, placesOf, topic } from './fake-consumer.ts';

const view = new Records('value');

/** What is left, as partition and offsets. */
function runsOf(backlog: Backlog): string[] {
  const runs: string[] = [];
  while (backlog.showNext(view))
    runs.push(`${view.partition}:${view.offset(0)}-${view.nextOffset}@${view.leaderEpoch}`);
  return runs;
}

test('messages are shown in runs of one partition, in their order, also what came later', () => {
  const backlog = new Backlog([topic]);
  backlog.add([...messagesOf(0, 0, 3), ...messagesOf(1, 5, 6)]);
  assert.ok(backlog.showNext(view));
  backlog.add([...messagesOf(1, 6, 8), ...messagesOf(0, 3, 4)]);
  assert.equal(backlog.size, 4);
  assert.deepEqual(runsOf(backlog), ['1:5-8@7', '0:3-4@7']);
  assert.equal(backlog.size, 0);
});

test('what came from partitions that are gone is not shown', () => {
  const backlog = new Backlog([topic]);
  backlog.add([...messagesOf(0, 0, 3), ...messagesOf(1, 0, 2), ...messagesOf(0, 3, 5)]);
  backlog.drop(placesOf(0));
  assert.deepEqual(runsOf(backlog), ['1:0-2@7']);
});
