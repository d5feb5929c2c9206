import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Demand, judgeCheck } from '../../src/analysis/checks.ts';
import type { RunTrial } from '../../src/results/read.ts';
import { spanKey } from '../../src/results/spans.ts';
import { aCell, aMeasurement, aRunTrial } from '../builders/trial.ts';

const demand = (over: Partial<Demand>): Demand => ({
  metric: 'ack.p99',
  min: null,
  max: null,
  where: {},
  group: null,
  every: null,
  ...over,
});
const cell = (id: string, trials: ReturnType<typeof aCell>, finished = trials) => ({
  id,
  factors: { 'producers.acks': id },
  trials,
  finished,
});
/** Their p99 is twice as much: 10 ms and 30 ms. */
const quick = cell('1', aCell('1', [4_000, 5_000, 6_000]));
const slow = cell('all', aCell('all', [14_000, 15_000, 16_000]));
const losing = (lost: number) => aRunTrial({ counts: { ...aMeasurement().counts, lost } });

test('the estimate over trials is judged, not the worst trial', () => {
  assert.equal(judgeCheck(demand({ max: 10_500 }), [quick]).verdict, 'pass');
  assert.equal(judgeCheck(demand({ max: 9_500 }), [quick]).verdict, 'fail');
});

test('a cell that misses the demand is named, and the worst value with its cell', () => {
  const result = judgeCheck(demand({ max: 20_000 }), [quick, slow]);
  assert.deepEqual([result.verdict, result.failed, result.worst?.cell], ['fail', ['all'], 'all']);
});

test('`where` chooses the cells, and a list of levels allows each of them', () => {
  assert.equal(judgeCheck(demand({ max: 20_000, where: { 'producers.acks': 1 } }), [quick, slow]).verdict, 'pass');
  assert.equal(judgeCheck(demand({ max: 20_000, where: { 'producers.acks': [1, 'all'] } }), [quick, slow]).cells, 2);
});

for (const [what, cells, asked] of [
  ['no cell that it is about', [quick], demand({ max: 1, where: { 'producers.acks': 0 } })],
  ['a cell whose trials are all invalid', [cell('1', [], quick.finished)], demand({ max: 1e9 })],
  ['a metric that the trials do not have', [quick], demand({ metric: 'endToEnd.p99', max: 1e9 })],
  ['a count that nobody counted', [quick], demand({ metric: 'lost', max: 0 })],
  ['a group that is not there', [quick], demand({ metric: 'endToEnd.p99', group: 'others', max: 1e9 })],
] as const) {
  test(`no data is never a pass: ${what}`, () => {
    assert.equal(judgeCheck(asked, cells).verdict, 'no-data');
  });
}

test('a lost message counts in every trial, invalid ones too', () => {
  const trials = [losing(0), losing(0)];
  const lost = judgeCheck(demand({ metric: 'lost', max: 0 }), [cell('1', trials, [...trials, losing(1)])]);
  assert.deepEqual([lost.verdict, lost.worst?.value], ['fail', 1]);
});

test('a demand may have a least value', () => {
  const asked = demand({ metric: 'ackedPerSecond', min: 1_001 });
  assert.equal(judgeCheck(asked, [quick]).verdict, 'fail');
  assert.equal(judgeCheck({ ...asked, min: 999 }, [quick]).verdict, 'pass');
});

/** A trial whose spans of a demand have those values, each a span long after the one before. */
const spanned = (asked: Demand, values: readonly (number | null)[], over = {}): RunTrial => ({
  ...aRunTrial(over),
  spans: new Map([
    [spanKey(asked), values.map((value, i) => ({ fromSecond: (i * (asked.every as number)) / 1e6, value }))],
  ]),
});
const bySpan = demand({ metric: 'ackedPerSecond', min: 900, every: 10e6 });

for (const [sentence, values, verdict, spans] of [
  ['holds where every span does', [950, 1_000], 'pass', { judged: 2, failed: 0, withoutData: 0 }],
  [
    'fails where one span does, though the whole window holds',
    [950, 899],
    'fail',
    { judged: 2, failed: 1, withoutData: 0 },
  ],
  ['fails where a span has no data', [950, null], 'fail', { judged: 2, failed: 1, withoutData: 1 }],
  ['finds no data where no span lies in the window', [], 'no-data', { judged: 0, failed: 0, withoutData: 0 }],
] as const) {
  test(`a demand on every span ${sentence}`, () => {
    const result = judgeCheck(bySpan, [cell('1', [spanned(bySpan, values)])]);
    assert.deepEqual([result.verdict, result.spans], [verdict, spans]);
    assert.deepEqual(result.failed, verdict === 'pass' ? [] : ['1']);
  });
}

test('the worst span is named with its trial and where it began', () => {
  const trials = [spanned(bySpan, [950, 940]), spanned(bySpan, [930, 870, 960], { block: 2 })];
  const { worst, spans } = judgeCheck(bySpan, [cell('1', trials)]);
  assert.deepEqual(worst, { cell: '1', value: 870, block: 2, attempt: 1, fromSecond: 10 });
  assert.deepEqual(spans, { judged: 5, failed: 1, withoutData: 0 });
});

test('a trial without its seconds is no data, and not a trial without misses', () => {
  assert.equal(judgeCheck(bySpan, [cell('1', [spanned(bySpan, [950]), aRunTrial({ block: 2 })])]).verdict, 'no-data');
});

test('spans of a trial that does not count are not judged, but of one that a check ended they are', () => {
  const { metric, group, min, max } = bySpan;
  const finding = {
    code: 'aborted-by-check' as const,
    metric,
    group,
    min,
    max,
    everyMicros: 10e6,
    fromSecond: 0,
    value: 1,
  };
  const poor = spanned(bySpan, [1]);
  const counting = spanned(bySpan, [950]);
  assert.equal(judgeCheck(bySpan, [cell('1', [counting], [poor, counting])]).verdict, 'pass');
  const ended = spanned(bySpan, [1], { findings: [finding] });
  const result = judgeCheck(bySpan, [cell('1', [], [ended])]);
  assert.deepEqual([result.verdict, result.failed, result.worst?.value], ['fail', ['1'], 1]);
});

test('a check that ended a trial has failed, and another one of the same trial has no data', () => {
  const asked = demand({ metric: 'failed', max: 3 });
  const finding = { ...asked, code: 'aborted-by-check' as const, everyMicros: null, fromSecond: null, value: 4 };
  const ended = aRunTrial({ findings: [finding] });
  assert.equal(judgeCheck(asked, [cell('1', [], [ended])]).verdict, 'fail');
  assert.equal(judgeCheck(demand({ max: 1e9 }), [cell('1', [], [ended])]).verdict, 'no-data');
});
