import assert from 'node:assert/strict';
import { test } from 'node:test';
import { logGamma, meanInterval, signFlipP, studentCdf, studentQuantile } from '../../src/analysis/stats.ts';

/** From tables of Student's t distribution (two-sided 95 %, 90 % and 99 %). */
for (const [p, degrees, t] of [
  [0.975, 1, 12.706205],
  [0.975, 4, 2.776445],
  [0.975, 9, 2.262157],
  [0.975, 30, 2.042272],
  [0.95, 4, 2.131847],
  [0.995, 10, 3.169273],
  [0.025, 4, -2.776445],
] as const) {
  test(`the ${p} quantile of t with ${degrees} degrees of freedom is ${t}`, () => {
    assert.ok(Math.abs(studentQuantile(p, degrees) - t) < 1e-5, `${studentQuantile(p, degrees)}`);
  });
}

test('a quantile of t has the probability that it was asked for', () => {
  for (const degrees of [1, 2, 5, 17, 100]) {
    for (const p of [0.51, 0.9, 0.975, 0.999])
      assert.ok(Math.abs(studentCdf(studentQuantile(p, degrees), degrees) - p) < 1e-9);
  }
});

test('the gamma function of whole numbers is the factorial before', () => {
  for (const [n, factorial] of [
    [1, 1],
    [5, 24],
    [11, 3_628_800],
  ] as const) {
    assert.ok(Math.abs(Math.exp(logGamma(n)) / factorial - 1) < 1e-12);
  }
});

test('paired ratios of two samples: 1.10278 [1.09475, 1.11087]', () => {
  const a = [10, 10.2, 9.9, 10.1, 10.3, 9.8];
  const b = [11, 11.3, 10.8, 11.1, 11.4, 10.9];
  const { estimate, low, high } = meanInterval(
    a.map((value, i) => Math.log((b[i] as number) / value)),
    0.95,
  );
  assert.deepEqual(
    [estimate, low, high].map(log => Math.exp(log).toFixed(5)),
    ['1.10278', '1.09475', '1.11087'],
  );
});

for (const [count, p] of [
  [5, 0.0625],
  [6, 0.03125],
  [10, 2 / 1_024],
] as const) {
  test(`${count} differences of one sign have a sign-flip p of ${p}`, () => {
    assert.equal(signFlipP(Array.from({ length: count }, (_, i) => 1 + i / 10)), p);
  });
}
