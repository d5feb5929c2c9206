/** Specifies flags of `run`: what a run is called, trials that fail, and which reports it leaves. */
import assert from 'node:assert/strict';
import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { after, suite, test } from 'node:test';
import { list } from '../../bench/commands/list.ts';
import { runCommand } from '../../bench/commands/run.ts';
import { mayOpen, openerOf } from '../../bench/reports.ts';
import { resumeCommand } from '../../bench/resume.ts';
import type { Result } from '../../src/index.ts';
import { type Done, done, workIn } from './in-process.ts';
import { openWorkplace } from './program.ts';
import { runFlags } from './run-flags.ts';
import { closedLoop, readBack, scenario } from './scenarios.ts';

const short = { ...closedLoop, load: { outstanding: 10, warmup: '20ms', measure: '100ms' } };
const partitionedBy = (custom: string) => ({ 'producers.partitioning': { custom } });
const works = await openWorkplace({
  'quick.yaml': scenario({ ...short, name: 'quick' }),
  'lossy.yaml': readBack({ lose: 0.5 }, { name: 'lossy', repeat: 3 }),
  // fails until there is a file beside it
  'flaky.mjs': `import { existsSync, writeFileSync } from 'node:fs';
const mark = new URL('./mended', import.meta.url);
export default () => {
  if (existsSync(mark)) return 0;
  writeFileSync(mark, '');
  throw new Error('not mended yet');
};
`,
  'broken.mjs': `export default () => { throw new Error('never mended'); };
`,
  'flaky.yaml': scenario({ ...short, name: 'flaky', producers: { partitioning: { custom: './flaky.mjs' } } }),
  'broken.yaml': scenario({
    ...short,
    name: 'broken',
    matrix: { by: { bad: partitionedBy('./broken.mjs'), good: {} } },
    repeat: 2,
    seed: 4,
  }),
});
after(() => works[Symbol.asyncDispose]());
workIn(works.folder);

const run = (file: string, given: Parameters<typeof runFlags>[1] = {}): Promise<Done> =>
  done(runCommand, runFlags(file, { json: true, ...given }));
const resultOf = ({ stdout, stderr }: Done): Result => JSON.parse(stdout || assert.fail(stderr)) as Result;
const listed = (flags: object): Promise<Done> => done((given: object, terminal) => list.run(given, terminal), flags);
const filesOf = (result: Result): Promise<string[]> => readdir(join('reports', result.name, result.runId));

suite('a name and labels', async () => {
  const ended = await done(runCommand, runFlags('quick.yaml', { name: 'new disks', label: ['rack=b', 'by=me'] }));

  test('stand above the summary, and in the list of runs', async () => {
    assert.match(ended.stdout, /^new disks · rack=b, by=me$/m);
    const { stdout } = await listed({ what: 'runs', out: 'reports', json: false });
    assert.match(stdout, /^quick\/\S+ {3}new disks · rack=b, by=me$/m);
  });

  test('leave the list for programs as it is', async () => {
    const { stdout } = await listed({ what: 'runs', out: 'reports', json: true });
    assert.ok((JSON.parse(stdout) as string[]).every(name => /^\S+\/\S+$/.test(name)));
  });

  for (const [given, said] of [
    [{ label: ['rack'] }, /--label rack is no label/],
    [{ label: ['rack='] }, /--label rack= is no label/],
    [{ label: ['a=1', 'a=2'] }, /--label a is given twice: 1, 2/],
    [{ name: ' ' }, /--name is empty/],
  ] as const) {
    test(`${JSON.stringify(given)} is refused`, async () => {
      const { exitCode, stderr } = await run('quick.yaml', given);
      assert.equal(exitCode, 2);
      assert.match(stderr, said);
    });
  }
});

