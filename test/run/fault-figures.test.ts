/** What a trial says of its faults, from what was done, seen and acknowledged. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SilenceRecorder } from '../../src/measure/silences.ts';
import type { PlannedFault } from '../../src/plan/faults.ts';
import type { FaultRecord } from '../../src/run/faults/conduct.ts';
import { type FaultsContext, type FaultsSeen, measureFaults } from '../../src/run/faults/measure.ts';
import type { WorkerReport } from '../../src/run/protocol.ts';

const windowStartMicros = 1_000e6;
const warmupMicros = 5e6;

const kill: PlannedFault = {
  kind: 'kill',
  asked: 'leader',
  target: { kind: 'leader', partition: 0 },
  atMicros: 10e6,
  forMicros: 5e6,
};

/** A broker that led partition 0 was killed then, for five seconds. */
const killed = (atMicros: number, broker = 1): FaultRecord => ({
  planned: kill,
  brokers: [broker],
  led: new Map([['t-0', broker]]),
  beganMicros: windowStartMicros + atMicros - 1_000,
  atMicros: windowStartMicros + atMicros,
  endedAtMicros: windowStartMicros + atMicros + 5e6,
});

/** A report of a worker whose two partitions were acknowledged every 100 ms, but for these spans of partition 0. */
function acknowledgedBut(...silences: readonly (readonly [fromMicros: number, toMicros: number])[]): WorkerReport {
  const recorder = new SilenceRecorder({ partitions: 2, isAlone: true });
  for (let micros = 0; micros < 60e6; micros += 100_000) {
    const since = micros - warmupMicros;
    const silent = silences.find(([from, to]) => since > from && since < to);
    if (silent === undefined) {
      const ended = silences.find(([, to]) => to === since);
      recorder.acknowledged(0, micros, ended === undefined ? micros - 1_000 : ended[0] + warmupMicros);
    }
    recorder.acknowledged(1, micros, micros - 1_000);
  }
  return { role: 'produce', silences: recorder.toData() } as WorkerReport;
}

const seenOf = (changes: Partial<FaultsSeen>): FaultsSeen => ({
  records: [killed(10e6)],
  moves: [],
  produced: [acknowledgedBut()],
  windowStartMicros,
  endMicros: windowStartMicros + 55e6,
  ...changes,
});

const context: FaultsContext = {
  topics: ['t'],
  partitionsPerTopic: 2,
  warmupMicros,
  measureMicros: 50e6,
  counts: { scheduled: 5_000 },
  latencies: { ack: null, endToEnd: null },
  groups: [],
};

const moved = (atMicros: number, from: number | null, to: number | null) => ({
  atMicros: windowStartMicros + atMicros,
  topic: 't',
  partition: 0,
  from,
  to,
});

test('a fault is detected when a partition that its broker led has another leader', () => {
  const moves = [moved(3e6, 2, 1), moved(11e6, 1, null), moved(11.5e6, null, 2), moved(16e6, 2, 1)];
  const { injected, leaderChanges } = measureFaults(seenOf({ moves }), context);
  assert.equal(injected[0]?.detectedAfterMicros, 1.5e6);
  assert.deepEqual(
    leaderChanges.map(({ atMicros }) => atMicros),
    [3e6, 11e6, 11.5e6, 16e6],
  );
  assert.equal(measureFaults(seenOf({ moves: [moved(16e6, 2, 1)] }), context).injected[0]?.detectedAfterMicros, null);
});

test('a gap counts for the fault that was there when it began', () => {
  const produced = [acknowledgedBut([10e6, 14e6], [22e6, 23e6])];
  const { injected, gaps } = measureFaults(seenOf({ records: [killed(10e6), killed(20e6)], produced }), context);
  assert.deepEqual(gaps, [
    { topic: 't', partition: 0, fromMicros: 10e6, forMicros: 4e6, isOver: true },
    { topic: 't', partition: 0, fromMicros: 22e6, forMicros: 1e6, isOver: true },
  ]);
  assert.deepEqual(
    injected.map(({ unavailable }) => unavailable),
    [
      { partitions: 1, longestMicros: 4e6, isOver: true },
      { partitions: 1, longestMicros: 1e6, isOver: true },
    ],
  );
});

test('a gap that was there before counts from the first fault on, one before the window not at all, and one long after for none', () => {
  const produced = [acknowledgedBut([-3e6, -1e6], [9e6, 12e6], [47e6, 48e6])];
  const { injected, gaps } = measureFaults(seenOf({ produced }), context);
  assert.deepEqual(
    gaps.map(({ fromMicros }) => fromMicros),
    [9e6, 47e6],
  );
  assert.deepEqual(injected[0]?.unavailable, { partitions: 1, longestMicros: 2e6, isOver: true });
});

test('a fault that nobody noticed left nothing unavailable; where nothing is acknowledged nobody knows', () => {
  assert.deepEqual(measureFaults(seenOf({}), context).injected[0]?.unavailable, {
    partitions: 0,
    longestMicros: 0,
    isOver: true,
  });
  const produced = [{ role: 'produce', silences: null } as WorkerReport];
  const { injected, gaps } = measureFaults(seenOf({ produced }), context);
  assert.deepEqual([injected[0]?.unavailable, gaps], [null, []]);
});

test('a fault that had not ended with the trial says so', () => {
  const { injected } = measureFaults(seenOf({ records: [{ ...killed(10e6), endedAtMicros: null }] }), context);
  assert.deepEqual([injected[0]?.atMicros, injected[0]?.endedAtMicros], [10e6, null]);
});
