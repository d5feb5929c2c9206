/** Specifies what comes of two runs, a run and a baseline, and two cells that are held against each other. */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import { compareSides, type ComparingOptions, type RunComparison } from '../../src/analysis/compare-runs.ts';
import { baselineOf, sideOf } from '../../src/analysis/sides.ts';
import { Baseline } from '../../src/results/baseline.ts';
import { HarnessError } from '../../src/support/errors.ts';
import { aFingerprint, aReferredRun, aSide } from '../builders/side.ts';
import { aCell, aMeasurement, aRun, aRunTrial, histogramOf, latency } from '../builders/trial.ts';

const steady = [5_000, 5_050, 4_950, 5_020, 4_980];
const times = (factor: number): number[] => steady.map(micros => micros * factor);
const options: ComparingOptions = { metrics: [], delta: {}, confidence: 0.95, onMismatch: 'refuse' };
const later = { runId: '2026-01-04T00-00-00Z-ef01', startedAt: '2026-01-04T00:00:00.000Z' };

const verdicts = ({ rows }: RunComparison): string[] =>
  rows.map(({ label, comparison: { metric, verdict } }) => `${label} ${metric} ${verdict}`);

suite('two runs', () => {
  test('are compared cell by cell, on the primary metrics, without pairing blocks that were days apart', () => {
    const a = aSide({ one: aCell('one', steady), two: aCell('two', steady) });
    const b = aSide({ one: aCell('one', times(1.2)), two: aCell('two', steady) }, later);
    const found = compareSides(a, b, options);
    assert.deepEqual(verdicts(found), ['acks=one ack.p99 worse', 'acks=two ack.p99 same']);
    assert.equal(found.design, 'unpaired');
    assert.deepEqual(found.counts, { worse: 1, better: 0, same: 1, inconclusive: 0, new: 0, gone: 0 });
  });

  test('are not judged where the scenario differs, unless that is asked for', () => {
    const a = aSide({ one: aCell('one', steady) });
    const b = aSide({ one: aCell('one', times(2)) }, { ...later, fingerprint: { scenario: { load: 1 } } });
    const refused = compareSides(a, b, options);
    assert.deepEqual([refused.isCompared, refused.rows, refused.counts.worse], [false, [], 0]);
    const compared = compareSides(a, b, { ...options, onMismatch: 'compare' });
    assert.deepEqual([compared.isCompared, compared.counts.worse], [true, 1]);
  });

  test('of which one has cells that the other lacks tell them as new and gone', () => {
    const a = aSide({ one: aCell('one', steady), old: aCell('old', steady) });
    const b = aSide({ one: aCell('one', steady), young: aCell('young', steady) }, later);
    const found = compareSides(a, b, options);
    assert.deepEqual([found.newCells, found.goneCells], [['acks=young'], ['acks=old']]);
    assert.deepEqual(found.counts, { worse: 0, better: 0, same: 1, inconclusive: 0, new: 1, gone: 1 });
  });

  test('share the level among all their rows: what one row alone would call worse, eight do not', () => {
    const noisy = [5_000, 5_900, 4_600, 5_500, 4_900];
    const worse = noisy.map(micros => micros * 1.22);
    const of = (values: readonly number[], cells: number) =>
      Object.fromEntries(Array.from({ length: cells }, (_, i) => [`c${i}`, aCell(`c${i}`, i === 0 ? values : noisy)]));
    const compare = (cells: number): string | undefined =>
      verdicts(compareSides(aSide(of(noisy, cells)), aSide(of(worse, cells), later), options))[0];
    assert.equal(compare(1), 'acks=c0 ack.p99 worse');
    assert.equal(compare(8), 'acks=c0 ack.p99 inconclusive');
  });

  test('take delta from the later run, and from the command line before it', () => {
    const a = aSide({ one: aCell('one', steady) });
    const delta = { primary: ['ack.p99'], delta: { default: 0.3 } };
    const b = aSide({ one: aCell('one', times(1.2)) }, { ...later, header: { compare: delta } });
    assert.deepEqual(verdicts(compareSides(a, b, options)), ['acks=one ack.p99 same']);
    assert.deepEqual(verdicts(compareSides(a, b, { ...options, delta: { default: 0.05 } })), [
      'acks=one ack.p99 worse',
    ]);
  });

  test('under the strict rule are worse only where the whole interval lies beyond delta', () => {
    const compare = (factor: number, spread: number, isStrict: boolean): string | undefined => {
      const b = times(factor).map((micros, i) => micros * (1 + spread * (i - 2)));
      const sides = [aSide({ one: aCell('one', steady) }), aSide({ one: aCell('one', b) }, later)] as const;
      return verdicts(compareSides(...sides, { ...options, isStrict }))[0];
    };
    assert.deepEqual(
      [compare(1.07, 0.015, false), compare(1.07, 0.015, true)],
      ['acks=one ack.p99 worse', 'acks=one ack.p99 inconclusive'],
    );
    assert.equal(compare(1.2, 0.015, true), 'acks=one ack.p99 worse');
  });

  test('are judged on the metrics that the command line names', () => {
    const a = aSide({ one: aCell('one', steady) });
    const b = aSide({ one: aCell('one', times(1.2)) }, later);
    const found = compareSides(a, b, { ...options, metrics: ['ack.p50', 'ack.p90'] });
    assert.deepEqual(verdicts(found), ['acks=one ack.p50 worse', 'acks=one ack.p90 worse']);
  });

  test('of which one lost a primary metric are inconclusive on it: it does not vanish', () => {
    const a = aSide({ one: aCell('one', steady) });
    const without = steady.map((_, i) =>
      aRunTrial({ cell: 'one', block: i + 1, latencies: { ...aMeasurement().latencies, ack: null } }),
    );
    const [row] = compareSides(a, aSide({ one: without }, later), options).rows.filter(
      ({ comparison }) => comparison.metric === 'ack.p99',
    );
    assert.deepEqual([row?.comparison.verdict, row?.comparison.because, row?.b], ['inconclusive', 'no-data', null]);
  });

  test('of which a cell has invalid trials alone are inconclusive there: they are never judged', () => {
    const late = steady.map((_, i) =>
      aRunTrial({
        cell: 'one',
        block: i + 1,
        latencies: { ...aMeasurement().latencies, generatorLag: latency(3_000, 6_000) },
      }),
    );
    const found = compareSides(aSide({ one: aCell('one', steady) }), aSide({ one: late }, later), options);
    assert.deepEqual(
      found.rows.map(({ comparison: { verdict, because } }) => [verdict, because]),
      [['inconclusive', 'no-data']],
    );
  });
});

