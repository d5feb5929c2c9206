/** Specifies `run --against` and `run --extend`: two settings in one run, from files and git refs, and one extension at most. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, suite, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import type { Result } from '../../src/index.ts';
import { gateCommand } from '../../bench/commands/gate.ts';
import { runCommand } from '../../bench/commands/run.ts';
import { done, workIn } from './in-process.ts';
import { openWorkplace, resultOf } from './program.ts';
import { runFlags } from './run-flags.ts';
import { scenario } from './scenarios.ts';

const quick = {
  name: 'quick',
  load: { outstanding: 10, warmup: '20ms', measure: '120ms' },
  compare: { primary: ['service.p50'] },
  repeat: 5,
};
const served = (serviceTime: string) => ({ simulated: { serviceTime, servers: 'unlimited' } });
const text = (serviceTime: string, settings: object = {}): string =>
  scenario({ ...quick, ...served(serviceTime), ...settings });

const works = await openWorkplace({
  'fast.yaml': text('5ms'),
  // far more than a busy machine adds to five milliseconds
  'slow.yaml': text('25ms', { name: 'slow' }),
  'levels.yaml': text('5ms', { name: 'levels', matrix: { 'producers.acks': [1, 'all'] }, repeat: 1 }),
  'brokers-a.yaml': 'name: there\ncluster: { brokers: [a.invalid:1] }\n',
  'brokers-b.yaml': 'name: there\ncluster: { brokers: [b.invalid:1] }\n',
});
after(() => works[Symbol.asyncDispose]());
workIn(works.folder);

const stored = async (folder: string, name: string): Promise<Result> =>
  JSON.parse(await readFile(join(folder, 'reports', name, 'latest', 'result.json'), 'utf8'));

/** However often a trial was run again. */
const blocksOf = (trials: Result['cells'][number]['trials']): number => new Set(trials.map(({ block }) => block)).size;

suite('a scenario against another', async () => {
  const ended = await works.run(['slow.yaml', '--against', 'fast.yaml', '--gate', '--extend']);

  test('that is worse ends with 11, and needs no baseline', () => {
    assert.equal(ended.exitCode, 11, ended.stderr);
    assert.match(ended.stdout, /✗ FAIL {2}worse than fast\.yaml {4}exit 11$/m);
  });

  test('says what it does before it begins', () =>
    assert.match(ended.stderr, /^against {5}fast\.yaml, interleaved: every block has the cells of both$/m));

  test('shows both in the tables, the pair with both figures, and that it is interleaved', () => {
    assert.match(ended.stdout, /^slow +\d/m);
    assert.match(ended.stdout, /^quick \(against fast\.yaml\) +\d/m);
    assert.match(ended.stdout, /service\.p50 · interleaved · /);
    assert.match(ended.stdout, /^slow +service\.p50 +[\d.]+ ms +[\d.]+ ms +\+\d+.*✗ worse$/m);
  });

  test('keeps sides, pairs and the gate in the result, and the other scenario beside its own', async () => {
    const { cells, pairs, against, gate, comparisons } = await stored(works.folder, 'slow');
    assert.deepEqual(
      cells.map(({ id, side, trials }) => [id, side, blocksOf(trials)]),
      [
        ['slow', 'this', 5],
        ['against.quick', 'against', 5],
      ],
    );
    assert.deepEqual([pairs, against?.name], [[{ a: 'against.quick', b: 'slow' }], 'fast.yaml']);
    assert.deepEqual([gate?.verdict, gate?.baseline, comparisons[0]?.verdict], ['fail', 'fast.yaml', 'worse']);
    const folder = join(works.folder, 'reports', 'slow', 'latest');
    assert.match(await readFile(join(folder, 'against.resolved.yaml'), 'utf8'), /^name: quick$/m);
    assert.match(await readFile(join(folder, 'report.md'), 'utf8'), /slow against fast\.yaml +service\\?\.p50/);
  });

  test('runs both in every block', async () => {
    const { order } = await stored(works.folder, 'slow');
    // the seed is drawn, so that nothing is known of the order itself
    const blocks = [...Map.groupBy(order, ({ block }) => block).values()];
    assert.deepEqual(
      blocks.map(slots => slots.map(({ cell }) => cell).toSorted()),
      Array(5).fill(['against.quick', 'slow']),
    );
  });

  test('takes no second look where the first decides, and says so before the first trial', async () => {
    const { looks, repeat, comparisons } = await stored(works.folder, 'slow');
    assert.deepEqual([looks, repeat], [{ planned: 2, taken: 1, level: 0.0294 }, 5]);
    assert.ok(Math.abs((comparisons[0]?.confidence ?? 0) - 0.9706) < 1e-9);
    const [declared, started] = ['looks       after 5 blocks', ' started'].map(words => ended.stderr.indexOf(words));
    assert.ok((declared as number) > -1 && (declared as number) < (started as number), ended.stderr);
    assert.match(ended.stdout, /^look 1 of 2, each at 97\.1 %$/m);
  });

  test('is judged the same when it is stored, by no baseline and by no other rules', async () => {
    const flags = { run: 'slow', out: 'reports', json: false, format: 'text', all: false, warnOnly: false } as const;
    const gated = await done(gateCommand, flags);
    assert.equal(gated.exitCode, 11, gated.stderr);
    assert.match(gated.stdout, /service\.p50 · interleaved · /);
    const otherwise = await done(gateCommand, { ...flags, delta: '900%' });
    assert.deepEqual([otherwise.exitCode, otherwise.stdout], [2, '']);
    assert.match(otherwise.stderr, /held against fast\.yaml by the rules of its scenario/);
  });
});

