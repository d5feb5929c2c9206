import assert from 'node:assert/strict';
import { test } from 'node:test';
import { judgeTrial } from '../../src/analysis/validity.ts';
import { storedTrial } from '../../src/results/trial.ts';
import type { TrialMeasurement } from '../../src/run/measurement.ts';
import { aFault, someFaults } from '../builders/faults.ts';
import { aMeasurement, histogramOf, latency } from '../builders/trial.ts';

const { latencies, generator, counts } = aMeasurement();
const lagged = (p50: number, p99 = p50): Partial<TrialMeasurement> => ({
  latencies: { ...latencies, ack: latency(10_000, 10_000), generatorLag: latency(p50, p99) },
});
const generating = (over: Partial<TrialMeasurement['generator']>): Partial<TrialMeasurement> => ({
  latencies: { ...latencies, ack: latency(10_000, 10_000) },
  generator: { ...generator, ...over },
});
const gap = (micros: number): Partial<TrialMeasurement> =>
  generating({
    turnGap: histogramOf([
      [100, 900],
      [micros, 100],
    ]),
  });

/** The thresholds of measurement: ack is 10 ms throughout. */
for (const [what, over, validity, code] of [
  ['a lag of 90 µs', lagged(90), 'valid', undefined],
  ['a lag of 90 µs at p50 and 450 µs at p99', lagged(90, 450), 'valid', undefined],
  ['a lag of 900 µs at p99', lagged(90, 900), 'degraded', 'schedule-not-held'],
  ['a lag of 2.5 ms at p99', lagged(90, 2_500), 'invalid', 'schedule-not-held'],
  ['an event loop that pauses for 4 ms', gap(4_000), 'valid', undefined],
  ['an event loop that pauses for 6 ms, beyond a quarter of the latency', gap(6_000), 'invalid', 'event-loop-paused'],
  [
    'an event loop that pauses for 2 ms and once for 21 ms',
    generating({
      turnGap: histogramOf([
        [2_000, 9_999],
        [21_000, 1],
      ]),
    }),
    'degraded',
    'event-loop-paused',
  ],
  [
    'garbage collection of 0.5 %',
    generating({ gcPauseTotalMicros: 100_000, gcPauseMaxMicros: 900 }),
    'valid',
    undefined,
  ],
  [
    'garbage collection of 2 %',
    generating({ gcPauseTotalMicros: 400_000, gcPauseMaxMicros: 900 }),
    'degraded',
    'garbage-collection',
  ],
  [
    'garbage collection of 6 %',
    generating({ gcPauseTotalMicros: 1_200_000, gcPauseMaxMicros: 900 }),
    'invalid',
    'garbage-collection',
  ],
  ['one message in 500 that was never sent', { counts: { ...counts, sent: 19_960 } }, 'degraded', 'not-all-sent'],
  ['one message in 50 that was never sent', { counts: { ...counts, sent: 19_600 } }, 'invalid', 'not-all-sent'],
  [
    'one message in 50 that a client could not take while a broker was dead',
    { counts: { ...counts, sent: 19_600 }, faults: someFaults(aFault()) },
    'degraded',
    'not-all-sent',
  ],
  ['a schedule without a message', { counts: { ...counts, scheduled: 0, sent: 0 } }, 'invalid', 'nothing-scheduled'],
  [
    'a rebalance in the window',
    { findings: [{ code: 'rebalanced', group: 'readers', count: 1 }] },
    'invalid',
    'rebalance-in-window',
  ],
] as const) {
  test(`a trial with ${what} is ${validity}`, () => {
    const judgement = judgeTrial(storedTrial(aMeasurement(over as Partial<TrialMeasurement>)));
    assert.equal(judgement.validity, validity);
    assert.deepEqual(
      judgement.findings.map(finding => finding.code),
      code === undefined ? [] : [code],
    );
  });
}

test('a closed loop has no schedule to be judged by', () => {
  const { validity } = judgeTrial(storedTrial(aMeasurement({ ...lagged(90, 9_000), isOpenLoop: false })));
  assert.equal(validity, 'valid');
});

test('the worst signal decides, and each that is not valid says why', () => {
  const { validity, findings } = judgeTrial(
    storedTrial(aMeasurement({ ...lagged(90, 900), counts: { ...counts, sent: 19_600 } })),
  );
  assert.equal(validity, 'invalid');
  assert.deepEqual(findings.map(({ code }) => code).toSorted(), ['not-all-sent', 'schedule-not-held']);
});
