import assert from 'node:assert/strict';
import { test } from 'node:test';
import { stripVTControlCharacters } from 'node:util';
import { conclude } from '../../src/analysis/conclude.ts';
import { modelOf } from '../../src/report/model.ts';
import { bytes, change, duration, threeDigits } from '../../src/report/numbers.ts';
import { loadFormats } from '../../src/report/render.ts';
import { renderText } from '../../src/report/text.ts';
import type { StoredRun } from '../../src/results/read.ts';
import { aCell, aMeasurement, aRun, aRunTrial, histogramOf, latency } from '../builders/trial.ts';

const steady = [5_000, 5_050, 4_950, 5_020, 4_980];
const check = { metric: 'ack.p99', min: null, max: 15_000, where: {}, group: null, every: null };

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
      }),
    ),
  }),
  'a run that was stopped after one trial': {
    ...aRun({ one: aCell('one', steady.slice(0, 1)), two: [] }, { repeat: 5 }),
    reasons: ['interrupted'],
    failures: [{ cell: 'two', block: 1, attempt: 1, message: 'stopped before it was over', aborted: true }],
  },
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

  test(`the Markdown report of ${name}`, async t => {
    const result = conclude(run);
    const markdown = (await loadFormats()).get('markdown');
    t.assert.fileSnapshot(
      markdown?.render({ model: modelOf(result), result }) ?? '',
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

test('hostile names do not become Markdown', async () => {
  const run = aRun({ one: aCell('one', steady) }, { name: '<script>alert(1)</script> | *x*' });
  const result = conclude(run);
  const text = (await loadFormats()).get('markdown')?.render({ model: modelOf(result), result }) ?? '';
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
