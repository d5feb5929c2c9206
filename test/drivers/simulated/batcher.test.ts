/** Holds the simulated client's batches to answers known by hand. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Batcher } from '../../../src/drivers/simulated/batcher.ts';

interface Closed {
  readonly tickets: readonly number[];
  readonly bytes: number;
  readonly atMicros: number;
}

function collectingBatcher({ partitions = 1, lingerMicros = 10_000, batchSizeBytes = 1e9 } = {}) {
  const closed: Closed[] = [];
  const batcher = new Batcher(partitions, { lingerMicros, batchSizeBytes }, (tickets, count, bytes, atMicros) =>
    closed.push({ tickets: [...tickets.subarray(0, count)], bytes, atMicros }),
  );
  return { batcher, closed };
}

/** Latencies in ms, by ticket, of 1,000 messages a second into one partition and a broker that takes no time. */
function latenciesWithLinger(lingerMicros: number, count: number): number[] {
  const { batcher, closed } = collectingBatcher({ lingerMicros });
  for (let ticket = 0; ticket < count; ticket++) {
    batcher.closeDue(ticket * 1_000);
    batcher.add(0, ticket, 100, ticket * 1_000);
  }
  batcher.closeDue(Infinity);
  return closed.flatMap(({ tickets, atMicros }) => tickets.map(ticket => (atMicros - ticket * 1_000) / 1e3));
}

test('a record at the closing instant opens the next batch (known answer K12)', () => {
  assert.deepEqual(latenciesWithLinger(10_000, 20), [10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1]);
});

test('a linger between two records has no tie (known answer K12)', () => {
  const expected = [9.5, 8.5, 7.5, 6.5, 5.5, 4.5, 3.5, 2.5, 1.5, 0.5];
  assert.deepEqual(latenciesWithLinger(9_500, 20), [...expected, ...expected]);
});

test('a batch closes at the end of its linger, however late that is noticed', () => {
  const { batcher, closed } = collectingBatcher();
  batcher.add(0, 0, 100, 123.456);
  assert.equal(batcher.nextCloseMicros, 10_123.456);
  batcher.closeDue(10_123.455);
  assert.equal(closed.length, 0);
  batcher.closeDue(55_555);
  assert.deepEqual(closed, [{ tickets: [0], bytes: 100, atMicros: 10_123.456 }]);
  assert.equal(batcher.nextCloseMicros, Infinity);
});

test('batches of several partitions close in the order in which they were opened', () => {
  const { batcher, closed } = collectingBatcher({ partitions: 3 });
  for (const [ticket, partition] of [2, 0, 2, 1, 0].entries()) batcher.add(partition, ticket, 1, ticket);
  batcher.closeDue(1e6);
  assert.deepEqual(
    closed.map(({ tickets, atMicros }) => [tickets, atMicros]),
    [
      [[0, 2], 10_000],
      [[1, 4], 10_001],
      [[3], 10_003],
    ],
  );
});

test('a batch closes at once when it is full, and before a message that has no room in it', () => {
  const { batcher, closed } = collectingBatcher({ batchSizeBytes: 100 });
  for (const [ticket, bytes] of [50, 50, 60, 50, 300].entries()) batcher.add(0, ticket, bytes, ticket);
  assert.deepEqual(closed, [
    { tickets: [0, 1], bytes: 100, atMicros: 1 },
    { tickets: [2], bytes: 60, atMicros: 3 },
    { tickets: [3], bytes: 50, atMicros: 4 },
    { tickets: [4], bytes: 300, atMicros: 4 },
  ]);
});

test('a batch that was full leaves the linger of the next one as it is', () => {
  const { batcher, closed } = collectingBatcher({ batchSizeBytes: 100 });
  batcher.add(0, 0, 100, 0);
  batcher.add(0, 1, 10, 4_000);
  batcher.closeDue(10_000);
  assert.equal(closed.length, 1);
  batcher.closeDue(14_000);
  assert.deepEqual(closed[1], { tickets: [1], bytes: 10, atMicros: 14_000 });
});

test('a flush closes what still lingers now, and what has lingered enough at the end of its linger', () => {
  const { batcher, closed } = collectingBatcher({ partitions: 2 });
  batcher.add(0, 0, 1, 0);
  batcher.add(1, 1, 1, 8_000);
  batcher.closeAll(12_000);
  assert.deepEqual(
    closed.map(({ atMicros }) => atMicros),
    [10_000, 12_000],
  );
});
