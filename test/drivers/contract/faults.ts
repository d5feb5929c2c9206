/** The contract of failures: whatever a broker does, every message ends once, in bounded time, and nothing is left. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { HarnessError } from '../../../src/support/errors.ts';
import type { FragileBroker } from '../fragile-broker.ts';
import type { DepartingOrders } from './departing-process.ts';
import { assertLeavesNothing } from './leftovers.ts';
import { openMember, sequencesOf } from './member.ts';
import { aBlock, upTo } from './messages.ts';
import { openProducer, type TestProducer } from './producer.ts';
import { type Subject, unless } from './subject.ts';

const delivery = 2_000;
/** Clients may look for what is overdue once a second, and then have to tell. */
const lateness = 1_500;
const timeouts = { requestTimeoutMicros: 1e6, deliveryTimeoutMicros: delivery * 1e3 };

/** Attempts that come soon after each other, and do not end before the broker is back. */
const patient = { retries: 40, 'retry.backoff.ms': 100, 'retry.backoff.max.ms': 400 };

/** Submits a message every few milliseconds until told to stop; returns how many. */
async function loadUntil(isOver: () => boolean, producer: TestProducer): Promise<number> {
  let count = 0;
  for (; !isOver(); count += 5) {
    await producer.submitAll(aBlock(count, 5));
    await pause(5);
  }
  return count;
}

/** What a piece of work takes, in milliseconds. */
async function millisOf(work: () => Promise<unknown>): Promise<number> {
  const before = performance.now();
  await work();
  return performance.now() - before;
}

