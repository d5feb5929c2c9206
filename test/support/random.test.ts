import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { seededRandom, shuffled } from '../../src/support/random.ts';

const take = (count: number, next: () => number): number[] => Array.from({ length: count }, next);

test('the same seed gives the same numbers, another seed others', () => {
  const [a, b, c] = [seededRandom(42), seededRandom(42), seededRandom(43)];
  const numbers = take(5, () => a.next());
  assert.deepEqual(
    take(5, () => b.next()),
    numbers,
  );
  assert.notDeepEqual(
    take(5, () => c.next()),
    numbers,
  );
});

test('a fork depends on seed and label alone, not on what was drawn before', () => {
  const fresh = seededRandom(7);
  const used = seededRandom(7);
  take(100, () => used.next());
  assert.equal(fresh.fork('keys').next(), used.fork('keys').next());
  assert.notEqual(fresh.fork('keys').next(), fresh.fork('payloads').next());
});

test('numbers are uniform: each tenth of [0, 1) holds a tenth of 100,000 draws to within 5 standard deviations', () => {
  const random = seededRandom(1);
  const tenths = new Float64Array(10);
  for (let i = 0; i < 100_000; i++) {
    const tenth = Math.floor(random.next() * 10);
    tenths[tenth] = (tenths[tenth] as number) + 1;
  }
  for (const count of tenths) assert.ok(Math.abs(count - 10_000) < 5 * Math.sqrt(100_000 * 0.1 * 0.9), `${count}`);
});

test('whole numbers stay below their limit', () => {
  fc.assert(
    fc.property(fc.integer(), fc.integer({ min: 1, max: 2 ** 32 }), (seed, limit) => {
      const value = seededRandom(seed).below(limit);
      assert.ok(Number.isInteger(value) && value >= 0 && value < limit);
    }),
  );
});

test('a shuffle loses nothing and doubles nothing', () => {
  fc.assert(
    fc.property(fc.array(fc.integer()), fc.integer(), (members, seed) => {
      const sorted = (list: readonly number[]): number[] => list.toSorted((a, b) => a - b);
      assert.deepEqual(sorted(shuffled(members, seededRandom(seed))), sorted(members));
    }),
  );
});
