/** Holds the simulated servers' arithmetic to answers known by hand. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ServiceQueue, thawedAt } from '../../../src/drivers/simulated/service-queue.ts';
import type { Freeze } from '../../../src/drivers/simulated/settings.ts';

/** The ends of messages that arrive then, in that order. */
function endsOf(
  arrivals: readonly number[],
  { servers, serviceMicros, freeze = [] }: { servers: number | null; serviceMicros: number; freeze?: Freeze[] },
): number[] {
  const queue = new ServiceQueue(servers === null ? null : new Float64Array(servers), freeze);
  return arrivals.map(arrival => queue.serve(arrival, serviceMicros, 0));
}

test('one server serves one after the other', () => {
  assert.deepEqual(endsOf([0, 10, 20, 500], { servers: 1, serviceMicros: 100 }), [100, 200, 300, 600]);
});

test('two servers serve two at once, and the third message goes to the server that is free first', () => {
  assert.deepEqual(endsOf([0, 10, 20, 30], { servers: 2, serviceMicros: 100 }), [100, 110, 200, 210]);
});

test('as many servers as messages, or more, queue nothing', () => {
  const arrivals = [0, 1, 2, 3, 4];
  for (const servers of [5, 7, null]) {
    assert.deepEqual(
      endsOf(arrivals, { servers, serviceMicros: 100 }),
      arrivals.map(at => at + 100),
    );
  }
});

test('messages of unequal service times go to whichever of three servers is free first', () => {
  const queue = new ServiceQueue(new Float64Array(3), []);
  const served = [50, 10, 30, 10, 10, 40].map(serviceMicros => queue.serve(0, serviceMicros, 0));
  assert.deepEqual(served, [50, 10, 30, 20, 30, 70]);
});

test('no service starts within a freeze, whose end is outside it', () => {
  const freeze = [{ atMicros: 100, forMicros: 50 }];
  const thawed = [99.5, 100, 149.5, 150].map(at => thawedAt(at, freeze, 0));
  assert.deepEqual(thawed, [99.5, 150, 150, 150]);
});

test('a freeze counts from the start of the window, and there is none before the window is known', () => {
  const freeze = [{ atMicros: 100, forMicros: 50 }];
  assert.equal(thawedAt(1_120, freeze, 1_000), 1_150);
  assert.equal(thawedAt(120, freeze, Number.NaN), 120);
});

test('a freeze with `every` repeats', () => {
  const freeze = [{ atMicros: 100, forMicros: 50, everyMicros: 200 }];
  const thawed = [50, 120, 180, 300, 349, 350, 20_110].map(at => thawedAt(at, freeze, 0));
  assert.deepEqual(thawed, [50, 150, 180, 350, 350, 350, 20_150]);
});

test('a service is pushed out of one freeze into the next and out of that', () => {
  const freeze = [
    { atMicros: 150, forMicros: 50 },
    { atMicros: 100, forMicros: 50 },
  ];
  assert.equal(thawedAt(100, freeze, 0), 200);
});

test('freezes without a gap never end', () => {
  const freeze = [
    { atMicros: 0, forMicros: 100, everyMicros: 200 },
    { atMicros: 100, forMicros: 100, everyMicros: 200 },
  ];
  assert.equal(thawedAt(10, freeze, 0), Infinity);
});

test("a stalled broker shows in the percentiles of everything that was due meanwhile (known answer K1')", () => {
  const sent = Array.from({ length: 2_000 }, (_, i) => i * 1_000);
  const freeze = [{ atMicros: 1e6, forMicros: 1e6 }];
  const zero = endsOf(sent, { servers: null, serviceMicros: 0, freeze });
  // before the stall each takes 1 ms; in it, until its end
  const millis = sent.map((at, i) => Math.max(1, ((zero[i] as number) - at) / 1e3)).toSorted((a, b) => a - b);
  const percentile = (q: number) => millis[Math.ceil(q * millis.length) - 1];
  assert.deepEqual([0.5, 0.75, 0.9, 0.99, 1].map(percentile), [1, 500, 800, 980, 1_000]);
  assert.equal(millis.reduce((sum, each) => sum + each, 0) / millis.length, 250.75);
});
