/** The contract of outcomes: each ticket ends exactly once, and what is said of it is true of the log. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { aBlock, content, overwrite, upTo } from './messages.ts';
import { openProducer } from './producer.ts';
import { type Subject, unless } from './subject.ts';

export function specifyOutcomes(subject: Subject): void {
  const { capabilities } = subject.driver;

  test('every message of a block ends exactly once, and is told of in runs', async () => {
    const ground = await subject.openGround({ partitions: 3 });
    // a client that lingers has whole batches to tell of, however slow the machine
    await using producer = await openProducer(subject, ground, { lingerMicros: 20_000 });
    // whole blocks of tickets per partition: what is told of 900 messages then takes a few calls
    await producer.send(aBlock(0, 900, ticket => ({ partition: Math.floor(ticket / 300) })));
    assert.deepEqual(producer.ledger.tally(900), { acknowledged: 900 });
    assert.deepEqual(await ground.endOffsets(), [300, 300, 300]);
    assert.ok(producer.ledger.runs <= 90, `${producer.ledger.runs} calls for 900 messages`);
  });

  for (const acks of [1, 'all'] as const) {
    test(`with acks ${acks} all messages are acknowledged`, async () => {
      const ground = await subject.openGround();
      await using producer = await openProducer(subject, ground, { acks });
      await producer.send(aBlock(0, 50));
      assert.deepEqual(producer.ledger.tally(50), { acknowledged: 50 });
      assert.equal(producer.connection.effective['acks'], acks);
      assert.deepEqual(await ground.endOffsets(), [50]);
    });
  }

  test(
    'with acks 0 all messages depart, none is acknowledged, and the end offsets count them once the producer is closed',
    { skip: unless(capabilities.acks.includes(0), 'has no acks 0') },
    async () => {
      const ground = await subject.openGround({ partitions: 2 });
      await using producer = await openProducer(subject, ground, { acks: 0 });
      await producer.send(aBlock(0, 10_000, ticket => ({ partition: ticket % 2 })));
      await producer.connection[Symbol.asyncDispose]();
      assert.deepEqual(producer.ledger.tally(10_000), { departed: 10_000 });
      assert.deepEqual(await ground.endOffsets(), [5_000, 5_000]);
    },
  );

  test('an acknowledged message is read at its partition and offset', async () => {
    const ground = await subject.openGround({ topics: 2, partitions: 3 });
    await using producer = await openProducer(subject, ground, { lingerMicros: 1_000, batchSizeBytes: 1_000 });
    for (let first = 0; first < 600; first += 30) {
      await producer.submitAll(aBlock(first, 30, ticket => ({ topic: ticket % 2, partition: ticket % 3 })));
    }
    await producer.ledger.untilEnded(600);
    for (const topic of [0, 1]) {
      const stored = await ground.readBack(topic);
      assert.equal(stored.length, 300);
      for (const { sequence, partition, offset } of stored) {
        const told = producer.ledger.of(sequence);
        assert.deepEqual([sequence % 2, told.partition, told.offset], [topic, partition, offset]);
      }
    }
  });

  test('messages of a partition keep their order from the first one on, with several requests in flight', async () => {
    const ground = await subject.openGround({ partitions: 2 });
    await using producer = await openProducer(subject, ground, { batchSizeBytes: 500, maxInFlightRequests: 5 });
    for (let first = 0; first < 1_000; first += 10) {
      await producer.submitAll(aBlock(first, 10, ticket => ({ partition: ticket % 2 })));
      await nextTurn();
    }
    await producer.ledger.untilEnded(1_000);
    const stored = await ground.readBack();
    assert.deepEqual(
      stored.map(({ partition, sequence }) => [partition, sequence]),
      [0, 1].flatMap(partition => upTo(500).map(i => [partition, 2 * i + partition])),
    );
  });

  for (const stampIn of ['value', 'header'] as const) {
    test(`the host may write its memory again as soon as a block was submitted, with the stamp in a ${stampIn}`, async () => {
      const ground = await subject.openGround({ partitions: 2 });
      const options = { lingerMicros: 5_000, content: { ...content, stampIn } };
      await using producer = await openProducer(subject, ground, options);
      const block = aBlock(0, 40, ticket => ({ partition: ticket % 2 }));
      assert.equal(producer.connection.submit(block, 0), 40);
      overwrite(block);
      await producer.ledger.untilEnded(40);
      const stored = await ground.readBack();
      assert.deepEqual(
        stored.map(({ partition, sequence }) => [partition, sequence]),
        [0, 1].flatMap(partition => upTo(20).map(i => [partition, 2 * i + partition])),
      );
    });
  }

  test('a block is taken up where the last submit ended', async () => {
    const ground = await subject.openGround();
    await using producer = await openProducer(subject, ground);
    assert.equal(producer.connection.submit(aBlock(0, 10), 4), 6);
    await producer.ledger.untilEnded(6);
    assert.deepEqual(
      (await ground.readBack()).map(({ sequence }) => sequence),
      [4, 5, 6, 7, 8, 9],
    );
  });

  test(
    'every one of many idempotent sends gets an offset of its own',
    { skip: unless(capabilities.idempotence !== 'none', 'has no idempotent producer') },
    async () => {
      const ground = await subject.openGround({ partitions: 2 });
      await using producer = await openProducer(subject, ground, { idempotence: true, batchSizeBytes: 100 });
      assert.equal(producer.connection.effective['enable.idempotence'], true);
      for (let ticket = 0; ticket < 100; ticket++) {
        await producer.submitAll(aBlock(ticket, 1, () => ({ partition: ticket % 2 })));
      }
      await producer.ledger.untilEnded(100);
      assert.deepEqual(producer.ledger.tally(100), { acknowledged: 100 });
      const places = upTo(100).map(ticket => {
        const { partition, offset } = producer.ledger.of(ticket);
        return `${partition}-${offset}`;
      });
      assert.equal(new Set(places).size, 100);
      assert.deepEqual(await ground.endOffsets(), [50, 50]);
    },
  );
}
