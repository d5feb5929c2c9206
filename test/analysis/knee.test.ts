/** Holds the knee of a latency curve to the law of M/M/1, whose power is greatest at half of what the server can do. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { kneeOf, latencyCurve } from '../../src/analysis/knee.ts';
import { aProbe } from '../capacity/probes.ts';

/** A trial of M/M/1 with 10,000/s. */
const at = (ratePerSecond: number) => aProbe({ ratePerSecond, latencyShare: 100 / (10_000 - ratePerSecond) });

test('the knee of M/M/1 is at half of its rate', () => {
  const curve = latencyCurve([8_000, 2_000, 5_000, 6_500, 3_500].map(at));
  assert.deepEqual(
    curve.map(({ ratePerSecond }) => ratePerSecond),
    [2_000, 3_500, 5_000, 6_500, 8_000],
  );
  assert.equal(kneeOf(curve)?.ratePerSecond, 5_000);
});

for (const [what, rates] of [
  ['all rates lie beyond it', [6_000, 7_000, 8_000]],
  ['all rates lie below it', [1_000, 2_000, 4_000]],
  ['one rate alone was tried', [5_000]],
  ['no rate was tried', []],
] as const) {
  test(`nothing is said of the knee where ${what}`, () => assert.equal(kneeOf(latencyCurve(rates.map(at))), null));
}

test('a rate has the mean of its trials, on a log scale, without those that show nothing of the cluster', () => {
  const curve = latencyCurve([
    aProbe({ latencyShare: 0.1 }),
    aProbe({ latencyShare: 0.4 }),
    aProbe({ latencyShare: 9, verdict: 'limited' }),
    aProbe({ latencyShare: 9, verdict: 'undecided' }),
    aProbe({ latencyShare: null }),
  ]);
  assert.equal(curve.length, 1);
  assert.ok(Math.abs((curve[0]?.latencyShare ?? 0) - 0.2) < 1e-12);
});
