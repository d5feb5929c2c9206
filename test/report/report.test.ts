import assert from 'node:assert/strict';
import { test } from 'node:test';
import { stripVTControlCharacters } from 'node:util';
import { conclude } from '../../src/analysis/conclude.ts';
import markdown from '../../src/report/formats/markdown.ts';
import { modelOf } from '../../src/report/model.ts';
import { bytes, change, duration, metricText, threeDigits } from '../../src/report/numbers.ts';
import { loadFormats } from '../../src/report/render.ts';
import { renderText } from '../../src/report/text.ts';
import type { StoredRun } from '../../src/results/read.ts';
import type { CellHeader } from '../../src/results/header.ts';
import type { TrialMeasurement } from '../../src/run/measurement.ts';
import { aBroadcast, aChurnedGroup, aGroup } from '../builders/group.ts';
import { aCell, aMeasurement, aRun, aRunTrial, histogramOf, latency } from '../builders/trial.ts';

const steady = [5_000, 5_050, 4_950, 5_020, 4_980];
const askedOfSticky = {
  producer: { acks: 'all', linger: '5000 µs' },
  consumers: { readers: { 'group.protocol': 'classic' } },
};
const check = { metric: 'ack.p99', min: null, max: 15_000, where: {}, group: null, every: null };

const byKey = { strategy: 'murmur2', by: 'harness', keeps: 'order per key' } as const;
const spread = { strategy: 'random', by: 'harness', keeps: 'order per partition only' } as const;

/** Runs whose reports are kept as golden files. */
const runs: Readonly<Record<string, StoredRun>> = {
  'two cells, one of them worse': aRun(
    {
      one: aCell('one', steady),
      two: aCell(
        'two',
        steady.map(micros => micros * 2),
      ),
    },
    { checks: [check], warnings: [{ code: 'W-COLO', message: 'broker and generator share 2 cores.' }] },
  ),
  'an invalid run': aRun({
    one: aCell('one', steady).map((_, i) =>
      aRunTrial({ block: i + 1, latencies: { ...aMeasurement().latencies, generatorLag: latency(3_000, 6_000) } }),
    ),
  }),
  'a closed loop': aRun({
    one: steady.map((micros, i) =>
      aRunTrial({
        block: i + 1,
        isOpenLoop: false,
        latencies: { ...aMeasurement().latencies, ack: null, service: latency(micros) },
        generator: { ...aMeasurement().generator, headroom: null, limitedBy: 'broker' },
      }),
    ),
  }),
  'groups that share, broadcast, change hands and catch up': aRun(
    {
      one: aCell('one', steady, { groups: [aGroup(), aBroadcast()], partitions: partitionsOf([9_000, 11_000]) }),
      two: aCell('two', steady, { groups: [aChurnedGroup(), aBroadcast()], partitions: partitionsOf([9_000, 11_000]) }),
    },
    {
      cells: [
        { id: 'one', label: 'acks=one', factors: {}, hasKeys: true, partitioning: byKey },
        { id: 'two', label: 'acks=two', factors: {}, hasKeys: true, partitioning: spread },
      ],
    },
  ),
  'a run that was stopped after one trial': {
    ...aRun({ one: aCell('one', steady.slice(0, 1)), two: [] }, { repeat: 5 }),
    reasons: ['interrupted'],
    failures: [{ cell: 'two', block: 1, attempt: 1, message: 'stopped before it was over', aborted: true }],
  },
  'two strategies that spread messages differently': aRun(
    {
      murmur2: aCell('murmur2', steady, { partitions: partitionsOf([9_000, 7_000, 4_000]) }),
      sticky: aCell('sticky', steady, {
        partitions: partitionsOf([6_600, 6_700, 6_700]),
        batches: { messagesPerBatch: 16, bytesPerBatch: 16_384 },
        effective: {
          producer: { acks: 'all', linger: '5000 µs, by Highwater’s accumulator', 'tcp.nodelay': true },
          consumers: { readers: { 'group.protocol': 'classic' } },
          topic: {},
        },
      }),
    },
    {
      cells: [
        cellHeader('murmur2', 'order per key'),
        cellHeader('sticky', 'order per partition only', { asked: askedOfSticky }),
      ],
    },
  ),
  'a cell with lost and unresolved messages': aRun({
    one: steady.map((_, i) =>
      aRunTrial({
        block: i + 1,
        counts: { ...aMeasurement().counts, acked: 19_600, unresolved: 400, lost: 3 },
        latencies: { ...aMeasurement().latencies, ack: censored() },
      }),
    ),
  }),
};

/** A topic's partitions with these messages in the window. */
function partitionsOf(messages: readonly number[]): TrialMeasurement['partitions'] {
  return messages.map((acked, partition) => ({ topic: 't', partition, acked, consumed: 0, ack: null, endToEnd: null }));
}

