/** Specifies how a comparison of runs reads, in the terminal and as Markdown. */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { compareSides, type RunComparison } from '../../src/analysis/compare-runs.ts';
import { conclude } from '../../src/analysis/conclude.ts';
import { judgeGate, usualFailures } from '../../src/analysis/gate.ts';
import { barOf, scaleOf } from '../../src/report/comparison/bar.ts';
import { renderGateMarkdown, renderGateText } from '../../src/report/comparison/gate.ts';
import { renderComparisonMarkdown } from '../../src/report/comparison/markdown.ts';
import { comparisonModel } from '../../src/report/comparison/model.ts';
import { renderComparisonText } from '../../src/report/comparison/text.ts';
import { aFingerprint, aSide } from '../builders/side.ts';
import { aCell, aRun } from '../builders/trial.ts';

const steady = [9_800, 9_750, 9_900, 9_820, 9_780];
const noisy = [9_800, 15_000, 8_000, 14_000, 7_000];
const times = (values: readonly number[], factor: number): number[] => values.map(micros => micros * factor);
const versions = { ...aFingerprint().versions, confluent: '1.11.0' };
const later = { runId: '2026-01-04T00-00-00Z-ef01', startedAt: '2026-01-04T00:00:00.000Z' };

function compared(over: object = {}): RunComparison {
  const a = aSide({
    '0': aCell('0', steady),
    '1': aCell('1', steady),
    all: aCell('all', steady),
    'all-idempotent': aCell('all-idempotent', steady),
  });
  const b = aSide(
    {
      '0': aCell('0', steady),
      '1': aCell('1', noisy),
      all: aCell('all', times(steady, 1.163)),
      manual: aCell('manual', steady),
    },
    { ...later, fingerprint: { versions }, ...over },
  );
  return compareSides(a, b, { metrics: [], delta: {}, confidence: 0.95, onMismatch: 'refuse' });
}

const usual = compared();
const verdict = judgeGate({ reasons: [], comparison: usual, failOn: usualFailures });
const model = comparisonModel(usual, verdict);
const plain = { color: false, unicode: true, columns: 160, rows: 'not the same' } as const;
const golden = (name: string): string => new URL(`../golden/${name}`, import.meta.url).pathname;
const asText = { serializers: [String] };

suite('two runs of which one cell became worse', () => {
  test('in the terminal', t => {
    t.assert.fileSnapshot(`${renderComparisonText(model, plain)}\n`, golden('a-comparison-of-runs.txt'), asText);
  });

  test('in the terminal, all of it, without signs beyond ASCII', t => {
    const text = renderComparisonText(model, { ...plain, unicode: false, rows: 'all' });
    t.assert.fileSnapshot(`${text}\n`, golden('a-comparison-of-runs-all-ascii.txt'), asText);
  });

  test('as Markdown', t => {
    t.assert.fileSnapshot(renderComparisonMarkdown(model, 'all'), golden('a-comparison-of-runs.md'), asText);
  });

  test('hide what is the same, and say how much that is', () => {
    const text = renderComparisonText(model, plain);
    assert.ok(!text.includes('acks=0 '));
    assert.match(text, /^1 more row same \(--all\)$/m);
    assert.match(renderComparisonText(model, { ...plain, rows: 'all' }), /^acks=0 .*= same$/m);
  });

  test('have no bars where there is no room', () => {
    assert.doesNotMatch(renderComparisonText(model, { ...plain, columns: 50 }), /│/);
  });
});

test('runs that cannot be compared have no figures', () => {
  const other = compared({ fingerprint: { scenario: { load: { rate: '9/s' } } } });
  const text = renderComparisonText(
    comparisonModel(other, judgeGate({ reasons: [], comparison: other, failOn: [] })),
    plain,
  );
  assert.match(text, /^✗ another scenario: load\.rate – → 9\/s|load/m);
  assert.match(text, /^\? NOT COMPARABLE {4}exit 12$/m);
  assert.doesNotMatch(text, / ms /);
});

test('a baseline that was saved by force is marked', () => {
  const forced = { ...usual, a: { ...usual.a, forced: ['dirty'] } };
  assert.match(
    renderComparisonText(comparisonModel(forced, null), plain),
    /^⚠ the baseline was saved by force: dirty$/m,
  );
});

