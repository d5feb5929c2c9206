/** Specifies what a gate fails on, its exit codes, and that what is not decided is never called a pass. */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import { compareSides, type RunComparison } from '../../src/analysis/compare-runs.ts';
import { conclude } from '../../src/analysis/conclude.ts';
import { type GateFailure, gateFailures, judgeGate, usualFailures, withGate } from '../../src/analysis/gate.ts';
import { Result } from '../../src/results/schema.ts';
import { aSide } from '../builders/side.ts';
import { aCell, aRun } from '../builders/trial.ts';

const steady = [5_000, 5_050, 4_950, 5_020, 4_980];
const noisy = [5_000, 9_000, 4_000, 8_000, 3_000];
const doubled = steady.map(micros => micros * 2);
const later = { runId: '2026-01-04T00-00-00Z-ef01' };

function against(values: readonly number[], over: object = {}, cells: object = {}): RunComparison {
  const a = aSide({ one: aCell('one', steady) });
  const b = aSide({ one: aCell('one', values), ...cells }, { ...later, ...over });
  return compareSides(a, b, { metrics: [], delta: {}, confidence: 0.95, onMismatch: 'refuse' });
}

const same = against(steady);
const worse = against(doubled);
const better = against(steady.map(micros => micros / 2));
const open = against(noisy);
const fresh = against(steady, {}, { two: aCell('two', steady) });
const other = against(steady, { fingerprint: { scenario: {} } });
const all = [...gateFailures];

for (const [sentence, reasons, comparison, failOn, exitCode, word] of [
  ['a run that is the same passes', [], same, usualFailures, 0, 'pass'],
  ['a run that is better passes', [], better, usualFailures, 0, 'pass'],
  ['a run that is worse fails', [], worse, usualFailures, 11, 'fail'],
  ['… unless worse is not asked for', [], worse, ['check'], 0, 'pass'],
  ['a check that failed fails', ['check'], same, usualFailures, 10, 'fail'],
  ['… unless checks are not asked for', ['check'], same, ['worse'], 0, 'pass'],
  ['lost messages fail', ['integrity'], same, usualFailures, 13, 'fail'],
  ['too few valid trials fail', ['invalid'], same, usualFailures, 5, 'fail'],
  ['too few finished trials fail', ['incomplete'], same, usualFailures, 4, 'fail'],
  ['an environment that failed fails whatever is asked for', ['environment'], same, ['worse'], 3, 'fail'],
  ['what is inconclusive ends with 0, and is not called a pass', [], open, usualFailures, 0, 'inconclusive'],
  ['… and ends with 12 where that is asked for', [], open, all, 12, 'inconclusive'],
  ['a new cell beside others passes', [], fresh, usualFailures, 0, 'pass'],
  ['… and ends with 12 where that is asked for', [], fresh, all, 12, 'not comparable'],
  ['without a baseline nothing passes', [], null, usualFailures, 12, 'not comparable'],
  ['… whatever is asked for', [], null, ['worse'], 12, 'not comparable'],
  ['… and a failure is one all the same', ['check'], null, usualFailures, 10, 'fail'],
  ['another scenario is not comparable', [], other, ['worse'], 12, 'not comparable'],
  ['a regression comes before a check', ['check'], worse, usualFailures, 11, 'fail'],
  ['an incomplete run before a regression', ['incomplete'], worse, usualFailures, 4, 'fail'],
  ['an invalid run before an incomplete one', ['incomplete', 'invalid'], worse, usualFailures, 5, 'fail'],
  ['loss before invalid', ['invalid', 'integrity'], worse, usualFailures, 13, 'fail'],
  ['the environment before loss', ['integrity', 'environment'], worse, usualFailures, 3, 'fail'],
] satisfies readonly (readonly [
  string,
  readonly string[],
  RunComparison | null,
  readonly GateFailure[],
  number,
  string,
])[]) {
  test(`${sentence}: ${exitCode}`, () => {
    const verdict = judgeGate({ reasons, comparison, failOn });
    assert.deepEqual([verdict.exitCode, verdict.word], [exitCode, word]);
  });
}

test('nothing is called a pass unless every row was decided and nothing failed', () => {
  const reasons = fc.subarray(['check', 'integrity', 'invalid', 'incomplete', 'environment', 'interrupted']);
  const comparison = fc.constantFrom(null, same, worse, better, open, fresh, other);
  fc.assert(
    fc.property(reasons, comparison, fc.subarray(all), (given, compared, failOn) => {
      const { word, exitCode, reasons: found } = judgeGate({ reasons: given, comparison: compared, failOn });
      assert.equal(word === 'pass', exitCode === 0 && compared !== open && compared !== null && compared !== other);
      assert.equal(exitCode === 0, found.length === 0);
    }),
  );
});

suite('the result of a gated run', () => {
  const run = aRun({ one: aCell('one', doubled) }, later);

  test('has the gate’s reasons beside its own, and the exit code of both', () => {
    const own = { ...conclude(run), reasons: ['check'], exitCode: 10 };
    const verdict = judgeGate({ reasons: own.reasons, comparison: worse, failOn: usualFailures });
    const { reasons, exitCode, gate } = withGate(own, verdict, worse);
    assert.deepEqual([reasons, exitCode], [['check', 'regression'], 11]);
    assert.deepEqual(
      [gate?.baselineRunId, gate?.verdict, gate?.comparisons.map(one => one.verdict)],
      ['2026-01-01T00-00-00Z-abcd', 'fail', ['worse']],
    );
  });

  test('is what the schema says', () => {
    for (const comparison of [worse, null]) {
      const verdict = judgeGate({ reasons: [], comparison, failOn: usualFailures });
      const result = withGate(conclude(run), verdict, comparison);
      assert.deepEqual(Result.parse(structuredClone(result)), result);
    }
  });
});
