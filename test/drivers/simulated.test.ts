/** Holds the simulated broker to its answers in real time. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import type { ProducerConnection } from '../../src/drivers/driver.ts';
import { driver } from '../../src/drivers/simulated.ts';
import { nowMicros } from '../../src/support/clock.ts';
import { aBlock, aBroker, openTestConsumer, openTestProducer } from './simulated/connections.ts';
import type { ProducingThreadData, ProducingThreadReport } from './simulated/producing-thread.ts';

/** Submits a message at each multiple of a millisecond; returns the instants between which each was submitted. */
async function submitEveryMilli(connection: ProducerConnection, count: number) {
  const startMicros = nowMicros() + 1_000;
  const times: { readonly fromMicros: number; readonly toMicros: number }[] = [];
  for (let ticket = 0; ticket < count; ticket++) {
    const block = aBlock(ticket, 1);
    while (nowMicros() < startMicros + ticket * 1_000) await nextTurn();
    const fromMicros = nowMicros();
    assert.equal(connection.submit(block, 0), 1);
    times.push({ fromMicros, toMicros: nowMicros() });
  }
  return times;
}

/** None is early, and some are late by less than 2 ms: how many depends on what else the machine does. */
function assertOnTime(lateness: readonly number[]): void {
  assert.ok(Math.min(...lateness) >= 0, 'an acknowledgement is early');
  assert.ok(Math.min(...lateness) < 2_000, `every acknowledgement is late by ${Math.min(...lateness)} µs or more`);
}

test('a batch is acknowledged when its first message has lingered, with what came before that instant (known answer K12)', async () => {
  const { handle } = aBroker();
  const { connection, acknowledged, heardOf } = await openTestProducer(handle, { lingerMicros: 10_000 });
  const times = await submitEveryMilli(connection, 200);
  await heardOf(200);
  await connection[Symbol.asyncDispose]();
  const lateness: number[] = [];
  let closesMicros = { earliest: 0, latest: 0 };
  for (const [i, { ticket, atMicros }] of acknowledged.entries()) {
    assert.equal(ticket, i);
    const { fromMicros, toMicros } = times[ticket] as (typeof times)[number];
    // two batches are acknowledged at once where the thread had to wait for its core
    if (acknowledged[i - 1]?.atMicros === atMicros && fromMicros < closesMicros.latest) continue;
    assert.ok(toMicros >= closesMicros.earliest, `message ${ticket} belongs to the batch before`);
    closesMicros = { earliest: fromMicros + 10_000, latest: toMicros + 10_000 };
    lateness.push(atMicros - closesMicros.earliest);
  }
  assertOnTime(lateness);
  const counters = connection.counters();
  assert.deepEqual([counters.batches, counters.batchedMessages], [lateness.length, 200]);
});

test('one server takes messages one after the other, and acknowledges in their order', async () => {
  const broker = aBroker({ serviceTime: { kind: 'fixed', micros: 2_000 } });
  const { connection, acknowledged, heardOf } = await openTestProducer(broker.handle);
  const submittedMicros = nowMicros();
  connection.submit(aBlock(0, 10), 0);
  await heardOf(10);
  await connection[Symbol.asyncDispose]();
  assert.deepEqual(
    acknowledged.map(({ ticket, offset }) => [ticket, offset]),
    Array.from({ length: 10 }, (_, i) => [i, i]),
  );
  const lateness = acknowledged.map(({ atMicros }, i) => atMicros - submittedMicros - (i + 1) * 2_000);
  assertOnTime(lateness);
  assert.deepEqual(broker.endOffsets(), [10]);
});

test('a freeze holds back what would start in it', async () => {
  const broker = aBroker({ servers: 'unlimited', freeze: [{ atMicros: 0, forMicros: 30_000 }] });
  const { connection, acknowledged, heardOf } = await openTestProducer(broker.handle);
  const windowMicros = nowMicros();
  broker.windowBeginsAt(windowMicros, windowMicros, 1e6);
  connection.submit(aBlock(0, 5), 0);
  await heardOf(5);
  await connection[Symbol.asyncDispose]();
  assert.ok(acknowledged.every(({ atMicros }) => atMicros >= windowMicros + 30_000));
});

