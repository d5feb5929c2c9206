/** The contract of batching: linger, flush, counters, back-pressure, and blocks of any size. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { stampBytes, stampHeader } from '../../../src/support/stamp.ts';
import { aBlock, bodyBytes, content } from './messages.ts';
import { openProducer } from './producer.ts';
import type { Subject } from './subject.ts';

export function specifyBatching(subject: Subject): void {
  test('linger makes fewer and fuller batches, and the counters say what was sent', async () => {
    const ground = await subject.openGround({ partitions: 2 });
    const made: number[] = [];
    for (const lingerMicros of [0, 60_000]) {
      await using producer = await openProducer(subject, ground, { lingerMicros });
      assert.match(String(producer.connection.effective['linger']), new RegExp(`^${lingerMicros} µs`));
      // the first request of each partition waits for the client to connect
      for (const partition of [0, 1]) await producer.send(aBlock(partition, 1, () => ({ partition })));
      await producer.connection.counted?.();
      const { batches } = producer.connection.counters();
      assert.equal(batches, 2);
      for (let ticket = 2; ticket < 62; ticket++) {
        await producer.submitAll(aBlock(ticket, 1, () => ({ partition: ticket % 2 })));
        await pause(2);
      }
      await producer.ledger.untilEnded(62);
      await producer.connection.counted?.();
      const after = producer.connection.counters();
      assert.equal(after.batchedMessages, 62);
      assert.equal(after.batchedBytes, 62 * (stampBytes + bodyBytes));
      assert.equal(after.retriedMessages, 0);
      made.push(after.batches - batches);
    }
    const [eager = 0, lingering = 0] = made;
    assert.ok(lingering >= 2 && lingering <= 12, `${lingering} batches with linger`);
    assert.ok(eager >= 3 * lingering, `${eager} batches without linger`);
  });

  for (const stampIn of ['value', 'header'] as const) {
    test(`the counted bytes are those of keys, values and headers, with the stamp in a ${stampIn}`, async () => {
      const ground = await subject.openGround();
      await using producer = await openProducer(subject, ground, { content: { ...content, stampIn } });
      await producer.send(aBlock(0, 4, ticket => ({ key: ticket % 3, headers: ticket % 2 === 0 ? 0 : -1 })));
      const keys = 1 + 0 + Buffer.byteLength('clé') + 1;
      const headers = 2 * Buffer.byteLength(['source', 'bench', 'trace', 'one', 'trace', 'two'].join(''));
      await producer.connection.counted?.();
      const stamps = 4 * (stampBytes + (stampIn === 'header' ? stampHeader.length : 0));
      assert.equal(producer.connection.counters().batchedBytes, 4 * bodyBytes + keys + headers + stamps);
    });
  }

  test('a full batch does not wait for linger', async () => {
    const ground = await subject.openGround();
    await using producer = await openProducer(subject, ground, { lingerMicros: 60e6, batchSizeBytes: 1_240 });
    assert.equal(producer.connection.effective['batch.size'], 1_240);
    await producer.submitAll(aBlock(0, 25));
    // clients differ in what they count: ten messages fill a batch, or, with what frames them, some eight
    await producer.ledger.untilEnded(16);
    const [sent = 0] = await ground.endOffsets();
    assert.ok(sent <= 24, `${sent} of 25 messages were sent, and so no rest lingers`);
    producer.connection.flush();
    await producer.ledger.untilEnded(25);
  });

  test('a flush sends what lingers', async () => {
    const ground = await subject.openGround({ partitions: 3 });
    await using producer = await openProducer(subject, ground, { lingerMicros: 60e6 });
    await producer.submitAll(aBlock(0, 30, ticket => ({ partition: ticket % 3 })));
    await pause(50);
    assert.equal(producer.ledger.ended, 0);
    assert.equal(producer.connection.counters().batches, 0);
    producer.connection.flush();
    await producer.ledger.untilEnded(30);
    assert.deepEqual(producer.ledger.tally(30), { acknowledged: 30 });
    await producer.connection.counted?.();
    assert.equal(producer.connection.counters().batches, 3);
  });

  test('a queue of requests takes as much as it can send, and says when it takes more', async () => {
    const ground = await subject.openGround();
    const options = { queue: 'requests', batchSizeBytes: 1_240, maxInFlightRequests: 2 } as const;
    await using producer = await openProducer(subject, ground, options);
    const block = aBlock(0, 500);
    let refusals = 0;
    for (let from = 0; from < block.count;) {
      const writable = producer.ledger.untilWritable();
      from += producer.connection.submit(block, from);
      const held = from - producer.ledger.ended;
      assert.ok(held <= 50, `the client holds ${held} messages, which is more than three requests of ten`);
      if (from === block.count) break;
      refusals++;
      await writable;
    }
    await producer.ledger.untilEnded(500);
    assert.deepEqual(producer.ledger.tally(500), { acknowledged: 500 });
    assert.ok(refusals >= 10, `only ${refusals} refusals`);
  });

  test('an unbounded queue takes everything at once', async () => {
    const ground = await subject.openGround();
    await using producer = await openProducer(subject, ground, { batchSizeBytes: 1_240, maxInFlightRequests: 1 });
    await producer.send(aBlock(0, 2_000));
    assert.deepEqual(producer.ledger.tally(2_000), { acknowledged: 2_000 });
  });

  test('a block of 10,000 messages costs no more per message than smaller ones', async () => {
    const ground = await subject.openGround();
    await using producer = await openProducer(subject, ground, { batchSizeBytes: 1e6 });
    const cpuMicrosOf = async (work: () => Promise<void>): Promise<number> => {
      const before = process.threadCpuUsage();
      await work();
      const { user, system } = process.threadCpuUsage(before);
      return user + system;
    };
    let next = 0;
    const send = async (count: number): Promise<void> => {
      await producer.send(aBlock(next, count));
      next += count;
    };
    await send(1_000); // the first ones are compiled
    const small = await cpuMicrosOf(async () => {
      for (let i = 0; i < 20; i++) await send(500);
    });
    const large = await cpuMicrosOf(() => send(10_000));
    // the hundred milliseconds are what else a thread may do; what grows with the square of the block would take several
    assert.ok(large < 2 * small + 100_000, `${large} µs for 10,000 messages at once, ${small} µs for 20 times 500`);
    assert.deepEqual(producer.ledger.tally(next), { acknowledged: next });
  });
}
