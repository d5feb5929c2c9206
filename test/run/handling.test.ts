import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import type { Position, RecordBatch } from '../../src/drivers/driver.ts';
import { unionOf } from '../../src/measure/offset-ledger.ts';
import type { HandlingSettings } from '../../src/plan/assignment.ts';
import { Handler } from '../../src/run/handling.ts';
import { Receipts } from '../../src/run/receipts.ts';

const runStamp = 7;

/** Records of this trial at consecutive offsets of a partition. */
function records(partition: number, firstOffset: number, count: number): RecordBatch {
  return {
    topic: 0,
    partition,
    count,
    nextOffset: firstOffset + count,
    offset: index => firstOffset + index,
    readStamp(index, into) {
      Object.assign(into, {
        run: runStamp,
        producer: 0,
        sequence: partition * 1_000 + firstOffset + index,
        dueMicros: 0,
      });
      return true;
    },
    key: () => null,
    value: () => null,
    header: () => [],
  };
}

function aHandler(settings: Partial<HandlingSettings>, takesCommit: (attempt: number) => boolean = () => true) {
  const receipts = new Receipts({
    runStamp,
    window: { fromMicros: 0, toMicros: 1e9 },
    producers: 1,
    keys: 0,
    topics: 1,
    partitionsPerTopic: 2,
  });
  const committed: Position[][] = [];
  let attempts = 0;
  let changed = Promise.withResolvers<void>();
  const all: HandlingSettings = { timeMicros: 0, concurrency: 1, failEvery: 0, commit: { kind: 'each' }, ...settings };
  const handler = new Handler(
    all,
    receipts,
    async positions => {
      if (!takesCommit(attempts++)) throw new Error('The group is being rebalanced.');
      committed.push([...positions]);
      changed.resolve();
      changed = Promise.withResolvers();
    },
    () => undefined,
  );
  return {
    handler,
    receipts,
    committed,
    /** Settles when so many commits were taken. */
    untilCommitted: async (count: number): Promise<void> => {
      while (committed.length < count) await changed.promise;
    },
  };
}

const offsetsOf = (committed: readonly (readonly Position[])[], partition = 0): number[] =>
  committed.flatMap(positions =>
    positions.filter(one => one.partition === partition).map(({ nextOffset }) => nextOffset),
  );

const batchOf = (messages: number): HandlingSettings['commit'] =>
  ({ kind: 'batch', messages, withinMicros: 20_000 }) as HandlingSettings['commit'];

test('commit: each commits after every message', async () => {
  const { handler, committed, untilCommitted } = aHandler({});
  await handler.take(records(0, 100, 5));
  await untilCommitted(5);
  assert.deepEqual(offsetsOf(committed), [101, 102, 103, 104, 105]);
});

test('a batch that failed in part, followed by one that did not, is not skipped after a restart', async () => {
  const { handler, committed, untilCommitted } = aHandler({
    commit: batchOf(10),
    concurrency: 10,
    failEvery: 4,
  });
  void handler.take(records(0, 0, 20));
  await untilCommitted(1);
  // messages 3 and 7 failed in the first batch
  assert.deepEqual(offsetsOf(committed), [3]);
  await untilCommitted(2);
  assert.ok((offsetsOf(committed)[1] ?? 0) > 7);
  const stopped = aHandler({ commit: batchOf(10), concurrency: 10, failEvery: 4 });
  void stopped.handler.take(records(0, 0, 20));
  await stopped.untilCommitted(1);
  stopped.handler.abandon();
  const [begin = 0] = offsetsOf(stopped.committed);
  const next = aHandler({ commit: batchOf(10), concurrency: 10 });
  void next.handler.take(records(0, begin, 20 - begin));
  await next.untilCommitted(2);
  const read = unionOf(next.receipts.byPartition.flatMap(of => of?.ledger.toData() ?? []));
  for (const failed of [3, 7]) assert.ok(read.offsets.has(failed), `message ${failed} was skipped`);
});