function cellHeader(
  strategy: string,
  keeps: NonNullable<CellHeader['partitioning']>['keeps'],
  over: Partial<CellHeader> = {},
): CellHeader {
  const factors = { 'producers.partitioning': strategy };
  return {
    id: strategy,
    label: `partitioning=${strategy}`,
    factors,
    partitioning: { strategy, by: 'harness', keeps },
    ...over,
  };
}

function censored() {
  const data = {
    ...histogramOf([
      [5_000, 19_600],
      [120e6, 400],
    ]),
    censored: 400,
  };
  return { total: data, seconds: [{ second: 0, data }] };
}

const fileName = (name: string): string => name.replaceAll(/[ ,]+/g, '-');

for (const [name, run] of Object.entries(runs)) {
  test(`the terminal report of ${name}`, t => {
    const text = renderText(modelOf(conclude(run)), { color: false, unicode: true });
    assert.equal(stripVTControlCharacters(text), text, 'without colour there are no control codes');
    t.assert.fileSnapshot(`${text}\n`, new URL(`../golden/${fileName(name)}.txt`, import.meta.url).pathname, {
      serializers: [String],
    });
  });

  test(`the Markdown report of ${name}`, t => {
    t.assert.fileSnapshot(
      markdown.render({ model: modelOf(conclude(run)) }),
      new URL(`../golden/${fileName(name)}.md`, import.meta.url).pathname,
      { serializers: [String] },
    );
  });
}

test('an invalid run does not look like a result: the first line says so, and it has no figures', () => {
  const run = runs['an invalid run'] as StoredRun;
  const lines = renderText(modelOf(conclude(run)), { color: false, unicode: true }).split('\n');
  assert.match(lines[0] ?? '', /^✗ .*5 invalid/);
  assert.ok(lines.some(line => /^acks=one\s+–\s+–\s+–/.test(line)));
});

test('every format of the folder writes a file of its own', async () => {
  const formats = [...(await loadFormats()).values()].map(({ file }) => file);
  assert.deepEqual(new Set(formats).size, formats.length);
  assert.ok(formats.includes('result.json') && formats.includes('report.md'));
});

test('hostile names do not become Markdown', () => {
  const run = aRun({ one: aCell('one', steady) }, { name: '<script>alert(1)</script> | *x*' });
  const text = markdown.render({ model: modelOf(conclude(run)) });
  assert.ok(!text.includes('<script>'));
  assert.ok(text.includes('\\<script\\>'));
});

for (const [value, text] of [
  [0, '0'],
  [0.01234, '0.0123'],
  [1.2345, '1.23'],
  [99.96, '100'],
  [1_234.5, '1,230'],
  [123_456, '123,000'],
] as const) {
  test(`${value} is written ${text}`, () => assert.equal(threeDigits(value), text));
}

test('durations, bytes and changes have the unit that suits them', () => {
  assert.deepEqual(
    [duration(250), duration(12_345), duration(2.5e6), duration(75e6), duration(7_260e6)],
    ['250 µs', '12.3 ms', '2.5 s', '1 m 15 s', '2 h 1 m'],
  );
  assert.deepEqual([bytes(999), bytes(1_500), bytes(2.5e9)], ['999 B', '1.5 kB', '2.5 GB']);
  assert.deepEqual([change(1.163), change(0.5), change(1)], ['+16.3 %', '−50.0 %', '+0.0 %']);
});

test('metrics are written with their unit', () => {
  assert.deepEqual(
    [
      metricText('ack.p99', 12_345),
      metricText('lag.max', 12_345),
      metricText('messagesPerBatch', 8.123),
      metricText('bytesPerBatch', 16_384),
      metricText('partitionSkew', 1.346),
      metricText('ackedPerSecond', 12_345),
      metricText('ackedBytesPerSecond', 12_345_678),
    ],
    ['12.3 ms', '12,345', '8.12', '16.4 kB', '1.35', '12,345/s', '12.3 MB/s'],
  );
});

const manyPartitions = (count: number) =>
  modelOf(
    conclude(
      aRun({ one: aCell('one', steady, { partitions: partitionsOf(Array.from({ length: count }, () => 100)) }) }),
    ),
  );

test('where partitioning is no factor its tables are among the details', () => {
  const { tables, details } = manyPartitions(6);
  assert.ok(tables.every(({ title }) => !title.includes('artitions')));
  assert.deepEqual(
    details.map(({ title }) => title).filter(title => /partition/i.test(title)),
    ['Partitions', 'Messages per partition'],
  );
});

test('more partitions than a page is wide are not listed one by one', () => {
  assert.deepEqual(
    manyPartitions(51)
      .details.map(({ title }) => title)
      .filter(title => /partition/i.test(title)),
    ['Partitions'],
  );
});
