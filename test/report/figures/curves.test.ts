/** What lines and fields of the figures are made of: known distributions, known values. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { latencyGrid } from '../../../src/measure/latency-grid.ts';
import { apart, logTicks, shortNumber } from '../../../src/report/figures/axes.ts';
import { countedCells } from '../../../src/report/figures/cells.ts';
import { heatmapOf } from '../../../src/report/figures/heatmap.ts';
import { spectrum } from '../../../src/report/figures/spectrum.ts';
import { curveOf, limitsOf, medianCurve } from '../../../src/report/figures/spectrum-curves.ts';
import { histogramOf } from '../../builders/trial.ts';
import { aChartedTrial, anInvalidTrial, aSource } from './charted.ts';

const curvesOf = (...trials: ReturnType<typeof aChartedTrial>[]) =>
  countedCells(aSource({ one: trials })).flatMap(cell => curveOf(cell, 'ack'));

/** 10,000 messages: 98 of 100 take 1 ms, the others 50 ms. */
const twoLevels = { micros: 1_000, slowMicros: 50_000, slow: 2 };

test('a curve holds each percentile, and ends where there is one message', () => {
  const [curve] = curvesOf(aChartedTrial(twoLevels));
  const millis = (nines: number): number =>
    Math.round((curve?.points.find(point => point.nines === nines)?.micros ?? 0) / 1e3);
  assert.deepEqual([0, 1, 2, 3, 4].map(millis), [1, 1, 50, 50, 50]);
  assert.equal(curve?.points.at(-1)?.nines, 4);
});

test('a curve is the trials’ geometric mean, its band reaches from the least to the greatest', () => {
  const [curve] = curvesOf(aChartedTrial({ micros: 1_000 }), aChartedTrial({ micros: 4_000 }));
  const point = curve?.points[12];
  assert.ok(Math.abs((point?.micros ?? 0) / 2_000 - 1) < 0.002);
  assert.equal(point?.least, 1_000);
  assert.ok(Math.abs((point?.most ?? 0) / 4_000 - 1) < 0.001);
});

test('a curve is firm as long as ten messages lie beyond in the smallest trial', () => {
  const [curve] = curvesOf(aChartedTrial({ micros: 1_000, seconds: 1 }), aChartedTrial({ micros: 1_000, seconds: 10 }));
  assert.equal(curve?.points.findLast(({ isFirm }) => isFirm)?.nines, 2);
  assert.equal(curve?.points.at(-1)?.nines, 3);
});

test('a curve is not firm where messages without an outcome would lie', () => {
  const trial = aChartedTrial({ micros: 1_000 });
  const acked = { ...trial.trial.ackMicros, censored: 500 } as typeof trial.trial.ackMicros;
  const [curve] = curvesOf({ ...trial, trial: { ...trial.trial, ackMicros: acked } });
  const last = curve?.points.findLast(({ isFirm }) => isFirm)?.nines ?? 0;
  assert.ok(10 ** -last >= 0.05 && last > 1.2, `${last}`);
});

test('invalid trials are not in the curve', () => {
  const [curve] = curvesOf(aChartedTrial({ micros: 1_000 }), anInvalidTrial({ micros: 90_000 }));
  assert.equal(Math.max(...(curve?.points ?? []).map(({ most }) => most)), 1_000);
});

test('behind small charts lies the median of all cells', () => {
  const curves = [1_000, 2_000, 8_000].flatMap(micros => curvesOf(aChartedTrial({ micros })));
  assert.deepEqual(new Set(medianCurve(curves).map(({ micros }) => Math.round(micros))), new Set([2_000]));
});

test('a limit far from every curve is told of, not drawn: it would press the curves together', () => {
  const limits = [5_000, 9_000_000].map(max => ({
    metric: 'ack.p99',
    min: null,
    max,
    where: {},
    group: null,
    every: null,
  }));
  const source = aSource({ one: [aChartedTrial({ micros: 3_000 })] }, { checks: limits });
  const curves = countedCells(source).flatMap(cell => curveOf(cell, 'ack'));
  const { near, far } = limitsOf(source.result, 'ack', curves);
  assert.deepEqual(
    [near.map(({ text }) => text), far.map(({ text }) => text)],
    [['limit p99 5 ms'], ['limit p99 9 s']],
  );
  assert.match(spectrum.figures(source)[0]?.help ?? '', /Off the scale: limit p99 9 s\./);
});

const second = (at: number, ...entries: [micros: number, count: number][]) => ({
  second: at,
  data: histogramOf(entries),
});

test('a grid counts every message of the window once', () => {
  const grid = latencyGrid([second(0, [1_000, 3], [9_000, 1]), second(1, [1_000, 4]), second(0, [1_000, 2])], 2e6);
  assert.deepEqual(
    grid.columns.map(column => [...column]),
    [
      [
        [48, 5],
        [63, 1],
      ],
      [[48, 4]],
    ],
  );
});

test('a long window has 60 columns at most', () => {
  const seconds = Array.from({ length: 3_600 }, (_, at) => second(at, [1_000, 1]));
  const grid = latencyGrid(seconds, 3_600e6);
  assert.deepEqual([grid.columns.length, grid.columnSeconds], [60, 60]);
  assert.deepEqual([...(grid.columns[59] ?? [])], [[48, 60]]);
});

test('fields of one level that stand beside each other are drawn as one', () => {
  const heat = heatmapOf(latencyGrid([second(0, [1_000, 100]), second(1, [1_000, 100]), second(2, [1_000, 1])], 3e6));
  assert.deepEqual([heat?.rows, heat?.columns, heat?.most], [1, 3, 100]);
  assert.deepEqual(heat?.paths, ['M2 0h1v1h-1z', '', '', '', '', '', '', 'M0 0h2v1h-2z']);
});

test('a heatmap has 20 rows at most, from the fastest message to the slowest', () => {
  const heat = heatmapOf(latencyGrid([second(0, [10, 1], [10_000_000, 1])], 1e6));
  assert.ok((heat?.rows ?? 99) <= 20);
  assert.ok((heat?.y[0] ?? 99) <= 10 && (heat?.y[1] ?? 0) > 10_000_000);
  assert.equal(heatmapOf(latencyGrid([], 1e6)), null);
});

test('labels are moved apart, in their order and within their limits', () => {
  assert.deepEqual(apart([5, 5.5, 0], 1, [0, 10]), [5, 6, 0]);
  assert.deepEqual(apart([9.8, 9.9, 10], 1, [0, 10]), [8, 9, 10]);
});

for (const [domain, ticks] of [
  [
    [1, 1e6],
    [1, 10, 100, 1e3, 1e4, 1e5, 1e6],
  ],
  [
    [900, 60_000],
    [1_000, 2_000, 5_000, 10_000, 20_000, 50_000],
  ],
  [[1_100, 1_200], [Math.sqrt(1_100 * 1_200)]],
] as const) {
  test(`a logarithmic axis from ${domain[0]} to ${domain[1]} has ${ticks.length} ticks`, () => {
    assert.deepEqual(logTicks(domain), ticks);
  });
}

for (const [value, text] of [
  [0, '0'],
  [500, '500'],
  [1_500, '1,500'],
  [12_000, '12k'],
  [2_500_000, '2.5M'],
] as const) {
  test(`${value} is short as ${text}`, () => assert.equal(shortNumber(value), text));
}