suite('a trial that fails', () => {
  test('is run again with --retry-failed, and both attempts are kept and shown', async () => {
    await rm('mended', { force: true });
    const ended = await run('flaky.yaml', { retryFailed: '1', quiet: false, progress: 'plain' });
    const result = resultOf(ended);
    assert.equal(ended.exitCode, 0, ended.stderr);
    const [cell] = result.cells;
    assert.deepEqual(
      [cell?.failures.map(({ attempt }) => attempt), cell?.trials.map(({ attempt }) => attempt)],
      [[1], [2]],
    );
    assert.match(ended.stderr, /failed: [^]*is run again/);
    const shown = await done(runCommand, runFlags('flaky.yaml', { resume: result.runId }));
    assert.match(shown.stderr, /is left to do/);
  });

  test('is not run again unless that is asked, and is when the run is resumed', async () => {
    await rm('mended', { force: true });
    const failed = await run('flaky.yaml');
    assert.equal(failed.exitCode, 4);
    assert.match(failed.stderr, new RegExp(`^Go on with: .* flaky\\.yaml --resume ${resultOf(failed).runId}$`, 'm'));
    const { exitCode, stdout } = await done(runCommand, runFlags('flaky.yaml', { resume: '' }));
    assert.equal(exitCode, 0);
    assert.match(stdout, /⚠ .*block 1: .*not mended yet.*\(run again\)/);
  });

  test('has as many attempts as were asked for, and one', async () => {
    const result = resultOf(await run('broken.yaml', { retryFailed: '2', repeat: '1' }));
    const bad = result.cells.find(({ id }) => id === 'by-bad');
    assert.deepEqual(
      bad?.failures.map(({ attempt }) => attempt),
      [1, 2, 3],
    );
    assert.deepEqual(result.reasons, ['incomplete']);
  });

  for (const written of ['x', '-1', '1.5', '']) {
    test(`--retry-failed "${written}" is refused`, async () => {
      const { exitCode, stderr } = await run('quick.yaml', { retryFailed: written });
      assert.equal(exitCode, 2);
      assert.match(stderr, /is not a number of attempts/);
    });
  }
});

suite('--fail-fast', () => {
  const trialsOf = ({ cells }: Result): number =>
    cells.reduce((sum, { trials, failures }) => sum + trials.length + failures.length, 0);

  test('stops after the first cell of which a trial fails, also before the next scenario', async () => {
    const ended = await run('broken.yaml', {
      failFast: true,
      scenario: ['broken.yaml', 'quick.yaml'],
      quiet: false,
      progress: 'plain',
    });
    const [result, ...more] = JSON.parse(ended.stdout) as Result[];
    assert.ok(result);
    assert.equal(more.length, 0);
    assert.equal(ended.exitCode, 4);
    const first = result.order.findIndex(({ cell }) => cell === 'by-bad');
    assert.equal(trialsOf(result), first + 1);
    assert.match(ended.stderr, /--fail-fast: by-bad has failed, nothing more is run/);
  });

  test('lets a trial have its attempts first', async () => {
    await rm('mended', { force: true });
    const ended = await run('flaky.yaml', { failFast: true, retryFailed: '1' });
    assert.equal(ended.exitCode, 0, ended.stderr);
  });

  test('stops where messages were lost', async () => {
    const result = resultOf(await run('lossy.yaml', { failFast: true }));
    assert.equal(trialsOf(result), 1);
    assert.equal(result.exitCode, 13);
  });
});

suite('reports', () => {
  for (const [written, files] of [
    ['md', ['report.md']],
    ['json,junit', ['junit.xml', 'result.json']],
  ] as const) {
    test(`--report ${written} leaves ${files.join(' and ')}`, async () => {
      const result = resultOf(await run('quick.yaml', { report: written }));
      const written_ = (await filesOf(result)).filter(name => /^(report|result|junit)/.test(name));
      assert.deepEqual(written_.toSorted(), files);
    });
  }

  test('of a format that there is not are refused, with what was meant', async () => {
    const { exitCode, stderr } = await run('quick.yaml', { report: 'md,jnit' });
    assert.equal(exitCode, 2);
    assert.match(stderr, /no format "jnit"[^]*Did you mean "junit"/);
  });

  for (const [environment, isTerminal, may] of [
    [{}, true, true],
    [{}, false, false],
    [{ CI: 'true' }, true, false],
    [{ CI: 'false' }, true, true],
  ] as const) {
    const place = `${isTerminal ? 'a terminal' : 'a pipe'}, ${JSON.stringify(environment)}`;
    test(`are ${may ? '' : 'not '}opened on ${place}`, () => assert.equal(mayOpen(environment, isTerminal), may));
  }

  test('are opened by what the system has for it', () => {
    assert.deepEqual(
      (['linux', 'darwin', 'win32'] as const).map(platform => openerOf(platform)[0]),
      ['xdg-open', 'open', 'cmd'],
    );
  });
});

for (const [command, path, out, environment, line] of [
  ['run', 'a.yaml', 'reports', {}, 'npx highwater run a.yaml --resume ID'],
  ['run', 'a.yaml', 'reports', { npm_lifecycle_event: 'bench' }, 'npm run bench -- a.yaml --resume ID'],
  ['run', "it's.yaml", 'my reports', {}, "npx highwater run 'it'\\''s.yaml' --out 'my reports' --resume ID"],
  ['capacity', 'a.yaml', 'my reports', {}, "npx highwater capacity a.yaml --out 'my reports' --resume ID"],
  ['capacity', 'a.yaml', 'reports', { npm_lifecycle_event: 'bench' }, 'npm run bench -- capacity a.yaml --resume ID'],
] as const) {
  test(`a ${command} that is not finished goes on with ${line}`, () =>
    assert.equal(resumeCommand({ command, path, runId: 'ID', out }, environment), line));
}
