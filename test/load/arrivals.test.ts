import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  type Arrivals,
  expectedCount,
  poissonArrivals,
  type RateSegment,
  type RateStage,
  segmentsOf,
  uniformArrivals,
} from '../../src/load/arrivals.ts';
import { seededRandom } from '../../src/support/random.ts';

const steady = (perSecond: number): RateSegment[] => [
  { forMicros: Infinity, fromPerSecond: perSecond, toPerSecond: perSecond },
];

const alone = { producer: 0, producers: 1 };

/** Every due time before an instant, in the order in which they come. */
function dueBefore(arrivals: Arrivals, untilMicros: number): number[] {
  const due: number[] = [];
  for (let next = arrivals.nextDueMicros(); next < untilMicros; next = arrivals.nextDueMicros()) due.push(next);
  return due;
}

function uniformShares(segments: readonly RateSegment[], producers: number, untilMicros: number): number[][] {
  return Array.from({ length: producers }, (_, producer) =>
    dueBefore(uniformArrivals({ segments, producer, producers }), untilMicros),
  );
}

const between = (due: readonly number[], fromMicros: number, toMicros: number): number =>
  due.filter(at => at >= fromMicros && at < toMicros).length;

test('1000/s has exactly 2,000 messages due in the two seconds after a warm-up of five', () => {
  const due = dueBefore(uniformArrivals({ segments: steady(1_000), ...alone }), 10e6);
  assert.equal(between(due, 5e6, 7e6), 2_000);
});

test('the first message is due at the start, and all lie at even distances', () => {
  const due = dueBefore(uniformArrivals({ segments: steady(4_000), ...alone }), 1_500);
  assert.deepEqual(due, [0, 250, 500, 750, 1_000, 1_250]);
});

test('a million messages at an odd rate have not drifted by more than the grid of a nanosecond', () => {
  const arrivals = uniformArrivals({ segments: steady(3_000), ...alone });
  for (let i = 0; i <= 1_000_000; i++) {
    assert.ok(Math.abs(arrivals.nextDueMicros() - (i * 1e6) / 3_000) <= 1 / 2_048, `message ${i}`);
  }
});

const rates = fc.integer({ min: 1, max: 20_000 });
const millis = fc.integer({ min: 0, max: 500 });

test('a window of whole milliseconds holds what the rate says to the message, whatever comes before it', () => {
  fc.assert(
    fc.property(rates, millis, millis, (rate, warmup, measure) => {
      const due = dueBefore(uniformArrivals({ segments: steady(rate), ...alone }), 2e6);
      // message i is in [a, b) if and only if a·rate ≤ i < b·rate
      const upTo = (ms: number): number => Math.ceil((ms * rate) / 1_000);
      assert.equal(between(due, warmup * 1e3, (warmup + measure) * 1e3), upTo(warmup + measure) - upTo(warmup));
    }),
    { numRuns: 60 },
  );
});

for (const perMinute of [1_000, 7, 999_999]) {
  test(`${perMinute}/m has exactly that many messages due in every minute`, () => {
    const due = dueBefore(uniformArrivals({ segments: steady(perMinute / 60), ...alone }), 180e6);
    assert.deepEqual(
      [0, 60e6, 120e6].map(from => between(due, from, from + 60e6)),
      [perMinute, perMinute, perMinute],
    );
  });
}

const segment = fc.record({
  forMicros: fc.integer({ min: 1, max: 2_000 }).map(ms => ms * 1_000),
  fromPerSecond: fc.integer({ min: 0, max: 1_500 }),
  toPerSecond: fc.integer({ min: 0, max: 1_500 }),
});
const segmentLists = fc.array(
  fc.oneof(
    segment,
    segment.map(one => ({ ...one, toPerSecond: one.fromPerSecond })),
  ),
  { minLength: 1, maxLength: 5 },
);
const lengthOf = (segments: readonly RateSegment[]): number =>
  segments.reduce((sum, { forMicros }) => sum + forMicros, 0);

test('producers share a schedule of steps and ramps: the union is the whole, each share in order, nothing twice', () => {
  fc.assert(
    fc.property(segmentLists, fc.integer({ min: 1, max: 7 }), (segments, producers) => {
      const whole = dueBefore(uniformArrivals({ segments, ...alone }), Infinity);
      const shares = uniformShares(segments, producers, Infinity);
      shares.forEach((share, producer) =>
        assert.deepEqual(
          share,
          whole.filter((_, i) => i % producers === producer),
        ),
      );
      for (let i = 1; i < whole.length; i++) assert.ok((whole[i] as number) > (whole[i - 1] as number), `message ${i}`);
    }),
  );
});

test('every message of steps and ramps, from and to zero too, is due when the area under the rate is its number', () => {
  fc.assert(
    fc.property(segmentLists, segments => {
      const due = dueBefore(uniformArrivals({ segments, ...alone }), Infinity);
      const expected = expectedCount(segments, 0, lengthOf(segments));
      assert.equal(due.length, Math.ceil(expected));
      due.forEach((at, i) => {
        const area = expectedCount(segments, 0, at);
        assert.ok(Math.abs(area - i) < 1e-5, `message ${i} at ${at} µs, where the area is ${area}`);
      });
    }),
  );
});

