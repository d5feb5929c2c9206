/** The contract of opening and closing: what fails to open and what is closed leaves nothing behind. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { assertLeavesNothing } from './leftovers.ts';
import { autoCommit, openMember } from './member.ts';
import { aBlock } from './messages.ts';
import { openProducer } from './producer.ts';
import { lacking, type Subject, unless } from './subject.ts';

export function specifyClosing(subject: Subject): void {
  const { capabilities } = subject.driver;
  const isReal = unless(subject.name !== 'simulated', 'has no topics to be missed');

  for (const acks of capabilities.acks) {
    test(`a producer with acks ${acks} that is closed leaves no socket and no timer, though it was lingering`, async () => {
      const ground = await subject.openGround();
      await assertLeavesNothing(async () => {
        const producer = await openProducer(subject, ground, { acks, lingerMicros: 1_000 });
        await producer.send(aBlock(0, 10));
        await producer.submitAll(aBlock(10, 10));
        await producer[Symbol.asyncDispose]();
      });
    });
  }

  test('nothing is told of any message once a producer is closed', async () => {
    const ground = await subject.openGround();
    const producer = await openProducer(subject, ground, { lingerMicros: 20_000, batchSizeBytes: 500 });
    await producer.submitAll(aBlock(0, 1_000));
    await producer[Symbol.asyncDispose]();
    const { runs, outcomes } = producer.ledger;
    await pause(100);
    assert.equal(producer.ledger.runs, runs);
    assert.ok(outcomes.every(({ length }) => length === 1));
  });

  test('a member that is closed leaves no socket and no timer', async () => {
    const ground = await subject.openGround();
    await assertLeavesNothing(async () => {
      const member = await openMember(subject, ground);
      await member.connection.ready;
      await member[Symbol.asyncDispose]();
    });
  });

  test(
    'opening for a topic that does not exist fails, names it, and leaves nothing behind',
    { skip: isReal },
    async () => {
      const ground = { ...(await subject.openGround()), topics: ['contract-missing'] };
      await assertLeavesNothing(async () => {
        await assert.rejects(openProducer(subject, ground), /contract-missing/);
        await assert.rejects(openMember(subject, ground), /contract-missing/);
      });
    },
  );

  test('a message for a partition that does not exist fails', { skip: isReal }, async () => {
    const ground = await subject.openGround({ partitions: 2 });
    await using producer = await openProducer(subject, ground);
    await producer.send(aBlock(0, 3, ticket => ({ partition: ticket })));
    assert.deepEqual(
      [0, 1, 2].map(ticket => producer.ledger.of(ticket).kind),
      ['acknowledged', 'acknowledged', 'failed'],
    );
    assert.deepEqual(await ground.endOffsets(), [1, 1]);
  });

  test(
    'the effective settings name what was asked for under Kafka’s names',
    { skip: lacking(subject, 'content') },
    async () => {
      const ground = await subject.openGround();
      const asked = { retries: 3, 'metadata.max.age.ms': 60_000 };
      await using producer = await openProducer(subject, ground, {
        acks: 1,
        batchSizeBytes: 5_000,
        maxInFlightRequests: 3,
        requestTimeoutMicros: 7e6,
        deliveryTimeoutMicros: 9e6,
        config: asked,
      });
      const expected = {
        ...asked,
        acks: 1,
        'batch.size': 5_000,
        'compression.type': 'none',
        'delivery.timeout.ms': 9_000,
        'enable.idempotence': false,
        'max.in.flight.requests.per.connection': 3,
        'request.timeout.ms': 7_000,
      };
      const { effective } = producer.connection;
      assert.deepEqual(Object.fromEntries(Object.keys(expected).map(name => [name, effective[name]])), expected);
    },
  );

  test(
    'the effective settings of a member name what was asked for, and Java’s defaults',
    { skip: lacking(subject, 'commits') },
    async () => {
      const ground = await subject.openGround();
      const asked = { 'session.timeout.ms': 12_000, 'fetch.min.bytes': 2, 'isolation.level': 'read_committed' };
      const expected = { 'auto.offset.reset': 'latest', 'auto.commit.interval.ms': 1_500, 'group.protocol': 'classic' };
      await using member = await openMember(subject, ground, {
        start: 'latest',
        commit: autoCommit(1.5e6),
        config: asked,
      });
      await using other = await openMember(subject, ground);
      const settingsOf = ({ connection: { effective } }: typeof member, names: readonly string[]) =>
        Object.fromEntries(names.map(name => [name, effective[name]]));
      assert.deepEqual(settingsOf(member, Object.keys({ ...expected, ...asked })), { ...expected, ...asked });
      const defaults = { 'fetch.max.wait.ms': 100, 'fetch.min.bytes': 1, 'isolation.level': 'read_uncommitted' };
      assert.deepEqual(settingsOf(other, Object.keys(defaults)), defaults);
    },
  );
}