/** What the command line makes of these arguments: a file, flags with a value, and switches. */
function flagsOf([file = '', ...flags]: readonly string[]): Parameters<typeof runCommand>[0] {
  const named = flags.flatMap((flag, i) => (flag.startsWith('--') ? [[flag.slice(2), flags[i + 1] ?? true]] : []));
  return runFlags(file, Object.fromEntries(named));
}

for (const [args, said] of [
  [['fast.yaml', '--against', 'nosuch.yaml'], /No scenario file "nosuch\.yaml"/],
  [['fast.yaml', '--against', 'main'], /lies in no git repository/],
  [['fast.yaml', '--against', 'levels.yaml'], /No cell of quick has a counterpart/],
  [['fast.yaml', '--against', 'slow.yaml', '--baseline', 'main'], /--against and --baseline/],
  [['fast.yaml', '--extend'], /one cell.*nothing to be compared with/],
  [['brokers-a.yaml', '--against', 'brokers-b.yaml'], /brokers a\.invalid:1, there brokers b\.invalid:1/],
] as const) {
  test(`${args.join(' ')} ends with 2 before anything runs`, async () => {
    const { exitCode, stdout, stderr } = await done(runCommand, flagsOf(args));
    assert.deepEqual([exitCode, stdout], [2, ''], stderr);
    assert.match(stderr, said);
  });
}

suite('a scenario against a git ref', async () => {
  await using own = await openWorkplace();
  const git = (...args: readonly string[]) =>
    execFileSync('git', ['-c', 'user.name=t', '-c', 'user.email=t@t', '-c', 'commit.gpgsign=false', ...args], {
      cwd: own.folder,
      stdio: 'pipe',
    });
  const temporary = join(own.folder, 'temporary');
  const environment = { TMPDIR: temporary };
  await mkdir(join(own.folder, 'scenarios'));
  await mkdir(temporary);
  const write = (name: string, content: string) => writeFile(join(own.folder, 'scenarios', name), content);
  await write('base.yaml', text('5ms', { repeat: 1 }));
  await write('one.yaml', 'extends: base.yaml\nname: one\nproducers: { partitioning: { custom: ./always.js } }\n');
  await write('always.js', 'export default () => 0;\n');
  git('init', '--quiet', '--initial-branch', 'main');
  git('add', 'scenarios');
  git('commit', '--quiet', '--message', 'first');
  await write('base.yaml', text('25ms', { repeat: 1 }));
  await write('always.js', 'export default () => 0; // changed\n');
  await write('later.yaml', text('5ms'));
  const before = git('status', '--porcelain').toString();
  const ended = await own.run(['scenarios/one.yaml', '--against', 'main', '--json'], environment);
  const left = await readdir(temporary);
  const afterwards = git('status', '--porcelain').toString();
  const here = (name: string, ref: string) => flagsOf([join(own.folder, 'scenarios', name), '--against', ref]);
  const unknown = await done(runCommand, here('one.yaml', 'mian'));
  const missing = await done(runCommand, here('later.yaml', 'main'));
  const killed = own.start(['scenarios/one.yaml', '--against', 'main'], environment);
  await killed.said(/started/);
  const during = await readdir(temporary);
  killed.kill('SIGKILL');
  await killed.ended;
  for (let i = 0; i < 200 && (await readdir(temporary)).length > 0; i++) await pause(25);
  const leftByKilled = await readdir(temporary);

  test('reads the scenario and what it names as they were there', () => {
    const { comparisons, cells, against, environment: facts } = resultOf(ended);
    const [comparison] = comparisons;
    assert.deepEqual([comparison?.a, comparison?.b, comparison?.because], ['against.one', 'one', 'too-few-trials']);
    assert.ok((comparison?.ratio ?? 0) > 2, '25 ms now, 5 ms there');
    assert.deepEqual([against?.name, cells[1]?.label], ['main', 'one (against main)']);
    assert.match(String(facts['against']), /^[0-9a-f]{7,}$/);
    assert.match(ended.stderr, /^against {5}main \([0-9a-f]{7,}\), interleaved/m);
  });

  test('leaves nothing behind, and the checkout as it is', () => {
    assert.deepEqual(left, []);
    assert.equal(afterwards.replace('?? reports/\n', ''), before);
  });

  test('leaves nothing behind when it is killed either', () => {
    assert.equal(during.filter(name => name.startsWith('highwater-against-')).length, 1);
    assert.deepEqual(leftByKilled, []);
  });

  test('that does not exist ends with 2 and says what a shallow clone lacks', () => {
    assert.equal(unknown.exitCode, 2);
    assert.match(unknown.stderr, /--against mian: there is neither such a file nor such a ref\.\n.*fetch/);
  });

  test('that lacks the scenario ends with 2', () => {
    assert.equal(missing.exitCode, 2);
    assert.match(missing.stderr, /--against main: scenarios\/later\.yaml does not exist there/);
  });
});

suite('a second look', async () => {
  const open = resultOf(await works.run(['levels.yaml', '--extend', '--json', '--quiet']));
  const shown = resultOf(await works.run(['show', 'levels', '--json']));

  test('follows once where the first decides nothing: no third, though the second decides nothing either', () => {
    assert.deepEqual(open.looks, { planned: 2, taken: 2, level: 0.0294 });
    assert.deepEqual([open.repeat, open.order.length], [2, 4]);
    assert.deepEqual(
      open.cells.map(({ trials }) => blocksOf(trials)),
      [2, 2],
    );
    assert.deepEqual([...new Set(open.order.map(({ block }) => block))], [1, 2]);
  });

  test('is concluded the same from what is stored', () => assert.deepEqual(shown, open));
});
