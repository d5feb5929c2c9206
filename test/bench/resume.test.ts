/** Specifies `run --resume`: a run that was interrupted goes on in its own folder, with what is missing and nothing else. */
import assert from 'node:assert/strict';
import { appendFile, cp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { after, suite, test } from 'node:test';
import { runCommand } from '../../bench/commands/run.ts';
import { readRun, type Result } from '../../src/index.ts';
import { type Done, done, workIn } from './in-process.ts';
import { openWorkplace } from './program.ts';
import { runFlags } from './run-flags.ts';
import { closedLoop, scenario } from './scenarios.ts';

const settings = {
  ...closedLoop,
  load: { outstanding: 10, warmup: '20ms', measure: '100ms' },
  matrix: { 'producers.acks': [1, 'all'] },
  compare: { primary: ['service.p50'] },
  repeat: 3,
};
const works = await openWorkplace({
  'short.yaml': scenario(settings),
  'edited.yaml': scenario({ ...settings, load: { outstanding: 11, warmup: '20ms', measure: '100ms' } }),
  'other.yaml': scenario({ ...settings, name: 'other' }),
});
after(() => works[Symbol.asyncDispose]());
workIn(works.folder);

/** An uninterrupted run, with a flag that makes another plan of its scenario. */
const whole = await done(
  runCommand,
  runFlags('short.yaml', { set: ['producers.linger=1ms'], name: 'new disks', label: ['rack=b'], json: true }),
);
const uninterrupted = JSON.parse(whole.stdout) as Result;
const { runId } = uninterrupted;

interface Entry {
  readonly type: string;
  readonly cell: string;
  readonly block: number;
  readonly attempt: number;
}
const journalIn = (out: string): string => join(out, 'short', runId, 'journal.ndjson');
const linesOf = async (out: string): Promise<string[]> => (await readFile(journalIn(out), 'utf8')).split('\n');
const entriesOf = async (out: string): Promise<Entry[]> =>
  (await linesOf(out)).flatMap(line => {
    try {
      return [JSON.parse(line) as Entry];
    } catch {
      return [];
    }
  });
const doneIn = (entries: readonly Entry[]): string[] =>
  entries.filter(({ type }) => type === 'trial-done').map(({ cell, block, attempt }) => `${cell} ${block} ${attempt}`);

let copies = 0;
/** The run as it would be, had it been killed after so many trials: its folder, under another one. */
async function killedAfter(trials: number, { torn = '' } = {}): Promise<string> {
  const out = `killed-${++copies}`;
  await cp('reports', out, { recursive: true, verbatimSymlinks: true });
  const lines = await linesOf(out);
  const ends = lines.flatMap((line, i) => (line.includes('"trial-done"') ? [i] : []));
  const kept = lines.slice(0, trials === 0 ? ends[0] : (ends[trials - 1] as number) + 1);
  await writeFile(journalIn(out), `${kept.join('\n')}\n${torn}`);
  for (const report of ['result.json', 'report.md']) await rm(join(out, 'short', runId, report), { force: true });
  return out;
}

const resume = (out: string, given: Parameters<typeof runFlags>[1] = {}): Promise<Done> =>
  done(runCommand, runFlags('short.yaml', { out, resume: '', json: true, ...given }));
/** What no two runs have in common. */
const measuredOrTimed = {
  resumed: null,
  startedAt: null,
  finishedAt: null,
  comparisons: null,
  exitCode: null,
  reasons: null,
};
const resultOf = ({ stdout, stderr }: Done): Result => JSON.parse(stdout || assert.fail(stderr)) as Result;

suite('a run that was killed in the midst of a line', async () => {
  const out = await killedAfter(4, { torn: '{"type":"trial-done","cell":"acks-a' });
  const before = await entriesOf(out);
  const [finished = ''] = doneIn(before);
  const [cell = '', block = ''] = finished.split(' ');
  const file = join(out, 'short', runId, 'trials', cell, block, 'trial.json');
  const written = (await stat(file)).mtimeMs;
  const ended = await resume(out);
  const result = resultOf(ended);

  test('goes on with the trials that are missing, in the order of its start, and repeats none', async () => {
    assert.equal(ended.exitCode, 0, ended.stderr);
    const all = doneIn(await entriesOf(out));
    assert.deepEqual(all.slice(0, 4), doneIn(before));
    assert.deepEqual(
      all.filter(key => key.endsWith(' 1')),
      uninterrupted.order.map(one => `${one.cell} ${one.block} 1`),
    );
    assert.equal(new Set(all).size, all.length);
    assert.equal((await stat(file)).mtimeMs, written, 'a finished trial was written anew');
  });

  test('comes to the same document, apart from what was measured, and says that it was resumed', async () => {
    const [resumption, ...more] = result.resumed ?? [];
    assert.equal(more.length, 0);
    assert.equal(resumption?.trialsBefore, 4);
    assert.ok((resumption?.afterSeconds ?? -1) >= 0);
    assert.deepEqual(resumption?.changes, []);
    // how many messages came through, and with them which percentiles there are, is the machine's affair
    const shapeOf = (one: Result) => ({
      ...one,
      ...measuredOrTimed,
      cells: one.cells.map(({ trials, ...rest }) => ({
        ...rest,
        summary: null,
        blocks: [...new Set(trials.map(({ block: of }) => of))],
      })),
    });
    assert.deepEqual(shapeOf(result), shapeOf(uninterrupted));
    assert.deepEqual([result.title, result.labels], ['new disks', { rack: 'b' }]);
    assert.deepEqual(JSON.parse(await readFile(join(out, 'short', runId, 'result.json'), 'utf8')), result);
  });

  test('says so in its reports', async () => {
    const report = await readFile(join(out, 'short', runId, 'report.md'), 'utf8');
    assert.match(report, /interrupted after 4 trials, and resumed .+ later/);
    assert.match(report, /^new disks · rack=b$/m);
  });

  test('is over then', async () => {
    for (const reference of ['', runId]) {
      const { exitCode, stderr } = await resume(out, { resume: reference });
      assert.equal(exitCode, 2);
      assert.match(stderr, reference === '' ? /No run of short .* is unfinished/ : /Nothing of .* is left to do/);
    }
    assert.ok(!(await readdir(join(out, 'short', runId))).includes('running.json'));
  });
});

test('a run that was killed between its last trial and its reports gets them', async () => {
  const out = await killedAfter(6);
  const { exitCode, stderr } = await resume(out);
  assert.equal(exitCode, 0, stderr);
  assert.deepEqual(doneIn(await entriesOf(out)), doneIn(await entriesOf('reports')));
  assert.ok((await readdir(join(out, 'short', runId))).includes('report.md'));
});

test('a run that was killed before its first trial is run whole', async () => {
  const result = resultOf(await resume(await killedAfter(0)));
  assert.equal(result.cells.flatMap(({ trials }) => trials).length >= 6, true);
  assert.equal(result.resumed?.[0]?.trialsBefore, 0);
});

suite('a plan that differs is refused with all differences, and nothing is run', async () => {
  const out = await killedAfter(5);
  for (const [what, file, given, said] of [
    ['a flag', 'short.yaml', { set: ['producers.linger=2ms'] }, /scenario\.producers\.linger: 1ms, now 2ms/],
    ['a seed', 'short.yaml', { seed: '1' }, new RegExp(`^ +seed: ${uninterrupted.seed}, now 1$`, 'm')],
    ['a number of blocks', 'short.yaml', { repeat: '4' }, /blocks: 3, now 4/],
    ['cells', 'short.yaml', { cells: ['acks=1'] }, /cells: \["acks-1","acks-all"\], now \["acks-1"\]/],
    ['an edited file', 'edited.yaml', {}, /scenario\.load\.outstanding: 10, now 11/],
    ['another scenario', 'other.yaml', { resume: runId }, /scenario\.name: short, now other/],
  ] as const) {
    test(`by ${what}`, async () => {
      const before = await readFile(journalIn(out), 'utf8');
      const { exitCode, stdout, stderr } = await resume(out, { scenario: [file], ...given });
      assert.deepEqual([exitCode, stdout], [2, ''], stderr);
      assert.match(stderr, said);
      assert.equal(await readFile(journalIn(out), 'utf8'), before);
    });
  }

  test('by another release of the program', async () => {
    const older = await killedAfter(5);
    const text = await readFile(journalIn(older), 'utf8');
    const other = text
      .replace(/"versions":\{"highwater":"[^"]+"/, '"versions":{"highwater":"0.0.1"')
      .replace(/"hash":"\w+"/, '"hash":"0000"');
    await writeFile(journalIn(older), other);
    const { exitCode, stderr } = await resume(older);
    assert.equal(exitCode, 2);
    assert.match(stderr, /versions\.highwater: 0\.0\.1, now \S+/);
  });
});

suite('surroundings that are not what they were', async () => {
  /** The run as killed, begun in other surroundings. */
  async function begunIn(other: Readonly<Record<string, unknown>>): Promise<string> {
    const out = await killedAfter(5);
    const lines = (await linesOf(out)).map(line => {
      if (!line.includes('"type":"environment"')) return line;
      const entry = JSON.parse(line) as { environment: Record<string, unknown> };
      return JSON.stringify({ ...entry, environment: { ...entry.environment, ...other } });
    });
    await writeFile(journalIn(out), lines.join('\n'));
    return out;
  }

  test('another class of hosts is refused', async () => {
    const out = await begunIn({ cpu: 'Abacus 1', cores: 400 });
    const { exitCode, stderr } = await resume(out);
    assert.equal(exitCode, 2);
    assert.match(stderr, /CPU: Abacus 1, now [^]*cores: 400, now /);
  });

  test('a host that was started anew is named, and no trial is paired across', async () => {
    const out = await begunIn({ bootId: 'another' });
    const result = resultOf(await resume(out));
    const [change, ...more] = result.resumed?.[0]?.changes ?? [];
    assert.deepEqual([change?.fact, change?.before, more.length], ['bootId', 'another', 0]);
    // the third block was begun before, and ended after
    assert.deepEqual([...new Set(result.comparisons.map(({ blocks }) => blocks))], [2]);
    const report = await readFile(join(out, 'short', runId, 'report.md'), 'utf8');
    assert.match(report, /changed since: bootId another → .*no trial is paired with one of before/);
  });
});

suite('what cannot be trusted is not gone on with', () => {
  test('a trial whose file is not what was written', async () => {
    const out = await killedAfter(5);
    const [first = ''] = doneIn(await entriesOf(out));
    const [cell = '', block = ''] = first.split(' ');
    await appendFile(join(out, 'short', runId, 'trials', cell, block, 'trial.json'), ' ');
    const { exitCode, stderr } = await resume(out);
    assert.equal(exitCode, 2);
    assert.match(stderr, /checksum differs/);
  });

  test('a run at which another process still is', async () => {
    const out = await killedAfter(5);
    const mark = { host: hostname(), pid: process.ppid, startedAtMillis: Date.now() };
    await writeFile(join(out, 'short', runId, 'running.json'), JSON.stringify(mark));
    const { exitCode, stderr } = await resume(out);
    assert.equal(exitCode, 2);
    assert.match(stderr, new RegExp(`still being written, by process ${process.ppid}`));
  });

  test('a run of before it was kept from what it was planned', async () => {
    const out = await killedAfter(5);
    const text = await readFile(journalIn(out), 'utf8');
    const [start = '', ...rest] = text.split('\n');
    const old = { ...(JSON.parse(start) as Record<string, unknown>), plan: undefined };
    await writeFile(journalIn(out), [JSON.stringify(old), ...rest].join('\n'));
    const { exitCode, stderr } = await resume(out);
    assert.equal(exitCode, 2);
    assert.match(stderr, /does not say from what it was planned/);
  });
});

for (const [flags, said] of [
  [{ name: 'x' }, /--name is given when a run begins/],
  [{ label: ['a=b'] }, /--label is given when a run begins/],
  [{ scenario: ['short.yaml', 'other.yaml'] }, /goes on with one run, and 2 scenarios are given/],
  [{ resume: 'nosuch' }, /There is no run "nosuch"/],
] as const) {
  test(`--resume with ${JSON.stringify(flags)} ends with 2`, async () => {
    const { exitCode, stderr } = await resume('reports', flags);
    assert.equal(exitCode, 2);
    assert.match(stderr, said);
  });
}

suite('a run with a second look', async () => {
  const flags = { extend: true, repeat: '1' };
  const looked = JSON.parse(
    (await done(runCommand, runFlags('short.yaml', { ...flags, out: 'looked', json: true }))).stdout,
  );
  const { runId: id } = looked as Result;
  const lines = (await readFile(join('looked', 'short', id, 'journal.ndjson'), 'utf8')).split('\n');
  const ends = lines.flatMap((line, i) => (line.includes('"trial-done"') ? [i] : []));
  for (const [when, trials] of [
    ['before it', 1],
    ['after it', 3],
  ] as const) {
    test(`that was killed ${when} looks twice, and no more`, async () => {
      const out = `looked-${trials}`;
      await cp('looked', out, { recursive: true, verbatimSymlinks: true });
      const journal = join(out, 'short', id, 'journal.ndjson');
      await writeFile(journal, `${lines.slice(0, (ends[trials - 1] as number) + 1).join('\n')}\n`);
      const result = resultOf(await done(runCommand, runFlags('short.yaml', { out, resume: '', json: true })));
      assert.equal(result.looks?.taken, 2);
      assert.deepEqual(result.order, looked.order);
      assert.deepEqual(
        result.cells.map(cell => [...new Set(cell.trials.map(({ block }) => block))]),
        [
          [1, 2],
          [1, 2],
        ],
      );
      assert.equal((await readFile(journal, 'utf8')).match(/"type":"extended"/g)?.length, 1);
    });
  }
});

test('a stored run tells what it was planned from, and with which flags', async () => {
  const { plan, flags } = await readRun(join('reports', 'short', runId), { logs: 'leave' });
  assert.match(plan?.hash ?? '', /^[0-9a-f]{16}$/);
  assert.deepEqual(flags, { set: ['producers.linger=1ms'] });
});
