import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type Exchange, offsetAt } from '../../src/fleet/clock-offset.ts';

/** What an exchange reads between clocks that are so far apart and drift so, where each way takes so long. */
interface Way {
  readonly atMicros: number;
  readonly thereMicros: number;
  readonly workMicros: number;
  readonly backMicros: number;
}

const trueOffset = (offsetMicros: number, ppm: number, atMicros: number): number =>
  offsetMicros + (atMicros * ppm) / 1e6;

function exchange({ atMicros, thereMicros, workMicros, backMicros }: Way, offsetMicros: number, ppm: number): Exchange {
  const elsewhere = (micros: number): number => micros + trueOffset(offsetMicros, ppm, micros);
  return {
    sentMicros: atMicros,
    receivedMicros: elsewhere(atMicros + thereMicros),
    repliedMicros: elsewhere(atMicros + thereMicros + workMicros),
    returnedMicros: atMicros + thereMicros + workMicros + backMicros,
  };
}

const aLatency = fc.double({ min: 50, max: 30_000, noNaN: true });
const ways = fc.array(
  fc.record({
    atMicros: fc.double({ min: 0, max: 600e6, noNaN: true }),
    thereMicros: aLatency,
    workMicros: fc.double({ min: 0, max: 5_000, noNaN: true }),
    backMicros: aLatency,
  }),
  { minLength: 1, maxLength: 64 },
);
const offsets = fc.double({ min: -40_000, max: 40_000, noNaN: true });
const drifts = fc.double({ min: -20, max: 20, noNaN: true });

const steady = { thereMicros: 200, workMicros: 0, backMicros: 200 };

test('the true offset of a clock 40 ms and 20 ppm off is never farther from the estimate than its bound', () => {
  fc.assert(
    fc.property(ways, offsets, drifts, fc.double({ min: 0, max: 600e6, noNaN: true }), (some, offset, ppm, at) => {
      const estimate = offsetAt(
        some.map(way => exchange(way, offset, ppm)),
        at,
      );
      assert.ok(estimate !== null);
      // a nanosecond is more than doubles lose here
      const error = Math.abs(estimate.offsetMicros - trueOffset(offset, ppm, at));
      assert.ok(error <= estimate.boundMicros + 1e-3, `${error} > ${estimate.boundMicros}`);
    }),
    { numRuns: 500 },
  );
});

test('the bound at the time of an exchange is no more than half of the quickest round trip, and what clocks drift meanwhile', () => {
  const quick: Way = { atMicros: 1e6, thereMicros: 200, workMicros: 50, backMicros: 300 };
  const slow: Way = { atMicros: 1e6, thereMicros: 20_000, workMicros: 50, backMicros: 300 };
  const estimate = offsetAt([exchange(slow, 40_000, 0), exchange(quick, 40_000, 0)], 1e6);
  assert.ok(estimate !== null && estimate.boundMicros <= 250 + 1, JSON.stringify(estimate));
});

test('clocks that NTP slews apart, each by 500 ppm, are known', () => {
  const some = Array.from({ length: 64 }, (_, i) => exchange({ ...steady, atMicros: i * 1e6 }, 0, 1_000));
  const estimate = offsetAt(some, 64e6);
  assert.ok(estimate !== null);
  assert.ok(Math.abs(estimate.offsetMicros - trueOffset(0, 1_000, 64e6)) <= estimate.boundMicros + 1e-3);
});

test('of a clock that was slewed faster for a while the newer half of the exchanges is believed', () => {
  const some = Array.from({ length: 64 }, (_, i) => {
    const atMicros = i * 1e6;
    return exchange({ ...steady, atMicros }, i < 32 ? -100_000 + i * 3_000 : 0, 0);
  });
  assert.equal(offsetAt(some.slice(0, 48), 48e6), null);
  const estimate = offsetAt(some, 64e6);
  assert.ok(estimate !== null && Math.abs(estimate.offsetMicros) <= estimate.boundMicros, JSON.stringify(estimate));
});

test('a clock that is set between two exchanges is not known any more', () => {
  const way: Way = { atMicros: 1e6, thereMicros: 200, workMicros: 0, backMicros: 200 };
  assert.equal(offsetAt([exchange(way, 0, 0), exchange(way, 40_000, 0)], 1e6), null);
});

test('without an exchange nothing is known', () => {
  assert.equal(offsetAt([], 0), null);
});
