import assert from 'node:assert/strict';
import { test } from 'node:test';
import { appendedBetween, settledEndOffsets } from '../../src/run/end-offsets.ts';

/** A ground whose end offsets are read one after the other, the last one for ever. */
function aGround(...readings: (readonly number[])[]) {
  let read = 0;
  return {
    endOffsets: async () => readings[Math.min(read++, readings.length - 1)] as readonly number[],
    reads: () => read,
  };
}

test('end offsets that lag behind the acknowledgements are read again until they have caught up', async () => {
  const ground = aGround([10, 20], [12, 20], [15, 25], [99, 99]);
  assert.deepEqual(await settledEndOffsets(ground, [10, 20], 10), [15, 25]);
  assert.equal(ground.reads(), 3);
});

test('end offsets that stand still are taken as they are: what they lack is lost', async () => {
  assert.deepEqual(await settledEndOffsets(aGround([10], [11]), [10], 5), [11]);
});

test('what a topic held before does not count', () => {
  assert.equal(appendedBetween([5, 7], [6, 10]), 4);
});