test('two producers in two threads share the one server', async () => {
  const count = 20;
  const { handle } = aBroker({ serviceTime: { kind: 'fixed', micros: 2_000 } });
  const reports = await Promise.all(
    [0, 1].map(async producer => {
      const workerData: ProducingThreadData = { handle, producer, count };
      const thread = new Worker(new URL('./simulated/producing-thread.ts', import.meta.url), { workerData });
      const [report] = (await once(thread, 'message')) as [ProducingThreadReport];
      return report;
    }),
  );
  const beganMicros = Math.min(...reports.map(({ submittedMicros }) => submittedMicros));
  const ends = reports.flatMap(({ acknowledgedMicros }) => acknowledgedMicros).toSorted((a, b) => a - b);
  assert.equal(ends.length, 2 * count);
  ends.forEach((end, i) => assert.ok(end >= beganMicros + (i + 1) * 2_000, `message ${i} was served too soon`));
});

test('a full buffer takes no more until something is acknowledged', async () => {
  const { handle } = aBroker({ serviceTime: { kind: 'fixed', micros: 1_000 }, buffer: 10 });
  const { connection, acknowledged, heardOf, writable } = await openTestProducer(handle);
  const block = aBlock(0, 25);
  const taken = [];
  for (let from = 0; from < block.count;) {
    const now = connection.submit(block, from);
    taken.push(now);
    from += now;
    assert.ok(from - acknowledged.length <= 10);
    if (from < block.count) await writable();
  }
  await heardOf(25);
  await connection[Symbol.asyncDispose]();
  assert.equal(taken[0], 10);
});

test('what is never answered holds its place in the buffer until the delivery time-out', async () => {
  const { handle } = aBroker({ unanswered: 1, buffer: 10 });
  const { connection, acknowledged, writable } = await openTestProducer(handle, { deliveryTimeoutMicros: 20_000 });
  const submittedMicros = nowMicros();
  assert.equal(connection.submit(aBlock(0, 20), 0), 10);
  await writable();
  assert.ok(nowMicros() >= submittedMicros + 20_000);
  assert.equal(connection.submit(aBlock(0, 20), 10), 10);
  await connection[Symbol.asyncDispose]();
  assert.deepEqual(acknowledged, []);
});

const queues = [
  { name: 'as many messages as fill the requests in flight', batchSizeBytes: 1_240, inFlight: 3, taken: 30 },
  { name: 'one message at least', batchSizeBytes: 100, inFlight: 1, taken: 1 },
];
for (const { name, batchSizeBytes, inFlight, taken } of queues) {
  test(`a queue of requests takes ${name}`, async () => {
    const { handle } = aBroker({ serviceTime: { kind: 'fixed', micros: 1e6 } });
    const options = { queue: 'requests', batchSizeBytes, maxInFlightRequests: inFlight } as const;
    const { connection } = await openTestProducer(handle, options);
    assert.equal(connection.submit(aBlock(0, 100), 0), taken);
    await connection[Symbol.asyncDispose]();
  });
}

test('with acks 0 messages depart at once, are never acknowledged, and all reach consumers', async () => {
  const { handle } = aBroker({ serviceTime: { kind: 'fixed', micros: 500 } });
  const { connection, acknowledged, departed, heardOf } = await openTestProducer(handle, { acks: 0 });
  connection.submit(aBlock(0, 20), 0);
  await heardOf(20);
  await connection[Symbol.asyncDispose]();
  const consumer = await openTestConsumer(handle);
  await consumer.receivedOf(20);
  await consumer.connection[Symbol.asyncDispose]();
  assert.deepEqual(acknowledged, []);
  assert.deepEqual(
    departed,
    Array.from({ length: 20 }, (_, i) => i),
  );
});

