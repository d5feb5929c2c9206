import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Demand, judgeCheck } from '../../src/analysis/checks.ts';
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
