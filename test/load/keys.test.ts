import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { aliasTable, drawIndex, keyChooser, type KeySettings, zipfExponent } from '../../src/load/keys.ts';
import { seededRandom } from '../../src/support/random.ts';

type Distribution = (KeySettings & { kind: 'keyed' })['distribution'];
const keyed = (distinct: number, distribution: Distribution): KeySettings => ({
  kind: 'keyed',
  distinct,
  distribution,
});

function counts(next: () => number, draws: number, distinct: number): number[] {
  const drawn = Array.from({ length: distinct }, () => 0);
  for (let i = 0; i < draws; i++) {
    const index = next();
    drawn[index] = (drawn[index] as number) + 1;
  }
  return drawn;
}

/** Five standard deviations of a count with that mean: a test with a fixed seed, so it holds always or never. */
const isNear = (count: number, mean: number): boolean => Math.abs(count - mean) < 5 * Math.sqrt(mean);

test('without keys every message has the null key', () => {
  const { keys, next } = keyChooser({ kind: 'none' }, seededRandom(1));
  assert.deepEqual([keys.length, next(), next()], [0, -1, -1]);
});

test('keys are numbered, different, and equally long', () => {
  assert.deepEqual(keyChooser(keyed(3, 'uniform'), seededRandom(1)).keys.map(String), [
    'key-000000',
    'key-000001',
    'key-000002',
  ]);
  const { keys } = keyChooser(keyed(1_000_001, 'uniform'), seededRandom(1));
  assert.equal(String(keys[123]), 'key-0000123');
  assert.equal(String(keys.at(-1)), 'key-1000000');
});

test('sequential keys come one after the other, from the start again at the end', () => {
  const { next } = keyChooser(keyed(3, 'sequential'), seededRandom(1));
  assert.deepEqual([next(), next(), next(), next()], [0, 1, 2, 0]);
});

test('uniform keys are equally frequent', () => {
  const { next } = keyChooser(keyed(10, 'uniform'), seededRandom(1));
  for (const count of counts(next, 100_000, 10)) assert.ok(isNear(count, 10_000), `${count}`);
});

test('zipf keys are as frequent as their rank says', () => {
  const distinct = 1_000;
  const { next } = keyChooser(keyed(distinct, 'zipf'), seededRandom(1));
  const drawn = counts(next, 200_000, distinct);
  const weights = drawn.map((_, i) => (i + 1) ** -zipfExponent);
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  drawn.forEach((count, rank) => {
    const mean = ((weights[rank] as number) / total) * 200_000;
    assert.ok(isNear(count, mean), `rank ${rank}: ${count}, expected ${mean}`);
  });
});

for (const distribution of ['uniform', 'zipf', 'sequential'] as const) {
  test(`${distribution} keys repeat for a seed and lie in the table`, () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 50 }), fc.integer(), (distinct, seed) => {
        const draw = (): number[] => {
          const { next } = keyChooser(keyed(distinct, distribution), seededRandom(seed));
          return Array.from({ length: 100 }, next);
        };
        assert.deepEqual(draw(), draw());
        assert.ok(draw().every(index => Number.isInteger(index) && index >= 0 && index < distinct));
      }),
    );
  });
}

test('an alias table gives every index exactly the share of its weight', () => {
  const weights = fc
    .array(fc.integer({ min: 0, max: 1_000 }), { minLength: 1, maxLength: 60 })
    .filter(list => list.some(weight => weight > 0));
  fc.assert(
    fc.property(weights, list => {
      const { own, alias } = aliasTable(Float64Array.from(list));
      const shares = list.map(() => 0);
      own.forEach((share, i) => {
        const other = alias[i] as number;
        shares[i] = (shares[i] as number) + share / list.length;
        shares[other] = (shares[other] as number) + (1 - share) / list.length;
      });
      const total = list.reduce((sum, weight) => sum + weight, 0);
      list.forEach((weight, i) => assert.ok(Math.abs((shares[i] as number) - weight / total) < 1e-9));
    }),
  );
});

test('a draw takes the column itself below its own share, else its alias', () => {
  const table = { own: Float64Array.of(0.25, 1), alias: Int32Array.of(1, 1) };
  assert.deepEqual(
    [0, 0.124, 0.126, 0.5, 0.999].map(uniform => drawIndex(table, uniform)),
    [0, 0, 1, 1, 1],
  );
});
