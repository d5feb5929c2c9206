/** How even counts are, by values that can be worked out by hand. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { evennessOf } from '../../src/analysis/evenness.ts';

const close = (actual: number, expected: number): void => assert.ok(Math.abs(actual - expected) < 1e-9, `${actual}`);

for (const [counts, gini, chiSquare, p] of [
  [[5, 5, 5, 5], 0, 0, 1],
  [[0, 0, 0, 4], 0.75, 12, 0.007383160505359769],
  // with two degrees of freedom p is e^(−χ²/2)
  [[10, 20, 30], 2 / 9, 10, Math.exp(-5)],
] as const) {
  test(`the evenness of ${counts.join(', ')}`, () => {
    const found = evennessOf([counts]);
    close(found.gini, gini);
    close(found.chiSquare, chiSquare);
    close(found.p, p);
    assert.equal(found.degreesOfFreedom, counts.length - 1);
  });
}

test('of several sets χ² and its degrees of freedom add up, and Gini is the mean', () => {
  const found = evennessOf([
    [10, 20, 30],
    [20, 20, 20],
  ]);
  assert.deepEqual([found.chiSquare, found.degreesOfFreedom], [10, 4]);
  close(found.gini, 1 / 9);
});
