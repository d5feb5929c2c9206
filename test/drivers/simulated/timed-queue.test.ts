/** Holds the queue of times to what sorting would give. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { TimedQueue } from '../../../src/drivers/simulated/timed-queue.ts';

function drain(queue: TimedQueue): number[][] {
  const taken: number[][] = [];
  while (queue.size > 0) taken.push([queue.headMicros, queue.take()]);
  return taken;
}

test('entries leave in the order of their times, whatever the order they came in', () => {
  const times = fc.array(fc.integer({ min: 0, max: 50 }), { maxLength: 60 });
  fc.assert(
    fc.property(times, times, (before, after) => {
      const queue = new TimedQueue();
      for (const at of before) queue.push(at, at * 10);
      const half = Math.floor(before.length / 2);
      const first = Array.from({ length: half }, () => queue.take());
      assert.deepEqual(
        first,
        before
          .toSorted((a, b) => a - b)
          .slice(0, half)
          .map(at => at * 10),
      );
      for (const at of after) queue.push(at, at * 10);
      const left = [...before.toSorted((a, b) => a - b).slice(half), ...after].toSorted((a, b) => a - b);
      assert.deepEqual(
        drain(queue),
        left.map(at => [at, at * 10]),
      );
      assert.equal(queue.headMicros, Infinity);
    }),
  );
});

test('entries of equal times leave in the order they came in while times rise', () => {
  const queue = new TimedQueue();
  for (const [value, at] of [1, 1, 2, 2, 2].entries()) queue.push(at, value);
  assert.deepEqual(
    drain(queue).map(([, value]) => value),
    [0, 1, 2, 3, 4],
  );
});

test('rings and heaps grow beyond their first capacity without losing the order', () => {
  const queue = new TimedQueue();
  for (let i = 0; i < 500; i++) queue.push(i, i);
  for (let i = 0; i < 500; i++) queue.take();
  const rising = Array.from({ length: 5_000 }, (_, i) => 2 * i);
  for (const at of rising) queue.push(at, at);
  for (const at of rising.toReversed().slice(1)) queue.push(at - 1, at - 1);
  const times = drain(queue).map(([at]) => at as number);
  assert.equal(times.length, 9_999);
  assert.deepEqual(
    times,
    times.toSorted((a, b) => a - b),
  );
});
