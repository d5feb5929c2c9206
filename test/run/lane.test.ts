import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { MessageBlock, ProducerConnection } from '../../src/drivers/driver.ts';
import { mergeHistograms } from '../../src/measure/histogram.ts';
import { AcknowledgedAt } from '../../src/run/acknowledged-at.ts';
import { Lane } from '../../src/run/lane.ts';
import type { LaneLoad } from '../../src/run/lane-settings.ts';
import { Outcomes } from '../../src/run/outcomes.ts';
import { manualClock } from '../../src/support/clock.ts';
import { originCode } from '../../src/support/origin.ts';
import { emptyStamp, readStamp } from '../../src/support/stamp.ts';

const window = { fromMicros: 0, toMicros: 1_000_000 };
const deliveryTimeoutMicros = 5_000_000;
/** The common start on the clock of these tests. */
const startMicros = 1_000_000_000;

/** A lane over one topic with two partitions whose client takes as many messages as the test says. */
function aLane(load: LaneLoad, { mode = 'async', mostOutstanding = 1_000_000, room = Infinity } = {}) {
  const clock = manualClock(startMicros);
  const outcomes = new Outcomes({
    window,
    deliveryTimeoutMicros,
    partitions: 2,
    producer: 3,
    acknowledgedAt: new AcknowledgedAt(2),
    bytesOf: () => 100,
  });
  const lane = new Lane(
    {
      producer: 3,
      runStamp: 77,
      origins: originCode(4),
      load,
      window,
      deliveryTimeoutMicros,
      mode: mode as 'sync' | 'async',
      mostOutstanding,
      content: {
        bodyOffsets: Int32Array.of(0, 76),
        bodyLengths: Int32Array.of(76, 76),
        bodyStride: 1,
        bodyStart: 0,
        topics: 1,
        chooseKey: () => -1,
        chooseHeaders: () => -1,
        choosePartition: (_key, sequence) => sequence % 2,
      },
    },
    outcomes,
    clock,
  );
  const client = { room, taken: [] as { sequence: number; dueMicros: number; producer: number; run: number }[] };
  const connection: ProducerConnection = {
    effective: {},
    submit(block: MessageBlock, from: number) {
      let taken = 0;
      for (; from + taken < block.count && client.room > 0; taken++, client.room--) {
        const stamp = emptyStamp();
        readStamp(block.stamps, (from + taken) * 24, stamp);
        client.taken.push(stamp);
      }
      return taken;
    },
    flush: () => undefined,
    counters: () => ({ batches: 0, batchedMessages: 0, batchedBytes: 0, retriedMessages: 0 }),
    [Symbol.asyncDispose]: async () => undefined,
  };
  lane.attach(connection);
  lane.beginAt(startMicros);
  return {
    lane,
    outcomes,
    client,
    at: (sinceStartMicros: number) => clock.advance(startMicros + sinceStartMicros - clock.nowMicros()),
  };
}

const every = (stepMicros: number): LaneLoad => {
  let message = 0;
  return { kind: 'open', nextDueMicros: () => message++ * stepMicros };
};

const p = (
  parts: { data: Parameters<typeof mergeHistograms>[0] extends Iterable<infer D> ? D : never }[],
  share: number,
): number => mergeHistograms(parts.map(part => part.data)).percentileMicros(share);

test('what is due is sent, nothing early, each message with its own due time', () => {
  const { lane, client, at } = aLane(every(1_000));
  at(10_500);
  lane.turn();
  assert.deepEqual(
    client.taken.map(({ dueMicros }) => dueMicros),
    Array.from({ length: 11 }, (_, i) => i * 1_000),
  );
  assert.ok(client.taken.every(({ run, producer }) => run === 77 && producer === 3));
});

test('a debt is never forgiven: after a stall every message that was due is sent', () => {
  const { lane, client, at } = aLane(every(100));
  at(500_000);
  while (lane.turn() === 0);
  assert.deepEqual(
    client.taken.map(({ sequence }) => sequence),
    Array.from({ length: 5_001 }, (_, i) => i),
  );
});

test('latency counts from due: a message sent 400 ms late and acknowledged 0.25 ms after that has an ack of 400.25 ms and a service of 0.25 ms', () => {
  const { lane, outcomes, at } = aLane(every(2_000_000));
  at(400_000);
  lane.turn();
  lane.acknowledged(0, 1, startMicros + 400_250, 0, -1);
  assert.equal(p(outcomes.ack.take(), 1), 400_250);
  assert.equal(p(outcomes.service.take(), 1), 250);
});

