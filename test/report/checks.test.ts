/** What reports say of checks that are judged span by span. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { conclude } from '../../src/analysis/conclude.ts';
import { modelOf } from '../../src/report/model.ts';
import { checkSentence } from '../../src/report/sentences.ts';
import { findingText } from '../../src/report/words.ts';
import type { RunTrial } from '../../src/results/read.ts';
import type { Result } from '../../src/results/schema.ts';
import { spanKey } from '../../src/results/spans.ts';
import { aRun, aRunTrial } from '../builders/trial.ts';

const check = { metric: 'ackedPerSecond', min: 900, max: null, where: {}, group: null, every: 60e6 };

/** A run of one trial whose minutes had these rates. */
function resultOf(perSecond: readonly (number | null)[]): Result {
  const spans = new Map([[spanKey(check), perSecond.map((value, i) => ({ fromSecond: i * 60, value }))]]);
  const trial: RunTrial = { ...aRunTrial({ cell: 'one' }), spans };
  return conclude(aRun({ one: [trial] }, { checks: [check] }));
}

for (const [sentence, rates, line, said] of [
  [
    'every span holds',
    [950, 960],
    'ackedPerSecond ≥ 900/s, in every 1 m   1 of 1 cells   worst acks=one: 950/s in seconds 0 to 60 of block 1',
    'acks: ackedPerSecond ≥ 900/s, in every 1 m holds',
  ],
  [
    'some do not',
    [950, 870, 890],
    'ackedPerSecond ≥ 900/s, in every 1 m   0 of 1 cells, 2 of 3 spans missed it   worst acks=one: 870/s in seconds 60 to 120 of block 1',
    'acks: ackedPerSecond ≥ 900/s, in every 1 m missed in acks=one, 2 of 3 spans missed it, worst 870/s in seconds 60 to 120 of block 1',
  ],
  [
    'one has no data',
    [950, null],
    'ackedPerSecond ≥ 900/s, in every 1 m   0 of 1 cells, 1 of 2 spans missed it, 1 without data   worst acks=one: 950/s in seconds 0 to 60 of block 1',
    'acks: ackedPerSecond ≥ 900/s, in every 1 m missed in acks=one, 1 of 2 spans missed it, 1 without data, worst 950/s in seconds 0 to 60 of block 1',
  ],
] as const) {
  test(`a report says so where ${sentence}`, () => {
    const result = resultOf(rates);
    assert.deepEqual(
      modelOf(result).checks.map(({ text }) => text),
      [line],
    );
    assert.equal(checkSentence(result, result.checks[0] ?? assert.fail()), said);
  });
}

const { where: _, every: everyMicros, ...demand } = check;

for (const [miss, text] of [
  [
    { ...demand, everyMicros, fromSecond: 60, value: 12 },
    'ackedPerSecond ≥ 900/s, in every 1 m was missed: 12/s in seconds 60 to 120 of the window',
  ],
  [
    { ...demand, everyMicros, group: 'readers', fromSecond: 0, value: null },
    'ackedPerSecond ≥ 900/s, in every 1 m, group readers was missed: no data in seconds 0 to 60 of the window',
  ],
  [
    { metric: 'failed', group: null, min: null, max: 0, everyMicros: null, fromSecond: null, value: 3 },
    'failed ≤ 0 was missed: 3 so far in the window',
  ],
] as const) {
  test(`what ended a trial reads as: ${text}`, () => {
    assert.equal(findingText({ code: 'aborted-by-check', ...miss }), text);
  });
}