/** The tests come in this order: each finds the broker serving, and leaves it so. */
export function specifyFaults(subject: Subject, brokerOf: () => FragileBroker): void {
  const { capabilities } = subject.driver;

  test('every message of a load during which the broker is killed and started again ends once', async () => {
    const ground = await subject.openGround();
    await using producer = await openProducer(subject, ground, { deliveryTimeoutMicros: 15e6, config: patient });
    let isOver = false;
    const loading = loadUntil(() => isOver, producer);
    await producer.ledger.untilEnded(50);
    await brokerOf().kill();
    await pause(500);
    await brokerOf().restart();
    isOver = true;
    const count = await loading;
    await producer.submitAll(aBlock(count, 100));
    await producer.ledger.untilEnded(count + 100);
    const { acknowledged = 0, failed = 0 } = producer.ledger.tally(count + 100);
    assert.ok(acknowledged >= 150, `${acknowledged} messages were acknowledged before and after`);
    const [end = 0] = await ground.endOffsets();
    const { retriedMessages } = producer.connection.counters();
    // librdkafka does not tell of every message that it sends again when a connection has broken
    const mostAppended = subject.name === 'confluent' ? Infinity : acknowledged + failed + retriedMessages;
    assert.ok(
      acknowledged <= end && end <= mostAppended,
      `${end} were appended, ${acknowledged} acknowledged, ${failed} failed, ${retriedMessages} sent again`,
    );
  });

  test('messages for a broker that does not come back fail, once each, at the delivery time-out', async () => {
    const ground = await subject.openGround();
    const producer = await openProducer(subject, ground, {
      ...timeouts,
      maxInFlightRequests: 2,
      batchSizeBytes: 1_240,
    });
    await producer.send(aBlock(0, 10));
    await brokerOf().kill();
    const waited = await millisOf(async () => {
      await producer.submitAll(aBlock(10, 500));
      await producer.ledger.untilEnded(510);
    });
    assert.ok(waited < delivery + lateness, `the last message ended after ${waited} ms`);
    assert.deepEqual(producer.ledger.tally(510), { acknowledged: 10, failed: 500 });
    const closed = await millisOf(async () => producer[Symbol.asyncDispose]());
    assert.ok(closed < 5_000, `closing took ${closed} ms`);
    assert.equal(producer.ledger.ended, 510);
    await brokerOf().restart();
  });

  test('opening where no broker is fails within a bound, says where, and leaves nothing', async () => {
    const ground = { ...(await subject.openGround()), brokers: ['127.0.0.1:1'] };
    const config = { retries: 1 };
    for (const open of [
      () => openProducer(subject, ground, { config }),
      () => openMember(subject, ground, { config }),
    ]) {
      const opening = (): Promise<void> =>
        assert.rejects(open(), (error: unknown) => {
          assert.ok(error instanceof HarnessError && error.reason === 'environment');
          assert.match(error.message, /127\.0\.0\.1:1/);
          assert.match(error.hint ?? '', /broker/);
          return true;
        });
      const waited = await millisOf(() => assertLeavesNothing(opening));
      assert.ok(waited < 10_000, `failing took ${waited} ms`);
    }
  });

  test('messages for a broker that holds its answers back fail at the delivery time-out, and not again when it goes on', async () => {
    const ground = await subject.openGround();
    const options = { ...timeouts, requestTimeoutMicros: 20e6 };
    await using producer = await openProducer(subject, ground, options);
    await producer.send(aBlock(0, 10));
    await brokerOf().pause();
    try {
      const waited = await millisOf(async () => {
        await producer.submitAll(aBlock(10, 10));
        await producer.ledger.untilEnded(20);
      });
      assert.ok(waited >= delivery && waited < delivery + lateness, `the last message ended after ${waited} ms`);
    } finally {
      await brokerOf().goOn();
    }
    await producer.send(aBlock(20, 10));
    assert.deepEqual(producer.ledger.tally(30), { acknowledged: 20, failed: 10 });
  });

  test('closing does not wait for a broker that holds its answers back', async () => {
    const ground = await subject.openGround();
    const producer = await openProducer(subject, ground);
    const member = await openMember(subject, ground);
    await member.connection.ready;
    await producer.send(aBlock(0, 10));
    let { runs } = producer.ledger;
    await brokerOf().pause();
    try {
      await producer.submitAll(aBlock(10, 10));
      const closed = await millisOf(() => Promise.all([producer, member].map(party => party[Symbol.asyncDispose]())));
      assert.ok(closed < 5_000, `closing took ${closed} ms`);
      ({ runs } = producer.ledger);
    } finally {
      await brokerOf().goOn();
    }
    await using other = await openProducer(subject, ground, { config: patient });
    await other.send(aBlock(0, 10));
    assert.equal(producer.ledger.runs, runs, 'something was told once it was closed');
    assert.ok(producer.ledger.outcomes.every(({ length }) => length === 1));
  });

  test('a member goes on when its broker was killed and started again', async () => {
    const ground = await subject.openGround();
    // the broker waits so long for the member that it knew before
    await using member = await openMember(subject, ground, { config: { ...patient, 'session.timeout.ms': 6_000 } });
    await using producer = await openProducer(subject, ground, { config: patient });
    await producer.send(aBlock(0, 100));
    await member.until(() => member.received.length >= 100);
    await brokerOf().kill();
    await brokerOf().restart();
    await producer.submitAll(aBlock(100, 100));
    await member.until(() => new Set(sequencesOf(member)).size >= 200);
    assert.deepEqual([...new Set(sequencesOf(member))], upTo(200));
    assert.deepEqual(member.failures, []);
  });

  test(
    'what has departed with acks 0 reaches the broker though the client ends at once',
    { skip: unless(capabilities.acks.includes(0), 'has no acks 0') },
    async () => {
      const ground = await subject.openGround();
      const orders: DepartingOrders = { driver: subject.name, brokers: ground.brokers, topics: ground.topics };
      const program = fileURLToPath(new URL('./departing-process.ts', import.meta.url));
      const child = spawn(process.execPath, [program, JSON.stringify(orders)], { stdio: ['pipe', 'pipe', 'inherit'] });
      const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
      assert.equal((await lines.next()).value, 'ready');
      await brokerOf().pause();
      let departed = 0;
      try {
        child.stdin.end('go\n');
        departed = Number((await lines.next()).value);
        await once(child, 'exit');
      } finally {
        await brokerOf().goOn();
      }
      assert.ok(departed > 0 && departed < 20_000, `${departed} messages departed`);
      const deadline = performance.now() + 10_000;
      while ((await ground.endOffsets())[0] !== departed && performance.now() < deadline) await pause(50);
      const [end = 0] = await ground.endOffsets();
      assert.ok(end >= departed, `${departed} messages departed, ${end} arrived`);
    },
  );
}
