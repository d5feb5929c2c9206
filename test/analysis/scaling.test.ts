/** Holds the scaling of searched capacities to the law that they were made by. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { scalingOf } from '../../src/analysis/scaling.ts';
import { uslThroughput } from '../../src/analysis/usl.ts';
import type { CapacityResult } from '../../src/results/capacity.ts';

const law = { lambdaPerSecond: 1_000, sigma: 0.05, kappa: 0.0002 };

/** A search of which only the answer matters. */
const found = (answer: Partial<CapacityResult>): CapacityResult =>
  ({ kind: 'capacity', estimate: null, low: null, high: null, ...answer }) as CapacityResult;

const searched = (levels: readonly number[], answer: (n: number) => Partial<CapacityResult>) =>
  levels.map(n => ({ factors: { 'topic.partitions': n }, capacity: found(answer(n)) }));

const levels = [1, 2, 4, 8, 16, 32, 64];
const exact = (n: number) => ({ estimate: uslThroughput(law, n) });

test('capacities that follow the law give its parameters, and what twice the largest level would carry', () => {
  const { fit, isConfirmed, factor } = scalingOf(searched(levels, exact)) ?? assert.fail();
  assert.ok(Math.abs((fit?.lambdaPerSecond ?? 0) / law.lambdaPerSecond - 1) < 0.01);
  assert.ok(Math.abs((fit?.sigma ?? 0) / law.sigma - 1) < 0.01);
  assert.ok(Math.abs((fit?.atTwiceLargestPerSecond ?? 0) / uslThroughput(law, 128) - 1) < 0.01);
  assert.deepEqual([factor, isConfirmed, fit?.largestN], ['topic.partitions', true, 64]);
  // the peak lies at 68.9, which no search has seen
  assert.equal(fit?.peak, null);
});

test('searches with intervals give the law intervals, one without leaves it none', () => {
  const withInterval = (n: number) => {
    const estimate = uslThroughput(law, n);
    return { estimate, low: estimate / 1.02, high: estimate * 1.02 };
  };
  const { fit } = scalingOf(searched(levels, withInterval)) ?? assert.fail();
  const { low, high } = fit?.intervals?.lambdaPerSecond ?? assert.fail();
  assert.ok(low < law.lambdaPerSecond && law.lambdaPerSecond < high);
  assert.ok(low > 0.9 * law.lambdaPerSecond && high < 1.1 * law.lambdaPerSecond, `${low} to ${high}`);
  const { low: least, high: most } = fit?.atTwiceLargestInterval ?? assert.fail();
  assert.ok(least < uslThroughput(law, 128) && uslThroughput(law, 128) < most);
  const single = scalingOf(
    searched(levels, n => (n === 8 ? { ...withInterval(n), kind: 'unconfirmed', estimate: null } : withInterval(n))),
  );
  assert.deepEqual([single?.fit?.intervals, single?.isConfirmed], [null, false]);
});

test('single trials stand for a capacity with the middle of their gap, and the fit says so', () => {
  const gap = (n: number) => {
    const perSecond = uslThroughput(law, n);
    return { kind: 'unconfirmed' as const, low: perSecond / 1.02, high: perSecond * 1.02 };
  };
  const scaling = scalingOf(searched(levels, gap)) ?? assert.fail();
  assert.equal(scaling.isConfirmed, false);
  assert.ok(Math.abs((scaling.fit?.lambdaPerSecond ?? 0) / law.lambdaPerSecond - 1) < 0.01);
});

test('a few levels are refused a fit, with the reason', () => {
  const { fit, refused } = scalingOf(searched([1, 2, 4], exact)) ?? assert.fail();
  assert.deepEqual([fit, refused], [null, '3 levels, and a fit takes 6']);
});

for (const [name, cells] of [
  ['a lower bound among them', searched(levels, n => (n === 64 ? { kind: 'at-least', low: 9_000 } : exact(n)))],
  ['levels that are no numbers', [{ factors: { driver: 'wire' }, capacity: found({ estimate: 1 }) }]],
  ['two factors', [{ factors: { a: 1, b: 2 }, capacity: found({ estimate: 1 }) }]],
] as const) {
  test(`nothing is said of scaling by ${name}`, () => assert.equal(scalingOf(cells), null));
}