test('a latency that spreads more though its median stays is told, one that hardly does is not', () => {
  const spread = (low: number, high: number) =>
    steady.map((_, i) => {
      const data = histogramOf([
        [low, 5_000],
        [5_000, 10_000],
        [high, 5_000],
      ]);
      const ack = { total: data, seconds: [{ second: 0, data }] };
      return aRunTrial({ cell: 'one', block: i + 1, latencies: { ...aMeasurement().latencies, ack } });
    });
  const compare = (low: number, high: number) =>
    compareSides(aSide({ one: spread(4_000, 6_000) }), aSide({ one: spread(low, high) }, later), options).spread;
  const [found] = compare(2_000, 8_000);
  assert.equal(found?.latency, 'ack');
  assert.ok(Math.abs((found?.aMicros ?? 0) - 2_000) < 20 && Math.abs((found?.bMicros ?? 0) - 6_000) < 20);
  assert.deepEqual(compare(3_950, 6_050), []);
});

suite('two cells', () => {
  const cells = { one: aCell('one', steady), two: aCell('two', times(1.5)) };

  test('of one run are paired by block, for they were interleaved', () => {
    const found = compareSides(aSide(cells, { cell: 'one' }), aSide(cells, { cell: 'two' }), options);
    assert.deepEqual([found.design, ...verdicts(found)], ['paired', 'acks=one → acks=two ack.p99 worse']);
  });

  test('of two runs are not', () => {
    const found = compareSides(aSide(cells, { cell: 'one' }), aSide(cells, { ...later, cell: 'two' }), options);
    assert.equal(found.design, 'unpaired');
  });

  test('where one side names a cell, the other side’s is the one of that name', () => {
    const found = compareSides(aSide(cells, { cell: 'two' }), aSide(cells, later), options);
    assert.deepEqual(verdicts(found), ['acks=two ack.p99 same']);
  });

  for (const [written, id] of [
    ['two', 'two'],
    ['acks=two', 'two'],
    ['tw', 'two'],
  ] as const) {
    test(`@${written} is the cell ${id}`, () => assert.equal(aSide(cells, { cell: written }).cell?.id, id));
  }

  for (const [sentence, make, said] of [
    ['a cell that is not there', () => aSide(cells, { cell: 'three' }), /there is no cell "three"/],
    ['a beginning that several have', () => aSide({ ab: [], ac: [] }, { cell: 'a' }), /2 cells .* begin with "a"/],
    ['a run against itself', () => compareSides(aSide(cells), aSide(cells), options), /compared with itself/],
  ] as const) {
    test(`${sentence} is refused`, () =>
      assert.throws(
        make,
        (error: unknown) => error instanceof HarnessError && error.reason === 'usage' && said.test(error.message),
      ));
  }
});

test('a baseline is compared as the run that it was made of', () => {
  const micros = fc.array(fc.integer({ min: 500, max: 50_000 }), { minLength: 5, maxLength: 7 });
  fc.assert(
    fc.property(micros, micros, (ofA, ofB) => {
      const run = aRun({ one: aCell('one', ofA) });
      const facts = { name: 'main', fingerprint: aFingerprint(), savedAt: new Date(0), forced: [] };
      const baseline = Baseline.parse(JSON.parse(JSON.stringify(baselineOf(run, facts))));
      const b = aSide({ one: aCell('one', ofB) }, later);
      const kept = compareSides(sideOf({ kind: 'baseline', reference: 'x', cell: null, baseline }), b, options);
      const direct = compareSides(sideOf(aReferredRun(run)), b, options);
      assert.deepEqual(kept.rows, direct.rows);
      assert.deepEqual(kept.exploratory, direct.exploratory);
      assert.deepEqual(kept.spread, direct.spread);
    }),
    { numRuns: 20 },
  );
});
