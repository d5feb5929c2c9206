import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Row } from '../../../bench/peers/rounds.ts';
import { median, medianKnown, shuffled } from '../../../bench/peers/stats.ts';
import { formatTable, referenceOf, renderComparison } from '../../../bench/peers/table.ts';
import { type Figures, nothingElse } from '../../../bench/peers/tools/tool.ts';

const figures = (messagesPerSecond: number, over: Partial<Figures> = {}): Figures => ({
  ...nothingElse,
  messagesPerSecond,
  cpuMicrosPerMessage: 1e6 / messagesPerSecond,
  ...over,
});

const java: Row = {
  title: 'kafka-producer-perf-test (Java)',
  id: 'java',
  version: '4.3.1',
  verifies: false,
  rounds: [400_000, 500_000, 600_000].map(rate => figures(rate, { p99Micros: 50_000 })),
  failures: [],
};
const wire: Row = {
  title: 'Highwater, wire',
  id: 'highwater-wire',
  version: '0.1.0',
  verifies: true,
  rounds: [900_000, 1_000_000, 1_100_000].map(rate => figures(rate, { workerCpuMicrosPerMessage: 0.5 })),
  failures: [],
};

for (const [values, middle] of [
  [[3, 1, 2], 2],
  [[4, 1, 2, 3], 2.5],
  [[7], 7],
  [[], NaN],
] as const) {
  test(`the median of ${JSON.stringify(values)} is ${middle}`, () => assert.equal(median(values), middle));
}

test('the median of what some rounds did not tell is that of the others', () => {
  assert.equal(medianKnown([null, 3, 5, null, 4]), 4);
  assert.equal(medianKnown([null]), null);
});

test('a shuffle loses nothing', () => {
  const items = Array.from({ length: 50 }, (_, i) => i);
  assert.deepEqual(
    shuffled(items).toSorted((a, b) => a - b),
    items,
  );
});

test('the columns of a table stand under each other', () => {
  assert.equal(
    formatTable(
      ['tool', 'n'],
      [
        ['a', '1,000'],
        ['longer', '2'],
      ],
    ),
    ['| tool   |     n |', '|--------|------:|', '| a      | 1,000 |', '| longer |     2 |'].join('\n'),
  );
});

test('a comparison shows medians, ratios of medians and spreads, the fastest first', t => {
  const contestants = { comparison: 'produce', rows: [java, wire], references: ['java'], missing: [] } as const;
  t.assert.snapshot(renderComparison(contestants), { serializers: [String] });
});

test('a row says when a run proves nothing, and below the table why; so does a tool that is not here', t => {
  const rows: Row[] = [
    { ...wire, rounds: [figures(1_000_000), figures(900_000, { faults: ['3 lost, 0 duplicated, 0 reordered'] })] },
    { ...java, rounds: [], failures: ['it ended with 1:\nno memory'] },
  ];
  const missing = ['rdkafka_performance (librdkafka): rdkafka_performance not found, see docs/peers.md'];
  const report = renderComparison({ comparison: 'produce', rows, references: ['java'], missing });
  t.assert.snapshot(report, { serializers: [String] });
});

test('both sides have a rate where messages are produced and consumed at once', () => {
  const rows = [{ ...wire, rounds: [figures(1_000_000, { consumedPerSecond: 999_000 })] }];
  const report = renderComparison({ comparison: 'both', rows, references: ['openmessaging'], missing: [] });
  assert.match(report, /acknowledged\/s .* read\/s/);
  assert.match(report, /1,000,000 .* 999,000/);
});

test('the reference is the first tool named that has figures, else the first that has', () => {
  const failed = { ...java, rounds: [] };
  assert.equal(referenceOf({ rows: [wire, java], references: ['java'] }), java);
  assert.equal(referenceOf({ rows: [failed, wire], references: ['java'] }), wire);
  assert.equal(referenceOf({ rows: [failed], references: ['java'] }), undefined);
});
