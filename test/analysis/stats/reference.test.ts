/** Holds the statistics against SciPy's, to nine digits: `test/analysis/reference/reference.py` made the values. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import {
  meanEstimate,
  meanInterval,
  pOfZero,
  pooledEstimate,
  welchEstimate,
  welchInterval,
} from '../../../src/analysis/stats.ts';
import { logGamma } from '../../../src/analysis/stats/gamma.ts';
import { benjaminiHochberg, holm } from '../../../src/analysis/stats/multiplicity.ts';
import { normalTail } from '../../../src/analysis/stats/normal.ts';
import { percentileRanks } from '../../../src/analysis/stats/percentile-ranks.ts';
import { powerWithBlocks } from '../../../src/analysis/stats/power.ts';
import { hodgesLehmannRatio, mannWhitney, mannWhitneyNormalP, signFlipP } from '../../../src/analysis/stats/ranks.ts';
import { studentCdf, studentQuantile } from '../../../src/analysis/stats/student.ts';

interface Bounds {
  readonly estimate: number;
  readonly low: number;
  readonly high: number;
}
interface Test {
  readonly t: number;
  readonly df: number;
  readonly p: number;
}
interface Samples {
  readonly a: readonly number[];
  readonly b: readonly number[];
}
interface Reference {
  readonly studentCdf: readonly Test[];
  readonly studentQuantile: readonly Test[];
  readonly normalTail: readonly { readonly z: number; readonly p: number }[];
  readonly logGamma: readonly { readonly x: number; readonly logGamma: number }[];
  readonly paired: readonly (Samples & {
    readonly p: number;
    readonly interval95: Bounds;
    readonly interval90: Bounds;
    readonly signFlipP: number;
  })[];
  readonly twoSamples: readonly (Samples & {
    readonly welch: Test & Bounds;
    readonly pooled: Test;
    readonly mannWhitney: { readonly u: number; readonly p: number };
    readonly hodgesLehmannRatio: number;
  })[];
  readonly tied: readonly (Samples & { readonly u: number; readonly p: number; readonly pWithContinuity: number })[];
  readonly multiplicity: readonly Readonly<Record<'p' | 'holm' | 'benjaminiHochberg', number[]>>[];
  readonly percentileRanks: readonly {
    readonly count: number;
    readonly share: number;
    readonly confidence: number;
    readonly low: number | null;
    readonly high: number | null;
  }[];
  readonly power: readonly (Parameters<typeof powerWithBlocks>[1] & {
    readonly blocks: number;
    readonly power: number;
  })[];
}

const reference = JSON.parse(
  readFileSync(new URL('../reference/reference.json', import.meta.url), 'utf8'),
) as Reference;

/** Equal to nine digits, or to 1e-12 near 0. */
function assertNear(actual: number, expected: number, what: string): void {
  const tolerance = Math.max(1e-12, Math.abs(expected) * 1e-9);
  assert.ok(Math.abs(actual - expected) <= tolerance, `${what}: ${actual} is not ${expected}`);
}

/** A tail's probability keeps nine digits however small it is. */
function assertSameTail(actual: number, expected: number, what: string): void {
  assert.ok(Math.abs(actual / expected - 1) <= 1e-9, `${what}: ${actual} is not ${expected}`);
}

test('the t distribution and its quantiles are those of SciPy', () => {
  for (const { t, df, p } of reference.studentCdf) assertSameTail(studentCdf(t, df), p, `P(T ≤ ${t}), df ${df}`);
  for (const { p, df, t } of reference.studentQuantile) assertNear(studentQuantile(p, df), t, `t of ${p}, df ${df}`);
});

test('the normal tail and the gamma function are those of SciPy', () => {
  for (const { z, p } of reference.normalTail) assertSameTail(normalTail(z), p, `P(Z > ${z})`);
  for (const { x, logGamma: expected } of reference.logGamma) assertNear(logGamma(x), expected, `ln Γ(${x})`);
});

test('paired samples: t-interval on logs, p and sign-flip p are those of SciPy', () => {
  for (const { a, b, p, interval95, interval90, signFlipP: flip } of reference.paired) {
    const logs = a.map((value, i) => Math.log((b[i] as number) / value));
    assertSameTail(pOfZero(meanEstimate(logs)), p, 'p');
    for (const [confidence, expected] of [
      [0.95, interval95],
      [0.9, interval90],
    ] as const) {
      const actual = meanInterval(logs, confidence);
      for (const key of ['estimate', 'low', 'high'] as const) assertNear(actual[key], expected[key], key);
    }
    if (logs.length <= 12) assertNear(signFlipP(logs), flip, 'sign-flip p');
  }
});

test('two samples: Welch’s and the pooled t-test, U and the Hodges-Lehmann ratio are those of SciPy', () => {
  for (const { a, b, welch, pooled, mannWhitney: ranks, hodgesLehmannRatio: ratio } of reference.twoSamples) {
    for (const [estimate, expected] of [
      [welchEstimate(a, b), welch],
      [pooledEstimate(a, b), pooled],
    ] as const) {
      assertNear(-estimate.estimate / estimate.standardError, expected.t, 't');
      assertNear(estimate.degreesOfFreedom, expected.df, 'df');
      assertSameTail(pOfZero(estimate), expected.p, 'p');
    }
    const interval = welchInterval(a, b, 0.95);
    assertNear(interval.low, welch.low, 'low');
    assertNear(interval.high, welch.high, 'high');
    assertNear(mannWhitney(a, b).u, ranks.u, 'U');
    assertSameTail(mannWhitney(a, b).p, ranks.p, 'exact p of U');
    assertNear(hodgesLehmannRatio(a, b), ratio, 'Hodges-Lehmann ratio');
  }
});

test('tied samples: U and its normal p without and with continuity are those of SciPy', () => {
  for (const { a, b, u, p, pWithContinuity } of reference.tied) {
    assert.equal(mannWhitney(a, b).u, u);
    assertNear(mannWhitneyNormalP(a, b, false), p, 'p');
    assertNear(mannWhitneyNormalP(a, b, true), pWithContinuity, 'p with continuity');
    assert.equal(mannWhitney(a, b).p, mannWhitneyNormalP(a, b, true));
  }
});

test('adjusted p are those of SciPy and of Holm’s definition', () => {
  for (const { p, holm: byHolm, benjaminiHochberg: byBenjaminiHochberg } of reference.multiplicity) {
    holm(p).forEach((adjusted, i) => assertNear(adjusted, byHolm[i] as number, `Holm of ${p.join()}`));
    benjaminiHochberg(p).forEach((adjusted, i) =>
      assertNear(adjusted, byBenjaminiHochberg[i] as number, `Benjamini-Hochberg of ${p.join()}`),
    );
  }
});

test('the ranks around a percentile are those of SciPy’s binomial quantiles', () => {
  for (const { count, share, confidence, low, high } of reference.percentileRanks) {
    assert.deepEqual(percentileRanks(count, share, confidence), { low, high }, `${count}, ${share}, ${confidence}`);
  }
});

test('the rule’s power is that of SciPy’s quadrature, and of the noncentral t distribution where there is no threshold', () => {
  for (const { blocks, power, ...planned } of reference.power) {
    assertNear(powerWithBlocks(blocks, planned), power, `${blocks} blocks, ${JSON.stringify(planned)}`);
  }
});