test('a client that takes no more leaves the rest scheduled, with its due time and the wait counted as blocked', () => {
  const { lane, client, at } = aLane(every(1_000), { room: 3 });
  at(10_500);
  lane.turn();
  assert.equal(client.taken.length, 3);
  assert.ok(lane.isWaiting);
  client.room = Infinity;
  at(20_000);
  lane.writable();
  at(20_100);
  lane.turn();
  assert.deepEqual(
    client.taken.map(({ dueMicros }) => dueMicros),
    Array.from({ length: 21 }, (_, i) => i * 1_000),
  );
  const blocked = mergeHistograms(lane.blocked.take().map(({ data }) => data));
  assert.equal(blocked.count, 17);
  assert.equal(blocked.maxMicros, 17_000);
  assert.equal(p(lane.blockedOwnLag.take(), 1), 100, 'waiting for the client is not the generator’s own lag');
});

test('a sync producer sends the next message when the one before is acknowledged', () => {
  const { lane, client, at } = aLane(every(1_000), { mode: 'sync' });
  at(10_500);
  lane.turn();
  assert.equal(client.taken.length, 1);
  assert.ok(lane.isWaiting);
  lane.acknowledged(0, 1, startMicros, 0, -1);
  lane.turn();
  assert.equal(client.taken.length, 2);
});

test('a closed loop keeps its number of messages in flight, each due when its slot became free', () => {
  const { lane, client, at } = aLane({ kind: 'closed', outstanding: 4 });
  at(1_000);
  lane.turn();
  assert.equal(client.taken.length, 4);
  at(1_600);
  lane.acknowledged(1, 2, startMicros + 1_500, 0, -1);
  lane.turn();
  assert.deepEqual(
    client.taken.map(({ dueMicros }) => dueMicros),
    [0, 0, 0, 0, 1_500, 1_500],
  );
});

test('a flat-out load fills the client until it takes no more', () => {
  const { lane, client, at } = aLane({ kind: 'saturating' }, { room: 1_000 });
  at(0);
  while (!lane.isWaiting) lane.turn();
  assert.equal(client.taken.length, 1_000);
  // what it did not take was never due
  assert.deepEqual([lane.scheduledInWindow, lane.finish()], [1_000, 0]);
});

test('beyond the memory guard messages wait, and the lane says so', () => {
  const { lane, client, at } = aLane(every(1_000), { mostOutstanding: 1 });
  at(10_500);
  lane.turn();
  lane.turn();
  assert.ok(client.taken.length <= 11);
  assert.ok(lane.guardTripped);
});

test('counts close: scheduled = acked + failed + unresolved + not sent, whatever happens to the messages', () => {
  const outcome = fc.constantFrom('acked', 'failed', 'late', 'never');
  fc.assert(
    fc.property(fc.array(outcome, { minLength: 1, maxLength: 200 }), fc.nat(250), (fates, room) => {
      const { lane, outcomes, at } = aLane(every(1_000), { room });
      at(fates.length * 1_000 - 500);
      lane.turn();
      fates.forEach((fate, ticket) => {
        if (ticket >= lane.sent) return;
        if (fate === 'acked') lane.acknowledged(ticket, 1, startMicros + ticket * 1_000 + 700, ticket % 2, -1);
        if (fate === 'late')
          lane.acknowledged(ticket, 1, startMicros + ticket * 1_000 + deliveryTimeoutMicros + 1, ticket % 2, -1);
        if (fate === 'failed') lane.failed(ticket, 1, startMicros + ticket * 1_000 + 700);
      });
      const notSent = lane.finish();
      const { acked, failed, unresolved } = outcomes.inWindow;
      assert.equal(lane.scheduledInWindow, acked + failed + unresolved + notSent);
      assert.equal(mergeHistograms(outcomes.ack.take().map(({ data }) => data)).count, lane.scheduledInWindow);
      assert.equal(acked, fates.slice(0, lane.sent).filter(fate => fate === 'acked').length);
    }),
  );
});

test('an outcome that comes twice counts once and is reported', () => {
  const { lane, outcomes, at } = aLane(every(1_000));
  at(500);
  lane.turn();
  lane.acknowledged(0, 1, startMicros, 0, -1);
  lane.acknowledged(0, 1, startMicros, 0, -1);
  assert.equal(outcomes.inWindow.acked, 1);
  assert.equal(outcomes.repeated, 1);
});

test('with acks 0 what has departed is unresolved, and has no latency', () => {
  const { lane, outcomes, at } = aLane(every(1_000));
  at(2_500);
  lane.turn();
  lane.departed(0, 3, startMicros);
  assert.equal(outcomes.inWindow.unresolved, 3);
  assert.deepEqual(outcomes.ack.take(), []);
});