test('what failed is handled again until it succeeds, and counted as read once', async () => {
  const { handler, receipts, committed } = aHandler({ commit: batchOf(5), concurrency: 5, failEvery: 2 });
  void handler.take(records(0, 0, 11));
  for (let i = 0; i < 200 && (receipts.nextOffsets[0] as number) < 11; i++) await pause(5);
  await handler.close();
  assert.deepEqual([receipts.consumed, receipts.duplicated, handler.counts.failed], [11, 0, 5]);
  assert.equal(offsetsOf(committed).at(-1), 11);
});

test('a batch that does not fill is handled when it has waited long enough', async () => {
  const { handler, committed, untilCommitted } = aHandler({ commit: batchOf(100), concurrency: 100 });
  await handler.take(records(0, 0, 3));
  await handler.take(records(1, 50, 2));
  await untilCommitted(1);
  assert.deepEqual([offsetsOf(committed, 0), offsetsOf(committed, 1)], [[3], [52]]);
});

test('a commit that was refused is made up for by the next', async () => {
  const { handler, committed, untilCommitted } = aHandler(
    { commit: batchOf(5), concurrency: 5 },
    attempt => attempt > 0,
  );
  void handler.take(records(0, 0, 10));
  await untilCommitted(1);
  assert.deepEqual(offsetsOf(committed), [10]);
  assert.deepEqual(handler.counts, { failed: 0, commits: 1, refusedCommits: 1 });
});

test('no more is handled at once than asked for, and the member is held back meanwhile', async () => {
  const { handler, receipts } = aHandler({
    timeMicros: 20_000,
    concurrency: 3,
    commit: { kind: 'auto', everyMicros: 5e6 } as HandlingSettings['commit'],
  });
  let isHeld = true;
  const held = Promise.resolve(handler.take(records(0, 0, 7))).then(() => (isHeld = false));
  assert.equal(receipts.consumed, 3);
  assert.ok(isHeld);
  await held;
  assert.equal(receipts.consumed, 7);
  assert.equal(receipts.nextOffsets[0], 7);
});

test('partitions that are given up end what is in hand, commit it, and leave the rest to the next owner', async () => {
  const { handler, receipts, committed } = aHandler({ timeMicros: 5_000, concurrency: 2, commit: batchOf(2) });
  void handler.take(records(0, 0, 10));
  void handler.take(records(1, 0, 10));
  await handler.revoke(0, [0]);
  const handled = receipts.nextOffsets[0] as number;
  assert.equal(offsetsOf(committed, 0).at(-1), handled);
  assert.ok(handled < 10);
  for (let i = 0; i < 200 && (receipts.nextOffsets[1] as number) < 10; i++) await pause(5);
  assert.equal(receipts.nextOffsets[1], 10);
  assert.equal(receipts.nextOffsets[0], handled, 'it handled messages of a partition that it had given up');
});

test('a member that is taken to have died handles and commits nothing more', async () => {
  const { handler, receipts, committed } = aHandler({ timeMicros: 10_000, concurrency: 1 });
  void handler.take(records(0, 0, 5));
  handler.abandon();
  await pause(50);
  assert.deepEqual([receipts.consumed, committed.length], [1, 0]);
});

test('a client that goes back to what is committed is followed: what was in hand is begun anew', async () => {
  const { handler, receipts, committed } = aHandler({ timeMicros: 5_000, concurrency: 2, commit: batchOf(4) });
  void handler.take(records(0, 0, 8));
  void handler.take(records(0, 0, 8));
  for (let i = 0; i < 200 && offsetsOf(committed).at(-1) !== 8; i++) await pause(5);
  await handler.close();
  assert.equal(offsetsOf(committed).at(-1), 8);
  assert.ok(receipts.duplicated > 0 && receipts.duplicated <= 8);
  assert.deepEqual(
    offsetsOf(committed),
    offsetsOf(committed).toSorted((a, b) => a - b),
  );
});
