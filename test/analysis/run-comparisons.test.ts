/** Specifies what a run compares: pairs in place of the reference, two looks, and what of it is a failing of whom. */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { againstComparison } from '../../src/analysis/against.ts';
import { conclude } from '../../src/analysis/conclude.ts';
import { judgeGate, usualFailures } from '../../src/analysis/gate.ts';
import { needsSecondLook } from '../../src/analysis/run-comparisons.ts';
import type { RunTrial, StoredRun } from '../../src/results/read.ts';
import { type Comparison, Result } from '../../src/results/schema.ts';
import { aCell, aMeasurement, aRun, latency } from '../builders/trial.ts';

const steady = [5_000, 5_050, 4_950, 5_020, 4_980];
const times = (factor: number): number[] => steady.map(micros => micros * factor);
const looks = { planned: 2, taken: 1, level: 0.0294 } as const;

/** A run of `all` and, beside it, of what it is held against; both cells may have other trials. */
function twoSided(
  own: readonly number[],
  other: readonly number[],
  {
    header = {},
    of = {},
  }: { readonly header?: Partial<StoredRun['header']>; readonly of?: Record<string, RunTrial[]> } = {},
): StoredRun {
  const run = aRun({ all: aCell('all', own), 'against.all': aCell('against.all', other), ...of });
  const cells = run.header.cells.map(cell => ({
    ...cell,
    label: cell.id.startsWith('against.') ? 'acks=all (against main)' : cell.label,
    side: cell.id.startsWith('against.') ? ('against' as const) : ('this' as const),
  }));
  const pairs = [{ a: 'against.all', b: 'all' }];
  const against = { name: 'main', newCells: [], goneCells: [] };
  return { ...run, header: { ...run.header, cells, pairs, against, ...header } };
}

const primaryOf = ({ comparisons }: Pick<Result, 'comparisons'>): Comparison[] =>
  comparisons.filter(({ role }) => role === 'primary');

suite('a run of two settings', () => {
  test('compares each cell with its counterpart alone, b against a, block by block', () => {
    const result = conclude(twoSided(times(1.2), steady, { of: { '1': aCell('1', steady) } }));
    assert.deepEqual(
      primaryOf(result).map(({ a, b, design, verdict }) => [a, b, design, verdict]),
      [['against.all', 'all', 'paired', 'worse']],
    );
    assert.deepEqual(Result.parse(structuredClone(result)), result);
  });

  for (const [verdict, own] of [
    ['worse', times(1.2)],
    ['better', times(0.8)],
    ['same', times(1.01)],
  ] as const) {
    test(`${own[0]} µs against 5,000 µs is ${verdict}`, () =>
      assert.equal(primaryOf(conclude(twoSided(own, steady)))[0]?.verdict, verdict));
  }

  test('drift of the host that both sides share is no difference', () => {
    const drift = (values: readonly number[]): number[] => values.map((micros, i) => micros * (1 + i / 4));
    assert.equal(primaryOf(conclude(twoSided(drift(times(1.01)), drift(steady))))[0]?.verdict, 'same');
  });

  test('judges its checks on this side alone', () => {
    const check = { metric: 'ack.p99', min: null, max: 15_000, where: {}, group: null, every: null };
    const codeOf = (own: readonly number[], other: readonly number[]): number =>
      conclude(twoSided(own, other, { header: { checks: [check] } })).exitCode;
    assert.deepEqual([codeOf(steady, times(2)), codeOf(times(2), steady)], [0, 10]);
  });

  test('fails by what this side loses; what the other loses is shown and fails nothing', () => {
    const lossy = { counts: { ...aMeasurement().counts, lost: 3 } };
    const other = conclude(twoSided(steady, [], { of: { 'against.all': aCell('against.all', steady, lossy) } }));
    assert.equal(other.exitCode, 0);
    const shown = other.cells.flatMap(({ id, trials }) =>
      trials.flatMap(({ findings }) => findings.map(({ code }) => [id, code])),
    );
    assert.deepEqual(shown[0], ['against.all', 'delivery-broken']);
    assert.equal(conclude(twoSided([], steady, { of: { all: aCell('all', steady, lossy) } })).exitCode, 13);
  });

  test('is incomplete where either side lacks a trial', () =>
    assert.equal(conclude(twoSided(steady, steady.slice(1))).exitCode, 4));

  test('says of a metric that one side alone has that there is no data', () => {
    const without = steady.map((micros, i) => ({
      ...(aCell('against.all', [micros], {
        block: i + 1,
        latencies: { ...aMeasurement().latencies, ack: null, endToEnd: latency(micros) },
      })[0] as RunTrial),
    }));
    const rows = primaryOf(conclude(twoSided(steady, [], { of: { 'against.all': without } })));
    const ofAck = rows.find(({ metric }) => metric === 'ack.p99');
    assert.deepEqual([ofAck?.verdict, ofAck?.because], ['inconclusive', 'no-data']);
  });

  for (const [word, code, own] of [
    ['fail', 11, times(1.2)],
    ['pass', 0, times(1.01)],
    ['inconclusive', 0, [5_000, 9_000, 4_000, 8_000, 3_000]],
  ] as const) {
    test(`gates to ${word}, exit ${code}, without any baseline`, () => {
      const run = twoSided(own, steady);
      const result = conclude(run);
      const comparison = againstComparison(run, result);
      const verdict = judgeGate({ reasons: result.reasons, comparison, failOn: usualFailures });
      assert.deepEqual([verdict.word, verdict.exitCode], [word, code]);
      assert.deepEqual([comparison?.a.reference, comparison?.design], ['main', 'paired']);
      assert.ok(Math.abs((comparison?.rows[0]?.a?.value ?? 0) / 10_000 - 1) < 0.01, 'p99 is twice the median');
    });
  }

  test('shows what both came to in the blocks that both have, which is what was compared', () => {
    // the other side's last block is missing, and this side's was slow
    const run = twoSided([5_000, 5_000, 5_000, 50_000], [5_000, 5_000, 5_000]);
    const [row] = againstComparison(run, conclude(run))?.rows ?? [];
    assert.deepEqual([row?.comparison.ratio, row?.a?.value === row?.b?.value], [1, true]);
  });

  test('a run of one setting is no such comparison', () => {
    const run = aRun({ one: aCell('one', steady) });
    assert.equal(againstComparison(run, conclude(run)), null);
  });
});

