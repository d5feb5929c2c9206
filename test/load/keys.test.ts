import assert from 'node:assert/strict';
import { test } from 'node:test';
import { keyChooser, weightedChoice, zipfExponent } from '../../src/load/keys.ts';
import { seededRandom } from '../../src/support/random.ts';

function frequencies(next: () => number, draws: number, distinct: number): number[] {
  const counts = Array.from({ length: distinct }, () => 0);
  for (let i = 0; i < draws; i++) {
    const index = next();
    counts[index] = (counts[index] as number) + 1;
  }
  return counts;
}

test('without keys every message has the null key', () => {
  const { keys, next } = keyChooser({ kind: 'none' }, seededRandom(1));
  assert.deepEqual([keys.length, next(), next()], [0, -1, -1]);
});

test('sequential keys come one after the other, from the start again at the end', () => {
  const { keys, next } = keyChooser({ kind: 'keyed', distinct: 3, distribution: 'sequential' }, seededRandom(1));
  assert.deepEqual(
    [next(), next(), next(), next()].map(index => String(keys[index])),
    ['key-0', 'key-1', 'key-2', 'key-0'],
  );
});

test('uniform keys are equally frequent', () => {
  const { next } = keyChooser({ kind: 'keyed', distinct: 10, distribution: 'uniform' }, seededRandom(1));
  for (const count of frequencies(next, 100_000, 10)) assert.ok(Math.abs(count - 10_000) < 500, `${count}`);
});

test('zipf keys are as frequent as their rank says', () => {
  const distinct = 1_000;
  const { next } = keyChooser({ kind: 'keyed', distinct, distribution: 'zipf' }, seededRandom(1));
  const counts = frequencies(next, 200_000, distinct);
  const weights = counts.map((_, i) => (i + 1) ** -zipfExponent);
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  for (const rank of [0, 1, 9, 99]) {
    const expected = ((weights[rank] as number) / total) * 200_000;
    assert.ok(
      Math.abs((counts[rank] as number) - expected) < 5 * Math.sqrt(expected),
      `rank ${rank}: ${counts[rank]}, not ${expected}`,
    );
  }
});

test('a weight of zero is never drawn', () => {
  const next = weightedChoice(Float64Array.of(0, 3, 0, 1), seededRandom(2));
  const counts = frequencies(next, 40_000, 4);
  assert.deepEqual([counts[0], counts[2]], [0, 0]);
  assert.ok(Math.abs((counts[1] as number) - 30_000) < 500);
});