test("a group's members share the partitions, and every group reads everything from its start on", async () => {
  const broker = aBroker({}, { topics: 2, partitionsPerTopic: 3 });
  const producer = await openTestProducer(broker.handle);
  const members = await Promise.all(
    [0, 1].map(member => openTestConsumer(broker.handle, { groupId: 'a', member, members: 2 })),
  );
  producer.connection.submit(aBlock(0, 6, { partitions: 3 }), 0);
  await producer.heardOf(6);
  const late = await openTestConsumer(broker.handle, { groupId: 'b', start: 'latest' });
  await late.connection.ready;
  producer.connection.submit(aBlock(6, 3, { partitions: 3 }), 0);
  await Promise.all([members[0]?.receivedOf(6), members[1]?.receivedOf(3), late.receivedOf(3)]);
  for (const { connection } of [...members, late, producer]) await connection[Symbol.asyncDispose]();

  assert.deepEqual(
    members.map(({ assigned }) => [...assigned]),
    [
      [
        [0, [0, 2]],
        [1, [1]],
      ],
      [
        [0, [1]],
        [1, [0, 2]],
      ],
    ],
  );
  const sequencesOf = ({ received }: (typeof members)[number]) =>
    received.map(({ sequence }) => sequence).toSorted((x, y) => x - y);
  assert.deepEqual(members.map(sequencesOf), [
    [0, 2, 3, 5, 6, 8],
    [1, 4, 7],
  ]);
  assert.deepEqual(sequencesOf(late), [6, 7, 8]);
});

test('stamps reach consumers unchanged, however many are in flight at once', async () => {
  const count = 20_000;
  const { handle } = aBroker({ serviceTime: { kind: 'exponential', micros: 2_000 }, servers: 'unlimited' });
  const producer = await openTestProducer(handle, { producer: 3 });
  const consumer = await openTestConsumer(handle);
  producer.connection.submit(aBlock(0, count / 2, { producer: 3 }), 0);
  await producer.heardOf(100);
  producer.connection.submit(aBlock(count / 2, count / 2, { producer: 3 }), 0);
  await consumer.receivedOf(count);
  for (const { connection } of [producer, consumer]) await connection[Symbol.asyncDispose]();
  const offsets = consumer.received.map(({ offset }) => offset);
  assert.deepEqual(
    offsets,
    offsets.map((_, i) => i),
  );
  // a later message may end its service first, and is still read after those before it
  consumer.received.forEach(({ sequence, dueMicros, producer: from }, i) =>
    assert.deepEqual([sequence, dueMicros, from], [i, i, 3]),
  );
  // each offset that was told is that of the message; none is where one before it is still being served
  const told = producer.acknowledged.filter(({ offset }) => offset >= 0);
  assert.ok(told.length > 0);
  for (const { ticket, offset } of told) assert.equal(consumer.received[offset]?.sequence, ticket);
});

test("the generator's stall blocks the thread until its last producer is closed", async () => {
  const { handle } = aBroker({ generatorStall: { everyMicros: 40_000, forMicros: 15_000 } });
  const [first, second] = [await openTestProducer(handle), await openTestProducer(handle, { producer: 1 })];
  const windowMicros = nowMicros();
  for (const { connection } of [first, second]) connection.windowBeginsAt?.(windowMicros);
  /** Turns of the event loop in the 15 ms after the k-th multiple of 40 ms, but for the first 5: a timer may be late. */
  const turnsDuring = async (k: number): Promise<number> => {
    const beginMicros = windowMicros + k * 40_000;
    let turns = 0;
    for (let now = nowMicros(); now < beginMicros + 15_000; now = nowMicros()) {
      if (now >= beginMicros + 5_000) turns++;
      await nextTurn();
    }
    return turns;
  };
  // a thread that had to wait for its core may turn before it notices that it is to be blocked
  assert.ok((await turnsDuring(1)) <= 2);
  await first.connection[Symbol.asyncDispose]();
  assert.ok((await turnsDuring(2)) <= 2);
  await second.connection[Symbol.asyncDispose]();
  let k = 3;
  while ((await turnsDuring(k)) <= 2) assert.ok(++k < 20, 'the thread is still blocked');
});

test('a driver without a simulated broker, and freezes that never end, are refused', async () => {
  await assert.rejects(openTestProducer(undefined), { reason: 'usage', hint: /simulatedBroker/ });
  await assert.rejects(openTestConsumer({}), { reason: 'usage' });
  const freeze = [
    { atMicros: 0, forMicros: 10, everyMicros: 20 },
    { atMicros: 10, forMicros: 10, everyMicros: 20 },
  ];
  assert.throws(() => aBroker({ freeze }), { reason: 'usage', message: /never end/ });
  assert.equal(await driver.clientVersion(), 'simulated');
});
