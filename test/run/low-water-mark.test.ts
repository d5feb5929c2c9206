import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { LowWaterMark } from '../../src/run/low-water-mark.ts';

test('what may be committed ends before the first message that is in hand, whatever was handled behind it', () => {
  const mark = new LowWaterMark();
  assert.equal(mark.nextOffset, -1);
  for (const offset of [10, 11, 12, 15]) mark.begin(offset);
  mark.end(11);
  mark.end(15);
  assert.equal(mark.nextOffset, 10);
  mark.end(10);
  assert.equal(mark.nextOffset, 12);
  mark.end(12);
  assert.equal(mark.nextOffset, 16);
});

test('behind the last message lies what there is nothing to handle of', () => {
  const mark = new LowWaterMark();
  mark.begin(4);
  mark.pass(9);
  assert.equal(mark.nextOffset, 4);
  mark.end(4);
  assert.equal(mark.nextOffset, 9);
});

test('the mark is the lowest offset in hand after every step, in whatever order messages end', () => {
  fc.assert(
    fc.property(
      fc.uniqueArray(fc.nat(10_000), { minLength: 1, maxLength: 3_000 }),
      fc.infiniteStream(fc.nat()),
      (offsets, keys) => {
        const ascending = offsets.toSorted((a, b) => a - b);
        const mark = new LowWaterMark();
        const inHand = new Set(ascending);
        for (const offset of ascending) mark.begin(offset);
        const order = ascending.map(offset => ({ offset, key: keys.next().value })).toSorted((a, b) => a.key - b.key);
        let lowest = 0;
        for (const { offset } of order) {
          mark.end(offset);
          inHand.delete(offset);
          while (lowest < ascending.length && !inHand.has(ascending[lowest] as number)) lowest++;
          assert.equal(mark.nextOffset, ascending[lowest] ?? (ascending.at(-1) as number) + 1);
        }
      },
    ),
    { numRuns: 20 },
  );
});
