/** Specifies what is said of a calibration: a table, warnings, and one line for other reports. */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { calibrationLine, renderCalibration } from '../../src/report/calibration.ts';
import type { Calibration, MetricCalibration } from '../../src/results/calibration.ts';

const p99: MetricCalibration = {
  metric: 'ack.p99',
  role: 'primary',
  variation: 0.0213,
  blocks: 20,
  delta: 0.05,
  foundByScenario: 0.07101,
  foundByTen: 0.0632,
  blocksToFind: [
    { effect: 0.05, blocks: null },
    { effect: 0.1, blocks: 5 },
    { effect: 0.2, blocks: 5 },
  ],
  lag1Autocorrelation: 0.05,
  verdict: 'same',
};

const aCalibration = (...metrics: MetricCalibration[]): Calibration => ({
  calibrationVersion: 1,
  scenario: 'acks',
  hostClassId: 'xeon-2c',
  runId: 'run',
  commit: 'a41c9e0',
  at: '2026-01-01T12:00:00.000Z',
  repeat: 5,
  blocks: 20,
  cells: [{ cell: 'acks=1', metrics }],
});

const textOf = (...metrics: MetricCalibration[]): string =>
  renderCalibration(aCalibration(...metrics), { color: false, unicode: true });

suite('a calibration', () => {
  test('is a table of noise and what it lets be found, rounded up', () =>
    assert.match(textOf(p99), /^ack\.p99 \(primary\) +2\.1 % +5 % +7\.2 % +6\.4 % +– +5 +5 +same$/m));

  test('of a quiet and fair host warns of nothing', () => assert.doesNotMatch(textOf(p99), /[⚠✗]/));

  for (const [sentence, over, said] of [
    ['an arm that is worse than its equal', { verdict: 'worse' }, /^✗ ack\.p99 came out worse against itself/m],
    ['a hint of that', { verdict: 'better', role: 'exploratory' }, /^⚠ ack\.p99 came out better against itself/m],
    [
      'neighbours that are alike',
      { lag1Autocorrelation: 0.2 },
      /^⚠ ack\.p99: neighbouring trials.*autocorrelation 0\.20/m,
    ],
    ['a scenario that decides nothing', { foundByScenario: null }, /^⚠ The scenario’s own repeat is below 5/m],
  ] as const) {
    test(`warns of ${sentence}`, () => assert.match(textOf({ ...p99, ...over }), said));
  }
});

for (const [now, when] of [
  ['2026-01-01T20:00:00.000Z', 'today'],
  ['2026-01-02T13:00:00.000Z', 'yesterday'],
  ['2026-01-04T13:00:00.000Z', '3 days ago'],
] as const) {
  test(`the line of ${now} says ${when}`, () =>
    assert.equal(
      calibrationLine(aCalibration(p99), new Date(now)),
      `calibrated ${when}: ack.p99 has a noise of 2.1 %, 5 blocks find 10 %`,
    ));
}

test('the line says where no number of blocks is enough, and there is none of hints alone', () => {
  const now = new Date('2026-01-01T20:00:00.000Z');
  const hopeless = { ...p99, blocksToFind: [{ effect: 0.1, blocks: null }] };
  assert.match(calibrationLine(aCalibration(hopeless), now) ?? '', /no number of blocks finds 10 %$/);
  assert.equal(calibrationLine(aCalibration({ ...p99, role: 'exploratory' }), now), null);
});
