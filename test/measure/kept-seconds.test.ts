/** Holds that a distribution's seconds keep every count, however many parts they come in. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { mergeHistograms } from '../../src/measure/histogram.ts';
import { KeptSeconds } from '../../src/measure/kept-seconds.ts';
import { IntervalRecorder } from '../../src/measure/recorder.ts';

const entry = fc.record({
  second: fc.integer({ min: 0, max: 30 }),
  valueMicros: fc.oneof(fc.integer({ min: 0, max: 5_000 }), fc.double({ min: 0, max: 1e8, noNaN: true })),
  count: fc.oneof(fc.integer({ min: 1, max: 3 }), fc.constantFrom(65_535, 65_536, 2 ** 31)),
  isCensored: fc.boolean(),
});

test('what is kept is what was recorded, second by second, in one part each', () => {
  fc.assert(
    fc.property(fc.array(fc.array(entry, { maxLength: 20 }), { maxLength: 6 }), rounds => {
      const recorder = new IntervalRecorder();
      const kept = new KeptSeconds();
      const all = [];
      for (const round of rounds) {
        for (const { second, valueMicros, count, isCensored } of round) {
          if (isCensored) recorder.recordCensored(second * 1e6, valueMicros, count);
          else recorder.record(second * 1e6, valueMicros, count);
        }
        const parts = recorder.take();
        kept.add(parts);
        all.push(...parts);
      }
      const seconds = kept.toData();
      assert.equal(new Set(seconds.map(({ second }) => second)).size, seconds.length);
      for (const [second, parts] of Map.groupBy(all, part => part.second)) {
        const expected = mergeHistograms(parts.map(({ data }) => data)).toData();
        const actual = seconds.filter(part => part.second === second).map(({ data }) => data);
        const { sumMicros, ...rest } = mergeHistograms(actual).toData();
        const { sumMicros: expectedSum, ...expectedRest } = expected;
        assert.deepEqual(rest, expectedRest);
        assert.ok(Math.abs(sumMicros - expectedSum) <= 1e-9 * expectedSum);
      }
    }),
  );
});
