/** Specifies `highwater baseline`: what is saved, refused, listed, shown and removed. */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, suite, test } from 'node:test';
import { baselineCommand } from '../../bench/commands/baseline.ts';
import { compareCommand } from '../../bench/commands/compare.ts';
import { storeRun } from '../builders/stored.ts';
import { done, workIn } from './in-process.ts';
import { openWorkplace } from './program.ts';

const steady = [5_000, 5_050, 4_950, 5_020, 4_980];
const works = await openWorkplace();
after(() => works[Symbol.asyncDispose]());
workIn(works.folder);
const under = join(works.folder, 'reports');
await storeRun({ under, runId: '2026-01-01T00-00-00Z-abcd', cells: { '1': steady, all: steady } });
await storeRun({
  under,
  runId: '2026-01-02T00-00-00Z-abcd',
  cells: { all: steady },
  environment: { commit: 'a41c9e0-dirty' },
  overridden: { 'load.rate': '9/s' },
});
const path = 'baselines/acks/xeon-cpu-2.20ghz-2c-24g-linux-x64-vm-local/main.json';

type Flags = Parameters<typeof baselineCommand>[0];
const usual = { out: 'reports', json: false, name: 'main', force: false } as const;
const baseline = (action: Flags['action'], of?: string, over: Partial<Flags> = {}) =>
  done(baselineCommand, { ...usual, action, of, ...over });
const compare = (a: string, b: string, failOn?: string) =>
  done(compareCommand, { out: 'reports', json: false, format: 'text', all: false, warnOnly: false, a, b, failOn });

suite('baseline', () => {
  test('list says nothing where there are none', async () => {
    const { exitCode, stdout } = await baseline('list');
    assert.deepEqual([exitCode, stdout], [0, '']);
  });

  test('save keeps a run where it can be committed', async () => {
    const { exitCode, stdout } = await baseline('save', 'latest~1');
    assert.equal(exitCode, 0);
    assert.match(stdout, new RegExp(`^✓ saved ${path} \\(\\d+ kB\\)\n$`));
    const kept = JSON.parse(await readFile(join(works.folder, path), 'utf8'));
    assert.deepEqual([kept.runId, kept.commit, kept.forced], ['2026-01-01T00-00-00Z-abcd', 'a41c9e0', []]);
  });

  test('save refuses a run that is dirty or overridden, with what to do', async () => {
    const { exitCode, stderr } = await baseline('save', 'latest');
    assert.equal(exitCode, 2);
    assert.match(stderr, /2026-01-02T00-00-00Z-abcd is no fit baseline: dirty, overridden \(load\.rate\)\./);
    assert.match(stderr, /--force/);
  });

  test('save --force keeps it, marked', async () => {
    const { exitCode, stdout } = await baseline('save', 'latest', { force: true, name: 'forced' });
    assert.equal(exitCode, 0);
    assert.match(stdout, /marked: dirty, overridden \(load\.rate\)\n$/);
    const compared = await compare('baseline:forced', 'latest~1');
    assert.match(compared.stdout, /^⚠ the baseline was saved by force: dirty, overridden/m);
  });

  test('save says that it replaced one', async () =>
    assert.match((await baseline('save', 'latest~1')).stdout, new RegExp(`^✓ replaced ${path}`)));

  test('list and show tell what was kept', async () => {
    assert.match((await baseline('list')).stdout, /^acks\/forced {3}xeon\S+\nacks\/main {3}xeon\S+\n$/);
    const { stdout } = await baseline('show', 'main');
    assert.match(stdout, /^acks\/main\nrun +2026-01-01T00-00-00Z-abcd.*commit a41c9e0$/m);
    assert.match(stdout, /^ {2}acks=all {3}5 trials$/m);
    assert.equal(JSON.parse((await baseline('show', 'acks/main', { json: true })).stdout).name, 'main');
  });

  test('a baseline can be compared with the run of which it is made: nothing changed', async () => {
    const { stdout } = await compare('baseline:main', 'latest~1', 'worse,inconclusive');
    assert.match(stdout, /^0 worse, 0 better, 2 same, 0 inconclusive, 0 new, 0 gone$/m);
  });

  test('rm removes it', async () => {
    assert.match((await baseline('rm', 'forced')).stdout, /^✓ removed baselines\/acks\/.*forced\.json\n$/);
    assert.match((await baseline('list')).stdout, /^acks\/main \S*.*\n$/);
  });

  for (const [action, of, over, said] of [
    ['save', undefined, {}, /baseline save needs a run/],
    ['save', 'nosuch', {}, /There is no run "nosuch"/],
    ['save', 'latest@acks-all', {}, /is no run: a baseline is made of a whole run/],
    ['save', 'latest', { name: '../x' }, /--name \.\.\/x cannot be a file's name/],
    ['show', undefined, {}, /baseline show needs a baseline/],
    ['show', 'nosuch', {}, /There is no baseline "nosuch"/],
    ['rm', 'nosuch', {}, /There is no baseline "nosuch"/],
  ] satisfies readonly (readonly [Flags['action'], string | undefined, Partial<Flags>, RegExp])[]) {
    test(`${action} ${of ?? 'nothing'} ${JSON.stringify(over)} ends with 2`, async () => {
      const { exitCode, stderr } = await baseline(action, of, over);
      assert.equal(exitCode, 2);
      assert.match(stderr, said);
    });
  }

  test('the program knows save, list, show and rm', async () => {
    const { exitCode, stderr } = await works.run(['baseline', 'keep', 'latest']);
    assert.equal(exitCode, 2);
    assert.match(stderr, /Choices: "save", "list", "show", "rm"/);
  });
});
