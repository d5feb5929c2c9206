/** Holds the statistics to known answers, to the digits given, and to what must hold of any data. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { meanInterval, pOfZero, welchEstimate, welchInterval } from '../../../src/analysis/stats.ts';
import {
  benjaminiHochberg,
  benjaminiHochbergLevel,
  holm,
  holmLevels,
} from '../../../src/analysis/stats/multiplicity.ts';
import { percentileRanks } from '../../../src/analysis/stats/percentile-ranks.ts';
import { hodgesLehmannRatio, mannWhitney, mannWhitneyNormalP, signFlipP } from '../../../src/analysis/stats/ranks.ts';
import { studentCdf, studentQuantile } from '../../../src/analysis/stats/student.ts';

const a = [10, 10.2, 9.9, 10.1, 10.3, 9.8];
const b = [11, 11.3, 10.8, 11.1, 11.4, 10.9];

test('paired ratio of two samples: 1.10278 [1.09475, 1.11087]', () => {
  const { estimate, low, high } = meanInterval(
    a.map((value, i) => Math.log((b[i] as number) / value)),
    0.95,
  );
  assert.deepEqual(
    [estimate, low, high].map(log => Math.exp(log).toFixed(5)),
    ['1.10278', '1.09475', '1.11087'],
  );
});

test('Welch: t −8.50033, df 9.5756, p 9.144e-6', () => {
  // the estimate is b − a, the t of the known answer that of a − b
  const estimate = welchEstimate(a, b);
  assert.equal((-estimate.estimate / estimate.standardError).toFixed(5), '-8.50033');
  assert.equal(estimate.degreesOfFreedom.toFixed(4), '9.5756');
  assert.equal(pOfZero(estimate).toExponential(3), '9.144e-6');
});

test('ranks: U 0 with exact p .0021645, U 10 with .690476', () => {
  assert.equal(mannWhitney(a, b).u, 0);
  assert.equal(mannWhitney(a, b).p.toFixed(7), '0.0021645');
  const other = mannWhitney([1.1, 2.2, 3.3, 4.4, 5.5], [2, 3, 4, 5, 6]);
  assert.equal(other.u, 10);
  assert.equal(other.p.toFixed(6), '0.690476');
});

test('ranks with ties: U 6, normal p .16393, with continuity .19883', () => {
  const [one, two] = [
    [1, 2, 2, 3, 4],
    [2, 3, 3, 5, 6],
  ] as const;
  assert.equal(mannWhitney(one, two).u, 6);
  assert.equal(mannWhitneyNormalP(one, two, false).toFixed(5), '0.16393');
  assert.equal(mannWhitneyNormalP(one, two, true).toFixed(5), '0.19883');
});

test('Hodges-Lehmann ratio: 1.10153', () => {
  assert.equal(hodgesLehmannRatio(a, b).toFixed(5), '1.10153');
});

for (const [each, p] of [
  [3, 0.1],
  [4, 0.029],
  [5, 0.0079],
] as const) {
  test(`the smallest p of ${each} values against ${each} by ranks is ${p}`, () => {
    const low = Array.from({ length: each }, (_, i) => i);
    const high = low.map(value => value + each);
    assert.equal(Number(mannWhitney(low, high).p.toPrecision(2)), p);
  });
}

for (const [count, p] of [
  [5, 0.0625],
  [6, 0.03125],
  [10, 2 / 1_024],
] as const) {
  test(`${count} differences of one sign have a sign-flip p of ${p}`, () => {
    assert.equal(signFlipP(Array.from({ length: count }, (_, i) => 1 + i / 10)), p);
  });
}

const ps = [0.01, 0.04, 0.03, 0.005];

test('adjusted p: Holm .03 .06 .06 .02, Benjamini-Hochberg .02 .04 .04 .02', () => {
  const digits = (adjusted: readonly number[]): number[] => adjusted.map(p => Number(p.toFixed(12)));
  assert.deepEqual(digits(holm(ps)), [0.03, 0.06, 0.06, 0.02]);
  assert.deepEqual(digits(benjaminiHochberg(ps)), [0.02, 0.04, 0.04, 0.02]);
});

test('Holm judges the smallest of four p at a fourth of the level, the next at a third, and all that are left at the level where it stopped', () => {
  assert.deepEqual(holmLevels(ps, 0.05), [0.05 / 3, 0.025, 0.025, 0.0125]);
});

for (const [count, share, low, high] of [
  [1_000, 0.99, 983, 997],
  [10_000, 0.999, 9_983, 9_997],
  [5, 0.99, 4, null],
  [100, 0.999, 99, null],
] as const) {
  test(`95 % ranks of the ${share} percentile of ${count} values: ${low}, ${high ?? 'none'}`, () => {
    assert.deepEqual(percentileRanks(count, share, 0.95), { low, high });
  });
}

const sample = fc.array(fc.double({ min: 0.5, max: 2, noNaN: true }), { minLength: 2, maxLength: 12 });
const confidence = fc.double({ min: 0.5, max: 0.999, noNaN: true });
const near = (one: number, other: number): boolean => Math.abs(one - other) <= 1e-9 * Math.max(1, Math.abs(other));

test('an interval holds its estimate, and a more confident one holds it', () => {
  fc.assert(
    fc.property(sample, sample, confidence, (one, two, part) => {
      for (const at of [(c: number) => meanInterval(one, c), (c: number) => welchInterval(one, two, c)]) {
        const [wide, narrow] = [at(part), at(part / 2)];
        assert.ok(wide.low <= wide.estimate && wide.estimate <= wide.high);
        assert.ok(wide.low <= narrow.low && narrow.high <= wide.high);
      }
    }),
  );
});

test('an interval leaves 0 out exactly where p is below its level', () => {
  fc.assert(
    fc.property(sample, sample, confidence, (one, two, part) => {
      const { low, high } = welchInterval(one, two, part);
      const p = pOfZero(welchEstimate(one, two));
      fc.pre(Math.abs(p - (1 - part)) > 1e-9);
      assert.equal(low > 0 || high < 0, p < 1 - part);
    }),
  );
});

test('with the samples exchanged a difference changes its sign alone, a ratio becomes its inverse and p stays', () => {
  fc.assert(
    fc.property(sample, sample, (one, two) => {
      const [there, back] = [welchInterval(one, two, 0.95), welchInterval(two, one, 0.95)];
      assert.ok(near(there.low, -back.high) && near(there.high, -back.low));
      assert.ok(near(mannWhitney(one, two).p, mannWhitney(two, one).p));
      assert.equal(mannWhitney(one, two).u + mannWhitney(two, one).u, one.length * two.length);
    }),
  );
});

const severalPs = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 1, maxLength: 20 });

test('adjusted p keep their order, are never below p, and Holm’s are never below those of Benjamini and Hochberg', () => {
  fc.assert(
    fc.property(severalPs, some => {
      const [strong, weak] = [holm(some), benjaminiHochberg(some)];
      some.forEach((p, i) => {
        assert.ok((weak[i] as number) >= p - 1e-12 && (strong[i] as number) >= (weak[i] as number) - 1e-12);
        assert.ok((strong[i] as number) <= 1);
        some.forEach((other, j) => {
          if (p >= other) return;
          assert.ok((strong[i] as number) <= (strong[j] as number));
          assert.ok((weak[i] as number) <= (weak[j] as number));
        });
      });
    }),
  );
});

test('a p is below the level at which it is judged exactly where its adjusted p is below the whole level', () => {
  fc.assert(
    fc.property(severalPs, fc.double({ min: 0.01, max: 0.5, noNaN: true }), (some, level) => {
      const levels = holmLevels(some, level);
      const share = benjaminiHochbergLevel(some, level);
      const [strong, weak] = [holm(some), benjaminiHochberg(some)];
      some.forEach((p, i) => {
        if (Math.abs((strong[i] as number) - level) > 1e-9) {
          assert.equal(p <= (levels[i] as number), (strong[i] as number) <= level);
        }
        if (Math.abs((weak[i] as number) - level) > 1e-9) assert.equal(p <= share, (weak[i] as number) <= level);
      });
    }),
  );
});

test('a quantile of t has the probability that it was asked for', () => {
  fc.assert(
    fc.property(
      fc.double({ min: 1e-6, max: 1 - 1e-6, noNaN: true }),
      fc.double({ min: 1, max: 300, noNaN: true }),
      (p, df) => {
        assert.ok(Math.abs(studentCdf(studentQuantile(p, df), df) - p) < 1e-9);
      },
    ),
  );
});
