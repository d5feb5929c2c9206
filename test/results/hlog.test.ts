import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { HistogramLogReader } from 'hdr-histogram-js';
import { mergeHistograms } from '../../src/measure/histogram.ts';
import { hlogOf, readHlog } from '../../src/results/hlog.ts';
import { histogramOf } from '../builders/trial.ts';

const startUnixMillis = 1_700_000_000_000;

test('a known interval log has 1 to 1000: count 1000, p50 500, p99 990, mean 500.5', () => {
  const known =
    'Tag=ack,1700000000.000,1.000,1.000,HISTFAAAACt4nJNpmSzMwMD8koGBgZGBgYGZAQJAbIZrk5cwwPlMo2AUjIJhDwBknQwW';
  const { count, p50, p99, mean } = mergeHistograms(readHlog(known).seconds.map(({ data }) => data)).summary();
  assert.deepEqual({ count, p50, p99, mean }, { count: 1_000, p50: 500, p99: 990, mean: 500.5 });
});

test('what is written is read back, second by second and bucket by bucket', () => {
  const entry = fc.tuple(fc.integer({ min: 0, max: 2 ** 31 }), fc.integer({ min: 1, max: 1_000 }));
  fc.assert(
    fc.property(fc.array(fc.array(entry, { minLength: 1 }), { maxLength: 5 }), intervals => {
      const seconds = intervals.map((entries, second) => ({ second, data: histogramOf(entries) }));
      const timed = { total: mergeHistograms(seconds.map(({ data }) => data)).toData(), seconds };
      const read = readHlog(hlogOf(timed, { tag: 'ack', startUnixMillis }));
      assert.deepEqual(
        read.seconds.map(({ second, data }) => ({ second, buckets: data.buckets, counts: data.counts })),
        seconds.map(({ second, data }) => ({ second, buckets: data.buckets, counts: data.counts })),
      );
    }),
    { numRuns: 30 },
  );
});

test('HdrHistogram’s own reader reads the log', () => {
  const data = histogramOf([
    [1_000, 90],
    [50_000, 10],
  ]);
  const reader = new HistogramLogReader(
    hlogOf({ total: data, seconds: [{ second: 0, data }] }, { tag: 'ack', startUnixMillis }),
  );
  const interval = reader.nextIntervalHistogram();
  assert.equal(interval?.tag, 'ack');
  assert.equal(interval?.totalCount, 100);
  assert.equal(interval?.getValueAtPercentile(95), 50_015);
});
