/** Spans of the window: where they lie, and that a live figure and one read back from an interval log are the same. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  countValue,
  distributionValue,
  fails,
  isSeenWhileRunning,
  spanSourceOf,
  spanStarts,
  spanValues,
} from '../../src/measure/spans.ts';
import { mergeHistograms } from '../../src/measure/histogram.ts';
import { hlogOf, readHlog } from '../../src/results/hlog.ts';
import { histogramOf } from '../builders/trial.ts';

for (const [windowSeconds, everySeconds, starts] of [
  [10, 5, [0, 5]],
  [10, 3, [0, 3, 6]],
  [10, 10, [0]],
  [10, 11, []],
  [2.5, 1, [0, 1]],
] as const) {
  test(`a window of ${windowSeconds} s has ${starts.length} whole spans of ${everySeconds} s; what is left over is none`, () => {
    assert.deepEqual(spanStarts(windowSeconds * 1e6, everySeconds * 1e6), starts);
  });
}

for (const [metric, source, whileRunning] of [
  ['ack.p99', 'ack', true],
  ['endToEnd.max', 'endToEnd', true],
  ['scheduleLag.p99', 'scheduleLag', false],
  ['ackedPerSecond', 'acked', true],
  ['consumedPerSecond', 'consumed', true],
  ['failed', 'failed', true],
  ['lost', undefined, false],
  ['partitionSkew', undefined, false],
  ['ackedBytesPerSecond', undefined, false],
] as const) {
  test(`${metric} by span comes from ${source ?? 'nothing'}, ${whileRunning ? 'also' : 'not'} while running`, () => {
    assert.deepEqual([spanSourceOf(metric)?.name, isSeenWhileRunning(metric)], [source, whileRunning]);
  });
}

for (const [sentence, limits, value, isMissed] of [
  ['below the least', { min: 10, max: null }, 9, true],
  ['at the least', { min: 10, max: null }, 10, false],
  ['at the most', { min: null, max: 10 }, 10, false],
  ['above the most', { min: null, max: 10 }, 11, true],
  ['nothing at all, whatever is demanded', { min: null, max: 10 }, null, true],
] as const) {
  test(`a span fails ${isMissed ? '' : 'not '}with ${sentence}`, () => {
    assert.equal(fails(limits, { fromSecond: 0, value }), isMissed);
  });
}

test('a rate is taken over the whole span, and seconds without any message count as zero', () => {
  const seconds = { kind: 'count' as const, perSecond: [100, 200, 300] };
  assert.deepEqual(spanValues('ackedPerSecond', seconds, { windowMicros: 6e6, everyMicros: 2e6 }), [
    { fromSecond: 0, value: 150 },
    { fromSecond: 2, value: 150 },
    { fromSecond: 4, value: 0 },
  ]);
  assert.equal(countValue('failed', 7, 2e6), 7);
});

test('a distribution is that of all seconds of the span together, and a span without messages has no value', () => {
  const parts = [
    { second: 0, data: histogramOf([[100, 99]]) },
    { second: 1, data: histogramOf([[1_000, 1]]) },
    { second: 1, data: histogramOf([[1_000, 1]]) },
    { second: 5, data: histogramOf([[500, 1]]) },
  ];
  const found = spanValues('ack.p99', { kind: 'distribution', parts }, { windowMicros: 6e6, everyMicros: 2e6 });
  assert.deepEqual(found, [
    { fromSecond: 0, value: 1_000 },
    { fromSecond: 2, value: null },
    { fromSecond: 4, value: 500 },
  ]);
});

test('messages that are still open take at least the time-out', () => {
  const parts = [histogramOf([[100, 90]])];
  const waiting = { count: 10, timeoutMicros: 1e6 };
  assert.equal(distributionValue('ack.p90', parts, waiting), 100);
  assert.ok((distributionValue('ack.p95', parts, waiting) ?? 0) >= 1e6);
});

test('a value is the same whether it is taken live, in parts, or from the interval log', () => {
  const latencies = fc.array(fc.tuple(fc.integer({ min: 0, max: 5_000_000 }), fc.integer({ min: 1, max: 50 })), {
    minLength: 1,
    maxLength: 30,
  });
  const metrics = ['p50', 'p99', 'p9999', 'mean', 'min', 'max'].map(statistic => `ack.${statistic}`);
  fc.assert(
    fc.property(fc.array(latencies, { minLength: 1, maxLength: 4 }), all => {
      const parts = all.map(histogramOf);
      const data = mergeHistograms(parts).toData();
      const log = hlogOf({ total: data, seconds: [{ second: 0, data }] }, { tag: 'ack', startUnixMillis: 0 });
      const stored = readHlog(log).seconds.map(one => one.data);
      for (const metric of metrics) {
        const [live, later] = [distributionValue(metric, parts), distributionValue(metric, stored)];
        assert.ok(Math.abs((live ?? NaN) - (later ?? NaN)) <= 1e-9 * (later ?? 0), `${metric}: ${live} and ${later}`);
      }
    }),
    { numRuns: 50 },
  );
});
