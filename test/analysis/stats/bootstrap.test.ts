/** Holds the block bootstrap of one run's seconds: seeded, as wide as its seconds vary, and never given for too short a run. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bootstrapPercentile, integratedAutocorrelationTime } from '../../../src/analysis/stats/bootstrap.ts';
import { mergeHistograms } from '../../../src/measure/histogram.ts';
import { seededRandom } from '../../../src/support/random.ts';
import { histogramOf } from '../../builders/trial.ts';

const random = seededRandom(7);
/** Sixty seconds of a thousand messages around 10 ms. */
const seconds = Array.from({ length: 60 }, () =>
  histogramOf(Array.from({ length: 100 }, () => [9_000 + Math.floor(2_000 * random.next()), 10] as const)),
);

test('the interval holds the percentile of all seconds, and says that it is of one run', () => {
  const found = bootstrapPercentile(seconds, { share: 0.5, seed: 1 });
  const whole = mergeHistograms(seconds).percentileMicros(0.5);
  assert.ok(found !== null && found.lowMicros <= whole && whole <= found.highMicros);
  assert.equal(found.label, 'within-run only');
  assert.ok(found.blockSeconds >= 5);
});

test('the same seed gives the same interval, another one nearly', () => {
  const one = bootstrapPercentile(seconds, { share: 0.9, seed: 1 });
  assert.deepEqual(bootstrapPercentile(seconds, { share: 0.9, seed: 1 }), one);
  const other = bootstrapPercentile(seconds, { share: 0.9, seed: 2 });
  assert.ok(Math.abs((other?.lowMicros ?? 0) / (one?.lowMicros ?? 1) - 1) < 0.01);
});

test('seconds that are all alike leave no width', () => {
  const alike = Array.from({ length: 20 }, () => histogramOf([[1_000, 100]]));
  const found = bootstrapPercentile(alike, { share: 0.99, seed: 1 });
  assert.deepEqual(found, { label: 'within-run only', lowMicros: 1_000, highMicros: 1_000, blockSeconds: 10 });
});

test('where about a tenth of the seconds is slow, p90 lies anywhere between slow and fast', () => {
  const dice = seededRandom(11);
  const mixed = seconds.map(data => (dice.next() < 0.1 ? histogramOf([[500_000, 1_000]]) : data));
  const found = bootstrapPercentile(mixed, { share: 0.9, seed: 1 });
  assert.ok(found !== null && found.lowMicros < 12_000 && found.highMicros > 400_000, JSON.stringify(found));
});

for (const [name, some] of [
  ['nine seconds', seconds.slice(0, 9)],
  ['no second', []],
  ['seconds without a message', Array.from({ length: 60 }, () => histogramOf([]))],
] as const) {
  test(`${name} give no interval`, () => {
    assert.equal(bootstrapPercentile(some, { share: 0.5, seed: 1 }), null);
  });
}

/** A series of which each value keeps a part of the one before. */
function memory(part: number, length: number): number[] {
  const deviates = seededRandom(3);
  let value = 0;
  return Array.from({ length }, () => (value = part * value + deviates.next() - 0.5));
}

test('the autocorrelation time is 1 without memory, and (1 + φ)/(1 − φ) where each second keeps φ of the one before', () => {
  assert.ok(integratedAutocorrelationTime(memory(0, 5_000)) < 1.3);
  assert.ok(Math.abs(integratedAutocorrelationTime(memory(0.5, 20_000)) / 3 - 1) < 0.15);
  assert.ok(Math.abs(integratedAutocorrelationTime(memory(0.8, 20_000)) / 9 - 1) < 0.25);
  assert.equal(integratedAutocorrelationTime([2, 2, 2]), 1);
});
