import assert from 'node:assert/strict';
import { test } from 'node:test';
import { conclude } from '../../src/analysis/conclude.ts';
import { modelOf } from '../../src/report/model.ts';
import markdown from '../../src/report/formats/markdown.ts';
import { renderText } from '../../src/report/text.ts';
import type { RunTrial } from '../../src/results/read.ts';
import type { Result } from '../../src/results/schema.ts';
import { aMeasurement, aRun, aRunTrial, latency } from '../builders/trial.ts';

/** A trial of two minutes whose p50 is as said, second by second. */
function aLongTrial(block: number, p50Micros: (second: number) => number = () => 5_000): RunTrial {
  const seconds = Array.from({ length: 120 }, (_, second) => second);
  const timeline = seconds.map(second => ({ second, sent: 1_000, acked: 1_000, failed: 0, consumed: 0 }));
  const ack = seconds.map(second => ({ second, count: 1_000, p50Micros: p50Micros(second), p99Micros: 9_000 }));
  return { ...aRunTrial({ block, timeline, windowMicros: 120e6 }), perSecond: { ack } };
}
const rising = (second: number): number => 5_000 + (1_000 * second) / 120;

/** What both formats say of a run that has to do with being steady. */
function saidOf(result: Result): string[] {
  const model = modelOf(result);
  const texts = [renderText(model, { color: false, unicode: true }), markdown.render({ model })];
  return texts.map(text =>
    text
      .split('\n')
      .filter(line => line.includes('stead'))
      .join('\n'),
  );
}

test('trials that kept their level are steady over the observed window, in one line of every format', () => {
  const result = conclude(aRun({ one: [aLongTrial(1), aLongTrial(2)] }));
  const said = '✓ 2 of 2 trials steady over the observed window';
  assert.deepEqual(saidOf(result), [said, said]);
  assert.equal(result.cells[0]?.trials[0]?.steadiness?.isSteady, true);
});

test('a trial that drifted is told of as a finding, stays valid, and counts', () => {
  const result = conclude(aRun({ one: [aLongTrial(1), aLongTrial(2, rising)] }));
  const [text, said] = saidOf(result);
  assert.match(text ?? '', /^⚠ 1 of 2 trials steady over the observed window$/m);
  assert.match(
    text ?? '',
    /acks=one, block 2: no steady state over the observed window: ack\.p50 \(\+\d+\.\d %\), which found no level/,
  );
  assert.match(said ?? '', /no steady state over the observed window/);
  assert.deepEqual(
    result.cells[0]?.trials.map(({ validity }) => validity),
    ['valid', 'valid'],
  );
  assert.equal(result.cells[0]?.summary['ack.p50']?.trials, 2);
});

test('a trial that settled says how much of the window it took', () => {
  const settling = aLongTrial(1, second => (second < 20 ? 8_000 : 5_000));
  assert.deepEqual(
    saidOf(conclude(aRun({ one: [settling] })))[0],
    '✓ 1 of 1 trials steady over the observed window; the slowest to settle took 20 s of it',
  );
});

test('an invalid trial says nothing of it: its figures are the generator’s', () => {
  const late = { ...aMeasurement().latencies, generatorLag: latency(30_000, 60_000) };
  const { trial } = aRunTrial({ block: 1, latencies: late, windowMicros: 120e6 });
  assert.deepEqual(saidOf(conclude(aRun({ one: [{ ...aLongTrial(1), trial }] }))), ['', '']);
});

test('windows below two minutes say nothing of it', () => {
  const result = conclude(aRun({ one: [aRunTrial({ block: 1 })] }));
  assert.deepEqual(saidOf(result), ['', '']);
  assert.equal(result.cells[0]?.trials[0]?.steadiness?.because, 'window-too-short');
});

/** A pilot that was steady after so many seconds, or was not steady at all. */
const aPilot = (cell: string, seconds: number, unsettled: readonly string[] = []) => ({
  cell,
  seconds,
  cutSeconds: 10,
  isSteady: unsettled.length === 0,
  unsettled: [...unsettled],
});
const isOfWarmup = (line: string): boolean => line.includes('warm-up auto');

for (const [what, pilots, expected] of [
  ['one cell', [aPilot('1', 45)], '✓ warm-up auto: 45 s; its pilot was steady by then'],
  [
    'several cells',
    [aPilot('1', 30), aPilot('all', 68)],
    '✓ warm-up auto: 1 m 8 s; all 2 pilots were steady by then, acks=all last',
  ],
  [
    'a cell that never settled',
    [aPilot('1', 30), aPilot('all', 300, ['p99'])],
    '✗ warm-up auto: 5 m 0 s; no steady state within the maximum in 1 of 2 cells: acks=all',
  ],
] as const) {
  test(`the warm-up that was found for ${what} is one line of every format`, () => {
    const trials = Object.fromEntries(pilots.map(({ cell }) => [cell, [aRunTrial({ cell })]]));
    const micros = Math.max(...pilots.map(({ seconds }) => seconds)) * 1e6;
    const result = conclude({ ...aRun(trials), warmup: { asked: 'auto', micros, pilots: [...pilots] } });
    const model = modelOf(result);
    for (const text of [renderText(model, { color: false, unicode: true }), markdown.render({ model })])
      assert.deepEqual(text.split('\n').filter(isOfWarmup), [expected]);
  });
}

test('a trial whose warm-up found no steady state is invalid, and says what had not settled', () => {
  const unsettled = { code: 'no-steady-state', seconds: 300, unsettled: ['acked', 'p99'] } as const;
  const result = conclude(aRun({ one: [aRunTrial({ findings: [unsettled] })] }));
  assert.deepEqual([result.cells[0]?.trials[0]?.validity, result.exitCode], ['invalid', 5]);
  const findings = modelOf(result).findings.map(({ text }) => text);
  assert.match(findings.join('\n'), /no steady state within 5 m 0 s of load, .*: acked, p99 found no level/);
  assert.match(findings.join('\n'), /the load had not settled when the warm-up was over/);
});

test('the brokers’ cycles that a window did not cover are named beside it', () => {
  const said = renderText(modelOf(conclude(aRun({ one: [aLongTrial(1)] }))), { color: false, unicode: true });
  assert.match(
    said,
    /^⚠ background cycles within each window: segment rolls not covered \(0 of 3\), deletions by retention not covered \(0 of 3\)$/m,
  );
});
