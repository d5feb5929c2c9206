import assert from 'node:assert/strict';
import { test } from 'node:test';
import { conclude } from '../../src/analysis/conclude.ts';
import { Result } from '../../src/results/schema.ts';
import { aCell, aMeasurement, aRun, aRunTrial, latency } from '../builders/trial.ts';

const steady = [5_000, 5_050, 4_950, 5_020, 4_980];
const doubled = steady.map(micros => micros * 2);
const check = { metric: 'ack.p99', min: null, max: 15_000, where: {}, group: null, every: null };

test('the document is what its schema says', () => {
  const result = conclude(aRun({ one: aCell('one', steady), two: aCell('two', doubled) }, { checks: [check] }));
  assert.deepEqual(Result.parse(structuredClone(result)), result);
});

test('a cell with twice the latency is worse, the other way round better', () => {
  const verdictOf = (a: number[], b: number[]): string | undefined =>
    conclude(aRun({ one: aCell('one', a), two: aCell('two', b) })).comparisons[0]?.verdict;
  assert.equal(verdictOf(steady, doubled), 'worse');
  assert.equal(verdictOf(doubled, steady), 'better');
  assert.equal(verdictOf(steady, steady), 'same');
});

test('a difference that the trials’ spread could make is inconclusive, and says how many blocks would decide', () => {
  const noisy = [5_000, 9_000, 4_000, 8_000, 3_000];
  const [comparison] = conclude(aRun({ one: aCell('one', steady), two: aCell('two', noisy) })).comparisons;
  assert.equal(comparison?.verdict, 'inconclusive');
  assert.equal(comparison?.because, 'too-noisy');
  assert.ok((comparison?.blocksToDecide ?? 0) > 5);
});

test('four blocks decide nothing, however clear they look', () => {
  const [comparison] = conclude(
    aRun({ one: aCell('one', steady.slice(1)), two: aCell('two', doubled.slice(1)) }),
  ).comparisons;
  assert.equal(comparison?.verdict, 'inconclusive');
  assert.equal(comparison?.because, 'too-few-trials');
});

test('a cell without ack is compared on endToEnd', () => {
  const unacknowledged = steady.map((micros, i) =>
    aRunTrial({
      cell: 'two',
      block: i + 1,
      latencies: { ...aMeasurement().latencies, ack: null, service: null, endToEnd: latency(micros) },
    }),
  );
  const acknowledged = steady.map((micros, i) =>
    aRunTrial({ cell: 'one', block: i + 1, latencies: { ...aMeasurement().latencies, endToEnd: latency(micros) } }),
  );
  const { comparisons } = conclude(aRun({ one: acknowledged, two: unacknowledged }));
  assert.deepEqual(
    comparisons.map(({ role, metric, verdict }) => [role, metric, verdict]),
    [
      ['primary', 'endToEnd.p99', 'same'],
      ['exploratory', 'endToEnd.p50', 'same'],
      ['exploratory', 'endToEnd.p999', 'same'],
    ],
  );
});

test('the estimate is the geometric mean of the trials, with its interval and the pooled percentile beside it', () => {
  const summary = conclude(aRun({ one: aCell('one', steady) })).cells[0]?.summary['ack.p50'];
  assert.ok(summary !== undefined && Math.abs(summary.estimate - 5_000) < 10);
  assert.equal(summary.interval, 'confidence-95');
  assert.ok((summary.low ?? 0) < 5_000 && (summary.high ?? 0) > 5_000);
  assert.ok(Math.abs((summary.pooled ?? 0) - 5_000) < 60);
});

test('a percentile with fewer than ten messages beyond it is not given', () => {
  const summary = conclude(aRun({ one: aCell('one', steady) })).cells[0]?.summary ?? {};
  assert.ok('ack.p999' in summary, '20,000 messages have 20 beyond p99.9');
  assert.ok(!('ack.p9999' in summary), '20,000 messages have 2 beyond p99.99');
});

for (const [name, run, code] of [
  ['all is well', aRun({ one: aCell('one', steady) }), 0],
  ['a check holds', aRun({ one: aCell('one', steady) }, { checks: [check] }), 0],
  ['a check fails', aRun({ one: aCell('one', doubled) }, { checks: [check] }), 10],
  ['a check has no data', aRun({ one: aCell('one', steady) }, { checks: [{ ...check, metric: 'endToEnd.p99' }] }), 10],
  [
    'a check is about no cell',
    aRun({ one: aCell('one', steady) }, { checks: [{ ...check, where: { 'producers.acks': '7' } }] }),
    10,
  ],
  ['a cell lacks a trial', aRun({ one: aCell('one', steady), two: aCell('two', steady.slice(1)) }), 4],
  ['a cell has no trial at all', aRun({ one: aCell('one', steady), two: [] }), 4],
  ['the run was interrupted', { ...aRun({ one: aCell('one', steady) }), reasons: ['interrupted'] }, 130],
] as const) {
  test(`exit code ${code} when ${name}`, () => {
    assert.equal(conclude(run).exitCode, code);
  });
}

test('a generator that was late makes the trial invalid, which then counts for nothing but lost messages', () => {
  const late = aCell('one', steady).map(({ trial }, i) =>
    aRunTrial({
      block: i + 1,
      latencies: {
        ...aMeasurement().latencies,
        ack: latency(trial.ackMicros?.p50 ?? 0),
        generatorLag: latency(3_000, 6_000),
      },
    }),
  );
  const result = conclude(aRun({ one: late }, { checks: [{ ...check, metric: 'lost', max: 0 }] }));
  assert.deepEqual(
    result.cells[0]?.trials.map(({ validity }) => validity),
    Array(5).fill('invalid'),
  );
  assert.deepEqual(result.cells[0]?.summary, {});
  assert.equal(result.exitCode, 5);
});

const lossy = (over: object): ReturnType<typeof aRunTrial>[] =>
  steady.map((_, i) => aRunTrial({ block: i + 1, counts: { ...aMeasurement().counts, lost: 3, ...over } }));

test('loss that acks=all does not permit is a breach of its own', () => {
  const result = conclude(aRun({ one: lossy({}) }));
  assert.equal(result.exitCode, 13);
  assert.ok(
    result.cells[0]?.trials[0]?.findings.some(finding => finding.code === 'delivery-broken' && finding['count'] === 3),
  );
});

test('loss that acks=0 permits is a breach only of the check that forbids it', () => {
  const promises = { one: { acks: 0 as const, idempotence: false, maxInFlightRequests: 5, simulated: false } };
  assert.equal(conclude(aRun({ one: lossy({}) }, { promises })).exitCode, 0);
  assert.equal(
    conclude(aRun({ one: lossy({}) }, { promises, checks: [{ ...check, metric: 'lost', max: 0 }] })).exitCode,
    10,
  );
});

test('a simulated broker that loses what it acknowledged breaks the promise like any other', () => {
  const injected = { unanswered: 0, lost: 3, duplicated: 0, reordered: 0 };
  const trials = lossy({}).map(({ trial }, i) => aRunTrial({ block: i + 1 }, { ...trial, injected }));
  assert.equal(conclude(aRun({ one: trials })).exitCode, 13);
});