suite('two looks', () => {
  test('judge at 2.94 % each, pairs and cells with the reference alike', () => {
    const ofCells = conclude(aRun({ one: aCell('one', steady), two: aCell('two', times(1.2)) }, { looks }));
    const ofPairs = conclude(twoSided(times(1.2), steady, { header: { looks } }));
    for (const { comparisons } of [ofCells, ofPairs]) {
      assert.ok(Math.abs((primaryOf({ comparisons })[0]?.confidence ?? 0) - 0.9706) < 1e-9);
    }
    assert.deepEqual(ofCells.looks, looks);
  });

  test('a difference that 5 % would call and 2.94 % does not is inconclusive', () => {
    // t = 3 on four degrees of freedom, p .040: a mean of .1 with a spread of .1·√5/3, made of scores of variance 1
    const scores = [-Math.sqrt(1.6), -Math.sqrt(0.4), 0, Math.sqrt(0.4), Math.sqrt(1.6)];
    const close = scores.map(score => 5_000 * Math.exp(0.1 + (score * 0.1 * Math.sqrt(5)) / 3));
    const verdictOf = (header: Partial<StoredRun['header']>) =>
      primaryOf(conclude(twoSided(close, Array(5).fill(5_000), { header })))[0]?.verdict;
    assert.deepEqual([verdictOf({}), verdictOf({ looks })], ['worse', 'inconclusive']);
  });

  const row = (verdict: Comparison['verdict'], because: Comparison['because'], role: Comparison['role'] = 'primary') =>
    ({ verdict, because, role }) as Comparison;

  for (const [is, sentence, rows] of [
    [true, 'a primary row is too noisy', [row('same', null), row('inconclusive', 'too-noisy')]],
    [true, 'the sign-flip test does not agree', [row('inconclusive', 'tests-disagree')]],
    [true, 'blocks are too few to decide', [row('inconclusive', 'too-few-trials')]],
    [false, 'all is decided', [row('worse', null), row('same', null)]],
    [false, 'only a hint is open', [row('same', null), row('inconclusive', 'too-noisy', 'exploratory')]],
    [false, 'more blocks can change nothing', [row('inconclusive', 'no-data'), row('inconclusive', 'offered-rate')]],
    [false, 'nothing is compared', []],
  ] as const) {
    test(`${is ? 'a' : 'no'} second look is due where ${sentence}`, () => assert.equal(needsSecondLook(rows), is));
  }
});
