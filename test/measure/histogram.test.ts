import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { bucketCount, bucketOf, Histogram, highestOf, lowestOf, mergeHistograms } from '../../src/measure/histogram.ts';
import { IntervalRecorder } from '../../src/measure/recorder.ts';
import { SmallHistogram } from '../../src/measure/small-histogram.ts';

const latency = fc.integer({ min: 0, max: 2 ** 32 - 1 });

function histogramOf(entries: readonly (readonly [micros: number, count: number])[]): Histogram {
  const histogram = new Histogram();
  for (const [micros, count] of entries) histogram.record(micros, count);
  return histogram;
}

test('buckets follow one another without gap or overlap', () => {
  let next = 0;
  for (let bucket = 0; bucket < bucketCount; bucket++) {
    assert.equal(lowestOf(bucket), next);
    next = highestOf(bucket) + 1;
  }
  assert.equal(next, 2 ** 32);
});

test('a value lies in its bucket, whose width is at most 0.1 % of it', () => {
  fc.assert(
    fc.property(latency, value => {
      const bucket = bucketOf(value);
      assert.ok(lowestOf(bucket) <= value && value <= highestOf(bucket));
      assert.ok(highestOf(bucket) - lowestOf(bucket) <= value / 1_000);
    }),
  );
});

test('percentiles are the nearest rank, to 0.1 %, and never above the maximum', () => {
  fc.assert(
    fc.property(
      fc.array(latency, { minLength: 1 }),
      fc.double({ min: 0.001, max: 1, noNaN: true }),
      (values, share) => {
        const sorted = values.toSorted((a, b) => a - b);
        const exact = sorted[Math.max(0, Math.ceil(Number((share * values.length).toPrecision(15))) - 1)] as number;
        const found = histogramOf(values.map(value => [value, 1])).percentileMicros(share);
        assert.ok(found >= exact && found <= exact * 1.001 + 1, `${found} is not ${exact}`);
        assert.ok(found <= (sorted.at(-1) as number));
      },
    ),
  );
});

test('p99 of a merge is the p99 of all messages, not the average of p99s', () => {
  const one = histogramOf([
    [1_000, 99_000],
    [100_000, 1_000],
  ]);
  const other = histogramOf([[500_000, 1_000]]);
  const merged = mergeHistograms([one.toData(), other.toData()]);
  assert.ok(Math.abs(merged.percentileMicros(0.99) - 100_000) <= 100);
  assert.ok(Math.abs(merged.percentileMicros(0.999) - 500_000) <= 500);
});

test('10,000 messages of 1 ms and one of 100 s have a mean of 10.999 ms and a p99.99 of 1 ms', () => {
  const { p9999, mean, count } = histogramOf([
    [1_000, 10_000],
    [100_000_000, 1],
  ]).summary();
  assert.equal(count, 10_001);
  assert.equal(p9999, 1_000);
  assert.ok(Math.abs(mean - 10_999) < 1);
});

test('messages without an outcome stay in the distribution, as lower bounds', () => {
  const histogram = histogramOf([[1_000, 98]]);
  histogram.recordCensored(30_000_000, 2);
  const summary = histogram.summary();
  assert.equal(summary.count, 100);
  assert.equal(summary.censored, 2);
  assert.equal(summary.p99, 30_000_000);
  assert.equal(summary.p90, 1_000);
});

test('a negative latency is kept in the minimum, one beyond 71 minutes in the maximum', () => {
  const summary = histogramOf([
    [-250, 1],
    [2 ** 33, 1],
  ]).summary();
  assert.equal(summary.min, -250);
  assert.equal(summary.max, 2 ** 33);
  assert.equal(summary.p99, 2 ** 33);
});

test('what a recorder split by second adds up to the whole, latecomers included', () => {
  const entry = fc.record({
    due: fc.integer({ min: 0, max: 90_000_000 }),
    value: latency,
    count: fc.integer({ min: 1, max: 9 }),
  });
  fc.assert(
    fc.property(fc.array(entry), entries => {
      const recorder = new IntervalRecorder();
      for (const { due, value, count } of entries) recorder.record(due, value, count);
      const parts = recorder.take();
      const merged = mergeHistograms(parts.map(part => part.data)).summary();
      assert.deepEqual(merged, histogramOf(entries.map(({ value, count }) => [value, count] as const)).summary());
      for (const part of parts) {
        assert.ok(entries.some(({ due }) => Math.floor(due / 1e6) === part.second));
      }
      assert.deepEqual(recorder.take(), []);
    }),
  );
});

test('a small histogram knows its values to 1 %', () => {
  fc.assert(
    fc.property(fc.array(latency, { minLength: 1 }), values => {
      const small = new SmallHistogram();
      for (const value of values) small.record(value, 1);
      const found = mergeHistograms([small.toData()]);
      const exact = histogramOf(values.map(value => [value, 1]));
      assert.equal(found.count, values.length);
      assert.equal(found.maxMicros, exact.maxMicros);
      for (const share of [0.5, 0.9, 0.99]) {
        const [a, b] = [found.percentileMicros(share), exact.percentileMicros(share)];
        assert.ok(Math.abs(a - b) <= b * 0.01 + 1, `${a} is not ${b}`);
      }
    }),
  );
});
