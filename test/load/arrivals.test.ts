import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  type Arrivals,
  expectedMessages,
  poissonArrivals,
  type RateSegment,
  uniformArrivals,
} from '../../src/load/arrivals.ts';
import { seededRandom } from '../../src/support/random.ts';

const steady = (perSecond: number): RateSegment[] => [
  { forMicros: Infinity, fromPerSecond: perSecond, toPerSecond: perSecond },
];

function dueBefore(arrivals: Arrivals, untilMicros: number): number[] {
  const due: number[] = [];
  for (let next = arrivals.nextDueMicros(); next < untilMicros; next = arrivals.nextDueMicros()) due.push(next);
  return due;
}

test('1000/s has exactly 2,000 messages due in the two seconds after a warm-up of five', () => {
  const due = dueBefore(uniformArrivals({ segments: steady(1_000), producer: 0, producers: 1 }), 7e6);
  assert.equal(due.filter(at => at >= 5e6).length, 2_000);
});

test('a million messages at an odd rate have not drifted by a nanosecond', () => {
  const arrivals = uniformArrivals({ segments: steady(3_000), producer: 0, producers: 1 });
  let last = 0;
  for (let i = 0; i <= 1_000_000; i++) last = arrivals.nextDueMicros();
  assert.equal(last, (1_000_000 * 1e6) / 3_000);
});

test('producers share the schedule: together they have what one would have', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 5_000 }), fc.integer({ min: 1, max: 7 }), (rate, producers) => {
      const shares = Array.from({ length: producers }, (_, producer) =>
        dueBefore(uniformArrivals({ segments: steady(rate), producer, producers }), 1e6),
      );
      assert.deepEqual(
        shares.flat().toSorted((a, b) => a - b),
        dueBefore(uniformArrivals({ segments: steady(rate), producer: 0, producers: 1 }), 1e6),
      );
    }),
    { numRuns: 30 },
  );
});

const segment = fc.record({
  forMicros: fc.integer({ min: 100_000, max: 3_000_000 }),
  fromPerSecond: fc.integer({ min: 0, max: 2_000 }),
  toPerSecond: fc.integer({ min: 0, max: 2_000 }),
});

test('steps and ramps, from and to zero too, have the messages that their area says, in order', () => {
  fc.assert(
    fc.property(fc.array(segment, { minLength: 1, maxLength: 4 }), segments => {
      const totalMicros = segments.reduce((sum, { forMicros }) => sum + forMicros, 0);
      const due = dueBefore(uniformArrivals({ segments, producer: 0, producers: 1 }), Infinity);
      const expected = expectedMessages(segments, 0, totalMicros);
      assert.ok(Math.abs(due.length - expected) <= 1, `${due.length} messages, expected ${expected}`);
      for (let i = 1; i < due.length; i++) assert.ok((due[i] as number) >= (due[i - 1] as number));
      due.forEach((at, i) =>
        assert.ok(Math.abs(expectedMessages(segments, 0, at) - i) < 1e-3, `message ${i} at ${at}`),
      );
    }),
  );
});

test('a last stretch without messages ends the schedule', () => {
  const segments = [
    { forMicros: 1e6, fromPerSecond: 10, toPerSecond: 10 },
    { forMicros: Infinity, fromPerSecond: 0, toPerSecond: 0 },
  ];
  assert.equal(dueBefore(uniformArrivals({ segments, producer: 0, producers: 1 }), Infinity).length, 10);
  assert.equal(uniformArrivals({ segments: segments.slice(1), producer: 0, producers: 1 }).nextDueMicros(), Infinity);
});

test('Poisson arrivals have the rate asked for and exponential gaps, over any number of producers', () => {
  const due = [0, 1, 2].flatMap(producer =>
    dueBefore(
      poissonArrivals({ segments: steady(1_000), producer, producers: 3, random: seededRandom(5).fork(producer) }),
      100e6,
    ),
  );
  due.sort((a, b) => a - b);
  assert.ok(Math.abs(due.length - 100_000) < 5 * Math.sqrt(100_000), `${due.length} messages`);
  const longGaps = due.filter((at, i) => at - (due[i - 1] ?? 0) > 1_000).length;
  assert.ok(Math.abs(longGaps / due.length - Math.exp(-1)) < 0.01, `${longGaps} gaps over the mean`);
});

test('Poisson arrivals repeat for a seed', () => {
  const first = (): number =>
    poissonArrivals({ segments: steady(10), producer: 0, producers: 1, random: seededRandom(9) }).nextDueMicros();
  assert.equal(first(), first());
});
