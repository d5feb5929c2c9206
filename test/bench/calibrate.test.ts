/** Specifies `highwater calibrate`: a cell against itself, what is printed and kept, and what later commands say of it. */
import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { baselineCommand } from '../../bench/commands/baseline.ts';
import { calibrateCommand } from '../../bench/commands/calibrate.ts';
import { runCommand } from '../../bench/commands/run.ts';
import { done, workIn } from './in-process.ts';
import { openWorkplace } from './program.ts';
import { runFlags, usualFlags } from './run-flags.ts';
import { scenario } from './scenarios.ts';

const works = await openWorkplace({
  'quick.yaml': scenario({
    name: 'quick',
    load: { outstanding: 10, warmup: '20ms', measure: '120ms' },
    simulated: { serviceTime: '5ms', servers: 'unlimited' },
    compare: { primary: ['service.p50'] },
    matrix: { 'producers.acks': [1, 'all'] },
    checks: [{ metric: 'ackedPerSecond', min: '1000000/s' }],
    repeat: 10,
  }),
});
after(() => works[Symbol.asyncDispose]());
workIn(works.folder);
const ended = await works.run(['calibrate', 'quick.yaml', '--repeat', '5']);
const [hostClass = ''] = await readdir(join(works.folder, 'baselines', 'quick'));
const kept = JSON.parse(
  await readFile(join(works.folder, 'baselines', 'quick', hostClass, 'calibration.json'), 'utf8'),
);

test('runs the reference cell against itself; checks are not judged', () => {
  assert.equal(ended.exitCode, 0, ended.stderr);
  assert.match(ended.stderr, /^plan +2 cells × 5 trials/m);
  assert.match(ended.stdout, /^acks=1 against itself · 5 blocks/m);
});

test('prints noise, what is found, and the blocks that are needed, the primary metric first', () => {
  assert.match(
    ended.stdout,
    /^metric +noise +delta +found by 10 blocks +by 10 +blocks for 5 % +blocks for 10 % +blocks for 20 % +itself$/m,
  );
  assert.match(ended.stdout, /^service\.p50 \(primary\) +\d+\.\d % +5 % +\d+\.\d % +\d+\.\d % +– +\d+ +\d+ +\w+$/m);
});

test('is kept beside the baselines, with the run that it is of', async () => {
  assert.match(ended.stdout, /✓ kept as baselines\/quick\/\S+\/calibration\.json$/m);
  const [runId] = (await readdir(join(works.folder, 'reports', 'quick-calibration'))).toSorted();
  assert.deepEqual(
    [kept.scenario, kept.hostClassId, kept.runId, kept.repeat, kept.blocks],
    ['quick', hostClass, runId, 10, 5],
  );
  assert.deepEqual([kept.cells[0].cell, kept.cells[0].metrics[0].metric], ['acks=1', 'service.p50']);
});

test('is no baseline', async () => {
  const flags = { name: 'calibration', force: true, out: 'reports', json: false };
  assert.equal((await done(baselineCommand, { ...flags, action: 'list' })).stdout, '');
  const { exitCode, stderr } = await done(baselineCommand, { ...flags, action: 'save', of: 'latest' });
  assert.equal(exitCode, 2);
  assert.match(stderr, /highwater calibrate/);
});

test('later runs of the scenario on this host say what it found', async () => {
  const { stdout } = await done(runCommand, runFlags('quick.yaml', { repeat: '1' }));
  assert.match(stdout, /calibrated today: service\.p50 has a noise of \d+\.\d %, \d+ blocks find 10 %/);
});

for (const repeat of ['1', 'many']) {
  test(`--repeat ${repeat} is refused`, async () => {
    const { exitCode, stderr } = await done(calibrateCommand, { ...usualFlags, scenario: 'quick.yaml', repeat });
    assert.equal(exitCode, 2);
    assert.match(stderr, /is no number of blocks/);
  });
}
