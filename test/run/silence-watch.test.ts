/** What a producer's outcomes tell of silence in its partitions, whatever the order in which its client tells of them. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gapsOf } from '../../src/measure/gaps.ts';
import { SilenceRecorder } from '../../src/measure/silences.ts';
import { AcknowledgedAt } from '../../src/run/acknowledged-at.ts';
import { Outcomes } from '../../src/run/outcomes.ts';

const partitions = 2;

/** Outcomes of a producer that is given so many messages, due 10 ms apart from 0 on, for its partitions in turn. */
function withMessages(count: number) {
  const silences = new SilenceRecorder({ partitions, isAlone: true });
  const outcomes = new Outcomes({
    window: { fromMicros: 0, toMicros: 1e9 },
    deliveryTimeoutMicros: 120e6,
    partitions,
    producer: 0,
    acknowledgedAt: new AcknowledgedAt(partitions),
    silences,
    bytesOf: () => 1,
  });
  for (let i = 0; i < count; i++) {
    outcomes.tickets.issue(i * 10_000);
    outcomes.placed(i % partitions);
  }
  const acknowledge = (ticket: number, atMicros: number): void =>
    outcomes.acknowledged(ticket, 1, atMicros, ticket % partitions, -1);
  const gaps = (endMicros: number) => gapsOf([silences.toData()], endMicros);
  return { outcomes, acknowledge, gaps };
}

test('a gap begins with the first message that waited, also where a later one is acknowledged first', () => {
  const { acknowledge, gaps } = withMessages(6);
  acknowledge(0, 1_000);
  acknowledge(1, 11_000);
  acknowledge(3, 32_000);
  acknowledge(4, 900_000);
  acknowledge(2, 900_500);
  acknowledge(5, 60_000);
  assert.deepEqual(gaps(1e6), [{ partition: 0, fromMicros: 20_000, toMicros: 900_000, isOver: true }]);
});

test('messages that fail, and those without any outcome in the end, leave a gap open in their own partition', () => {
  const { outcomes, acknowledge, gaps } = withMessages(6);
  acknowledge(0, 1_000);
  acknowledge(1, 11_000);
  outcomes.failed(2, 1, 500_000);
  acknowledge(3, 31_000);
  outcomes.failed(4, 1, 500_000);
  outcomes.giveUp(6);
  assert.deepEqual(gaps(1e6), [
    { partition: 0, fromMicros: 20_000, toMicros: 1e6, isOver: false },
    { partition: 1, fromMicros: 50_000, toMicros: 1e6, isOver: false },
  ]);
});

test('partitions are remembered while the ring of messages on their way grows', () => {
  const count = 3 * 2 ** 14;
  const { outcomes, acknowledge, gaps } = withMessages(count);
  for (let ticket = 0; ticket < count; ticket += 2) acknowledge(ticket, ticket * 10_000 + 1_000);
  outcomes.giveUp(count);
  const endMicros = count * 10_000;
  assert.deepEqual(gaps(endMicros), [{ partition: 1, fromMicros: 10_000, toMicros: endMicros, isOver: false }]);
});
