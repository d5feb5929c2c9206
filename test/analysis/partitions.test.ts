import assert from 'node:assert/strict';
import { test } from 'node:test';
import { conclude } from '../../src/analysis/conclude.ts';
import { spreadOf } from '../../src/analysis/partitions.ts';
import { metricValue } from '../../src/analysis/values.ts';
import type { TrialMeasurement } from '../../src/run/measurement.ts';
import { aCell, aRun, aRunTrial } from '../builders/trial.ts';

/** Partitions with so many acknowledged and read messages. */
const partitionsOf = (
  counts: readonly (readonly [acked: number, consumed: number])[],
): TrialMeasurement['partitions'] =>
  counts.map(([acked, consumed], partition) => ({ topic: 't', partition, acked, consumed, ack: null, endToEnd: null }));

const trialOf = (counts: readonly (readonly [acked: number, consumed: number])[]) =>
  aRunTrial({ partitions: partitionsOf(counts) }).trial;

for (const [what, counts, skew, variation] of [
  [
    'partitions with as many messages each',
    [
      [50, 0],
      [50, 0],
      [50, 0],
    ],
    1,
    0,
  ],
  [
    'everything in one of four',
    [
      [80, 0],
      [0, 0],
      [0, 0],
      [0, 0],
    ],
    4,
    Math.sqrt(3),
  ],
  [
    'one with three times the other',
    [
      [30, 0],
      [10, 0],
    ],
    1.5,
    0.5,
  ],
  ['a single partition', [[7, 0]], 1, 0],
] as const) {
  test(`${what}: skew ${skew}, variation ${variation.toFixed(2)}`, () => {
    const spread = spreadOf(trialOf(counts));
    assert.ok(spread !== null);
    assert.ok(Math.abs(spread.skew - skew) < 1e-9);
    assert.ok(Math.abs(spread.variation - variation) < 1e-9);
  });
}

test('where nothing was acknowledged, what was read tells the spread', () => {
  assert.deepEqual(
    spreadOf(
      trialOf([
        [0, 30],
        [0, 10],
      ]),
    )?.messages,
    [30, 10],
  );
});

test('where neither is known there is no spread, and no value of the metric', () => {
  const trial = trialOf([
    [0, 0],
    [0, 0],
  ]);
  assert.equal(spreadOf(trial), null);
  assert.equal(metricValue(trial, 'partitionSkew'), null);
  assert.equal(metricValue(aRunTrial({ batches: null }).trial, 'messagesPerBatch'), null);
});

test('a cell’s summary has the skew and what a batch holds, and checks may demand either', () => {
  const trials = aCell('one', [5_000, 5_000, 5_000, 5_000, 5_000], {
    partitions: partitionsOf([
      [30, 0],
      [10, 0],
    ]),
    batches: { messagesPerBatch: 8, bytesPerBatch: 1_024 },
  });
  const demand = { min: null, where: {}, group: null, every: null };
  const checks = [
    { ...demand, metric: 'partitionSkew', max: 1.2 },
    { ...demand, metric: 'messagesPerBatch', max: 8 },
    { ...demand, metric: 'bytesPerBatch', max: 2_048 },
  ];
  const { cells, checks: judged } = conclude(aRun({ one: trials }, { checks }));
  const { partitionSkew, messagesPerBatch, bytesPerBatch } = cells[0]?.summary ?? {};
  assert.deepEqual(
    [partitionSkew, messagesPerBatch, bytesPerBatch].map(summary => summary?.estimate),
    [1.5, 8, 1_024],
  );
  assert.deepEqual(
    judged.map(({ verdict }) => verdict),
    ['fail', 'pass', 'pass'],
  );
});
