import assert from 'node:assert/strict';
import { test } from 'node:test';
import { figuresOf } from '../../../bench/peers/highwater.ts';
import { loopScenario, maxScenario } from '../../../bench/peers/scenarios.ts';
import { conclude } from '../../../src/analysis/conclude.ts';
import type { TrialMeasurement } from '../../../src/run/measurement.ts';
import { problemsIn, readText } from '../../scenario/reading.ts';
import { aMeasurement, aRun, aRunTrial, latency } from '../../builders/trial.ts';

const { counts, totals, latencies } = aMeasurement();

/** A run of one closed-loop trial, concluded. */
const aResult = (over: Partial<TrialMeasurement> = {}) =>
  conclude(
    aRun({
      one: [aRunTrial({ isOpenLoop: false, latencies: { ...latencies, ack: null, service: latency(4_900) }, ...over })],
    }),
  );

test('a run gives the rates, the p99 from send to acknowledgement and the CPU of its workers by message', () => {
  const figures = figuresOf(aResult());
  assert.equal(figures.ackedPerSecond, 1_000);
  assert.equal(figures.ackedInAll, 25_000);
  assert.equal(figures.workerCpuMicrosPerMessage, 100);
  assert.ok(Math.abs((figures.serviceP99Micros ?? 0) - 9_800) < 100);
  assert.deepEqual(figures.faults, []);
});

for (const [what, over, fault] of [
  ['a message was lost', { counts: { ...counts, lost: 1 } }, /1 lost, 0 duplicated, 0 reordered/],
  ['counts do not close', { counts: { ...counts, scheduled: 20_001 } }, /20001 messages were scheduled, 20000/],
  ['messages failed', { counts: { ...counts, acked: 19_990, failed: 10 } }, /10 failed or unresolved/],
  ['the broker has fewer messages', { totals: { ...totals, appended: 24_999 } }, /end offsets do not agree/],
] as const) {
  test(`a run in which ${what} says so`, () => {
    const { faults } = figuresOf(aResult(over));
    assert.ok(
      faults.some(text => fault.test(text)),
      faults.join('; '),
    );
  });
}

test('a run without a trial is an error that says why', () => {
  assert.throws(() => figuresOf(conclude(aRun({ one: [] }, { repeat: 1 }))), /no trial was finished/);
});

for (const [what, scenario] of [
  ['produces', maxScenario({ driver: 'kafkajs', seconds: 10, topic: { partitions: 6 }, groupProtocol: null })],
  ['consumes too', maxScenario({ driver: 'wire', seconds: 10, topic: { partitions: 4 }, groupProtocol: 'manual' })],
  [
    'a plain loop is compared with',
    loopScenario({
      driver: 'kafkajs',
      partitions: 6,
      valueBytes: 1_024,
      batchSizeBytes: 16_384,
      inFlight: 5,
      warmupSeconds: 3,
      seconds: 6,
    }),
  ],
  ['fills a topic', maxScenario({ driver: 'kafkajs', seconds: 10, topic: { name: 'filled' }, groupProtocol: null })],
] as const) {
  test(`the scenario that ${what} is accepted`, async t => {
    assert.deepEqual(await problemsIn(readText(t, scenario)), []);
  });
}
