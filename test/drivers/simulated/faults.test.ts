/** Holds the faults that the simulated broker injects to their counts. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { SimulatedBroker } from '../../../src/drivers/simulated.ts';
import { nowMicros } from '../../../src/support/clock.ts';
import { aBlock, aBroker, openTestConsumer, openTestProducer } from './connections.ts';

/** Every message is due in the window. */
function everythingIsMeasured(broker: SimulatedBroker): void {
  const now = nowMicros();
  broker.windowBeginsAt(now, now, 1e12);
}

test('consumers see exactly the faults that are reported as injected', async () => {
  const count = 5_000;
  const shares = { unanswered: 0.02, lose: 0.03, duplicate: 0.04, reorder: 0.05 };
  const broker = aBroker(shares, { partitionsPerTopic: 3 });
  everythingIsMeasured(broker);
  const producer = await openTestProducer(broker.handle);
  for (let ticket = 0; ticket < count; ticket += 100) {
    producer.connection.submit(aBlock(ticket, 100, { partitions: 3 }), 0);
  }
  const { unanswered } = broker.injected();
  await producer.heardOf(count - unanswered);
  await producer.connection[Symbol.asyncDispose]();

  const injected = broker.injected();
  const consumer = await openTestConsumer(broker.handle);
  await consumer.receivedOf(count - unanswered - injected.lost + injected.duplicated);
  await consumer.connection[Symbol.asyncDispose]();

  const seen = new Set<number>();
  const highest = [-1, -1, -1];
  let reordered = 0;
  for (const { partition, sequence } of consumer.received) {
    const before = highest[partition] as number;
    if (!seen.has(sequence) && sequence < before) reordered++;
    highest[partition] = Math.max(before, sequence);
    seen.add(sequence);
  }
  assert.equal(producer.acknowledged.length, count - unanswered);
  assert.equal(producer.acknowledged.filter(({ ticket }) => !seen.has(ticket)).length, injected.lost);
  assert.equal(consumer.received.length - seen.size, injected.duplicated);
  assert.equal(reordered, injected.reordered);
  const appended = broker.endOffsets().reduce((sum, offset) => sum + offset, 0);
  assert.equal(appended, count - unanswered + injected.duplicated);
  // wide: what is lost or held back hides a few of the other faults
  for (const [kind, share] of [
    ['unanswered', shares.unanswered],
    ['lost', shares.lose],
    ['duplicated', shares.duplicate],
    ['reordered', shares.reorder],
  ] as const) {
    assert.ok(Math.abs(injected[kind] - share * count) < 0.3 * share * count + 30, `${kind}: ${injected[kind]}`);
  }
});

test('which messages are hit follows from the seed', async () => {
  const unansweredWith = async (seed: number): Promise<Set<number>> => {
    const broker = aBroker({ unanswered: 0.1 }, { seed });
    everythingIsMeasured(broker);
    const { connection, acknowledged, heardOf } = await openTestProducer(broker.handle);
    connection.submit(aBlock(0, 500), 0);
    await heardOf(500 - broker.injected().unanswered);
    await connection[Symbol.asyncDispose]();
    return new Set(acknowledged.map(({ ticket }) => ticket));
  };
  assert.deepEqual(await unansweredWith(1), await unansweredWith(1));
  assert.notDeepEqual(await unansweredWith(1), await unansweredWith(2));
});

test('only messages due in the measured window count as injected', async () => {
  const broker = aBroker({ lose: 1 });
  const startMicros = nowMicros();
  broker.windowBeginsAt(startMicros + 20, startMicros, 30);
  const { connection, heardOf } = await openTestProducer(broker.handle);
  connection.submit(aBlock(0, 100), 0);
  await heardOf(100);
  await connection[Symbol.asyncDispose]();
  assert.equal(broker.injected().lost, 30);
  assert.deepEqual(broker.endOffsets(), [100]);
});

test('a message to be reordered that nothing follows is appended at the flush, and not counted', async () => {
  const broker = aBroker({ reorder: 1 });
  everythingIsMeasured(broker);
  const { connection, acknowledged, heardOf } = await openTestProducer(broker.handle);
  connection.submit(aBlock(0, 3), 0);
  await heardOf(3);
  assert.deepEqual(
    acknowledged.map(({ offset }) => offset),
    [-1, 0, -1],
  );
  assert.deepEqual(broker.endOffsets(), [2]);
  connection.flush();
  assert.deepEqual(broker.endOffsets(), [3]);
  assert.equal(broker.injected().reordered, 1);
  const consumer = await openTestConsumer(broker.handle);
  await consumer.receivedOf(3);
  await consumer.connection[Symbol.asyncDispose]();
  await connection[Symbol.asyncDispose]();
  assert.deepEqual(
    consumer.received.map(({ sequence, offset }) => [sequence, offset]),
    [
      [1, 0],
      [0, 1],
      [2, 2],
    ],
  );
});