for (const [shape, fromPerSecond, toPerSecond, share] of [
  ['a ramp from zero', 0, 1_000, 1 / 16],
  ['a ramp to zero', 1_000, 0, 7 / 16],
  ['a constant rate', 1_000, 1_000, 1 / 4],
] as const) {
  test(`${shape} has its share of messages due in the first quarter`, () => {
    const segments = [{ forMicros: 8e6, fromPerSecond, toPerSecond }];
    const due = dueBefore(uniformArrivals({ segments, ...alone }), Infinity);
    const total = ((fromPerSecond + toPerSecond) / 2) * 8;
    assert.equal(due.length, total);
    assert.equal(between(due, 0, 2e6), total * share);
  });
}

test('while the rate is zero nothing is due: the next message comes at its end', () => {
  const segments = [
    { forMicros: 1e6, fromPerSecond: 3, toPerSecond: 3 },
    { forMicros: 5e6, fromPerSecond: 0, toPerSecond: 0 },
    { forMicros: 1e6, fromPerSecond: 2, toPerSecond: 2 },
    { forMicros: Infinity, fromPerSecond: 0, toPerSecond: 0 },
  ];
  const due = dueBefore(uniformArrivals({ segments, ...alone }), Infinity);
  assert.deepEqual(
    due.map(at => Math.round(at)),
    [0, 333_333, 666_667, 6_000_000, 6_500_000],
  );
  assert.equal(uniformArrivals({ segments: segments.slice(1, 2), ...alone }).nextDueMicros(), Infinity);
});

for (const [wrong, segments] of [
  ['goes on after an endless segment', [...steady(1), ...steady(1)]],
  ['ramps without end', [{ forMicros: Infinity, fromPerSecond: 1, toPerSecond: 2 }]],
] as const) {
  test(`a schedule that ${wrong} is refused`, () => {
    assert.throws(() => uniformArrivals({ segments, ...alone }), { reason: 'bug' });
  });
}

test('independent Poisson producers add up to the rate, with exponential gaps between all their messages', () => {
  const random = seededRandom(5);
  const due = [0, 1, 2]
    .flatMap(producer =>
      dueBefore(
        poissonArrivals({ segments: steady(1_000), producer, producers: 3, random: random.fork(producer) }),
        100e6,
      ),
    )
    .toSorted((a, b) => a - b);
  assert.ok(Math.abs(due.length - 100_000) < 5 * Math.sqrt(100_000), `${due.length} messages`);
  const longer = (micros: number): number => due.filter((at, i) => at - (due[i - 1] ?? 0) > micros).length / due.length;
  for (const micros of [100, 1_000, 3_000]) {
    assert.ok(Math.abs(longer(micros) - Math.exp(-micros / 1_000)) < 0.01, `${longer(micros)} gaps over ${micros} µs`);
  }
});

test('Poisson arrivals follow ramps: counts in each second are what the area says', () => {
  const segments = [
    { forMicros: 10e6, fromPerSecond: 0, toPerSecond: 10_000 },
    { forMicros: 10e6, fromPerSecond: 10_000, toPerSecond: 0 },
  ];
  const due = dueBefore(poissonArrivals({ segments, ...alone, random: seededRandom(11) }), Infinity);
  for (let second = 0; second < 20; second++) {
    const mean = expectedCount(segments, second * 1e6, (second + 1) * 1e6);
    const count = between(due, second * 1e6, (second + 1) * 1e6);
    assert.ok(Math.abs(count - mean) < 5 * Math.sqrt(mean), `second ${second}: ${count}, expected ${mean}`);
  }
});

test('Poisson arrivals repeat for a seed and differ for another', () => {
  const times = (seed: number): number[] =>
    dueBefore(poissonArrivals({ segments: steady(100), ...alone, random: seededRandom(seed) }), 1e6);
  assert.deepEqual(times(9), times(9));
  assert.notDeepEqual(times(9), times(10));
});

const hold = (seconds: number, perSecond: number): RateStage => ({ kind: 'hold', forMicros: seconds * 1e6, perSecond });
const ramp = (seconds: number, perSecond: number): RateStage => ({ kind: 'ramp', forMicros: seconds * 1e6, perSecond });

for (const [load, warmupMicros, stages, expected] of [
  ['one rate is one endless segment', 5e6, [hold(30, 100)], [[Infinity, 100, 100]]],
  [
    'stages follow a warm-up at the first one’s rate, and the last rate goes on',
    5e6,
    [hold(10, 100), ramp(20, 500), hold(5, 500)],
    [
      [15e6, 100, 100],
      [20e6, 100, 500],
      [Infinity, 500, 500],
    ],
  ],
  [
    'a first ramp starts at zero, and its warm-up runs at its target',
    5e6,
    [ramp(10, 100), ramp(10, 0)],
    [
      [5e6, 100, 100],
      [10e6, 0, 100],
      [10e6, 100, 0],
      [Infinity, 0, 0],
    ],
  ],
  [
    'without a warm-up the first stage comes first',
    0,
    [ramp(10, 100)],
    [
      [10e6, 0, 100],
      [Infinity, 100, 100],
    ],
  ],
] as const) {
  test(`in a trial's schedule ${load}`, () => {
    assert.deepEqual(
      segmentsOf(warmupMicros, stages),
      expected.map(([forMicros, fromPerSecond, toPerSecond]) => ({ forMicros, fromPerSecond, toPerSecond })),
    );
  });
}
