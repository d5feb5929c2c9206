import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BatchStatistics } from '../../../src/drivers/confluent/batch-statistics.ts';
import { answeredHeartbeats } from '../../../src/drivers/confluent/heartbeats.ts';

const report = (...batches: readonly { cnt: number; sum: number }[]): string =>
  JSON.stringify({ topics: Object.fromEntries(batches.map((batchcnt, i) => [`topic-${i}`, { batchcnt }])) });

test('reports of batches, each of what came since the one before, are added up over all topics', () => {
  const statistics = new BatchStatistics();
  statistics.add(report({ cnt: 2, sum: 20 }, { cnt: 1, sum: 5 }));
  statistics.add(report({ cnt: 0, sum: 0 }, { cnt: 3, sum: 30 }));
  statistics.add('{}');
  assert.deepEqual([statistics.batches, statistics.batchedMessages], [6, 55]);
});

test('who waits for the next report has it counted, and is let go when there will be none', async () => {
  const statistics = new BatchStatistics();
  const next = statistics.next();
  statistics.add(report({ cnt: 1, sum: 4 }));
  await next;
  assert.equal(statistics.batchedMessages, 4);
  const never = statistics.next();
  statistics.end();
  await never;
});

for (const [what, brokers, expected] of [
  ['before there is a coordinator', {}, 0],
  ['when it has answered all but a heartbeat', { GroupCoordinator: { rx: 2, req: { ApiVersion: 1, Metadata: 1 } } }, 0],
  ['later', { GroupCoordinator: { rx: 5, req: { ApiVersion: 1, Metadata: 1, Fetch: 0 } } }, 3],
] as const) {
  test(`${what}, ${expected} heartbeats were answered`, () => {
    assert.equal(answeredHeartbeats(JSON.stringify({ brokers })), expected);
  });
}