suite('Markdown', () => {
  const many = (rows: number): RunComparison => {
    const [row] = usual.rows;
    assert.ok(row !== undefined);
    return { ...usual, rows: Array.from({ length: rows }, (_, i) => ({ ...row, label: `cell ${i} | <b>` })) };
  };

  test('is at most 60,000 characters long, and counts the rows that it leaves out', () => {
    const text = renderComparisonMarkdown(comparisonModel(many(2_000), verdict), 'all');
    assert.ok(text.length <= 60_000, `${text.length} characters`);
    const shown = text.split('\n').filter(line => line.startsWith('| cell ')).length - 1;
    assert.ok(shown > 300 && text.includes(`${2_000 - shown} more rows not shown`), `${shown} rows`);
  });

  test('takes no name for its own syntax', () => {
    const text = renderComparisonMarkdown(comparisonModel(many(1), verdict), 'all');
    assert.ok(text.includes('cell 0 \\| \\<b\\>') && !text.includes('<b>'));
  });
});

suite('a gate', () => {
  const result = conclude(aRun({ all: aCell('all', steady) }));
  const without = {
    result,
    comparison: null,
    missing: 'none is called "main"',
    verdict: judgeGate({ reasons: [], comparison: null, failOn: usualFailures }),
  };

  test('says which baseline there is not, and does not pass', () => {
    const text = renderGateText(without, plain);
    assert.match(text, /^\? no baseline: none is called "main"$/m);
    assert.match(text, /\? NOT COMPARABLE {4}exit 12$/);
    assert.match(renderGateMarkdown(without, 'all'), /^\*\*\? NOT COMPARABLE {4}exit 12\*\*/);
  });

  test('ends with its verdict, in the terminal, and begins with it as Markdown', () => {
    const report = { result, comparison: usual, missing: null, verdict };
    assert.match(renderGateText(report, plain), /\n✗ FAIL {2}worse than the baseline {4}exit 11$/);
    assert.match(renderGateMarkdown(report, 'not the same'), /^\*\*✗ FAIL/);
  });

  test('with what is inconclusive is not green', () => {
    const a = aSide({ one: aCell('one', steady) });
    const open = compareSides(a, aSide({ one: aCell('one', noisy) }, later), {
      metrics: [],
      delta: {},
      confidence: 0.95,
      onMismatch: 'refuse',
    });
    const judged = judgeGate({ reasons: [], comparison: open, failOn: usualFailures });
    const text = renderGateText({ result, comparison: open, missing: null, verdict: judged }, plain);
    assert.match(text, /\n\? INCONCLUSIVE$/);
    assert.doesNotMatch(text, /PASS/);
  });
});

suite('a bar', () => {
  const [row] = usual.rows.filter(({ comparison }) => comparison.verdict === 'worse');
  const aComparison = { ...(row ?? assert.fail('nothing is worse')).comparison };
  const of = (low: number, ratio: number, high: number, metric = 'ack.p99') => ({
    ...aComparison,
    metric,
    low,
    ratio,
    high,
  });

  for (const [sentence, comparison, bar] of [
    ['puts worse to the right', of(1.06, 1.15, 1.24), '··········│·├──●──┤··'],
    ['crosses the middle', of(0.97, 1.09, 1.21), '·········├┼──●───┤···'],
    ['puts less of what should be more to the right', of(0.76, 0.85, 0.94, 'ackedPerSecond'), '··········│·├──●──┤··'],
    ['says where it leaves the scale', of(0.5, 1.15, 1.9), '…─────────┼────●────…'],
    ['is blank without an interval', { ...of(1, 1, 1), low: null }, ''],
  ] as const) {
    test(sentence, () => assert.equal(barOf(comparison, 30, 'unicode'), bar));
  }

  test('has a scale that every estimate fits', () => {
    assert.equal(scaleOf([of(1, 1.02, 1.04)]), 5);
    assert.equal(scaleOf([of(1, 1.02, 1.04), of(0.9, 1.4, 1.9)]), 100);
    assert.equal(scaleOf([]), 5);
  });
});
