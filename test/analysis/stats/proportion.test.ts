import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { shareAtMost } from '../../../src/analysis/stats/proportion.ts';

// closed forms: 1 − 0.05^(1/n) for none; (1 − p)²(1 + 2p) = 0.05 for 1 of 3; 0.95^(1/3) for 2 of 3. 2 of 10 by published tables: 50.7 %
for (const [hits, trials, bound] of [
  [0, 1, 0.95],
  [0, 3, 0.6315969],
  [0, 30, 0.0950339],
  [1, 3, 0.8646496],
  [2, 3, 0.9830476],
  [3, 3, 1],
  [2, 10, 0.5069013],
] as const) {
  test(`${hits} of ${trials} are at most ${bound} at 95 %`, () => {
    assert.ok(
      Math.abs((shareAtMost(hits, trials, 0.95) ?? NaN) - bound) < 5e-8,
      String(shareAtMost(hits, trials, 0.95)),
    );
  });
}

test('without a trial nothing is known', () => assert.equal(shareAtMost(0, 0, 0.95), null));

/** P(X ≤ hits) of a binomial distribution, summed up. */
function binomialCdf(hits: number, trials: number, share: number): number {
  let [term, sum] = [(1 - share) ** trials, 0];
  for (let k = 0; k <= hits; k++) {
    sum += term;
    term *= ((trials - k) / (k + 1)) * (share / (1 - share));
  }
  return sum;
}

test('at the bound so few are seen with the probability that is left', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 60 }),
      fc.nat(),
      fc.constantFrom(0.5, 0.9, 0.95, 0.99),
      (trials, any, confidence) => {
        const hits = any % trials;
        const bound = shareAtMost(hits, trials, confidence) as number;
        assert.ok(Math.abs(binomialCdf(hits, trials, bound) - (1 - confidence)) < 1e-8);
      },
    ),
  );
});
