/** Specifies `highwater gate` and `run --gate`: what fails, with which exit code, and what CI is told. */
import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, suite, test } from 'node:test';
import { baselineCommand } from '../../bench/commands/baseline.ts';
import { gateCommand } from '../../bench/commands/gate.ts';
import { exitCodeOfRuns, reopened, settleRun, tellOfRuns } from '../../bench/outcome.ts';
import { conclude, openReference, readRun, readScenario } from '../../src/index.ts';
import { storeRun } from '../builders/stored.ts';
import { aMeasurement } from '../builders/trial.ts';
import { done, keptTerminal, workIn } from './in-process.ts';
import { openWorkplace, resultOf } from './program.ts';
import { closedLoop, scenario } from './scenarios.ts';

const steady = [5_000, 5_050, 4_950, 5_020, 4_980];
const worse = steady.map(micros => micros * 1.2);
const works = await openWorkplace({ 'acks.yaml': 'name: acks\nchecks:\n  - { metric: ack.p99, max: 1ms }\n' });
after(() => works[Symbol.asyncDispose]());
workIn(works.folder);

const under = join(works.folder, 'reports');
const at = (day: number): string => `2026-01-0${day}T00-00-00Z-abcd`;
const lossy = { counts: { ...aMeasurement().counts, lost: 2 } };
const folderOfWorse = await storeRun({ under, runId: at(2), cells: { all: worse } });
for (const like of [
  { runId: at(1), cells: { all: steady } },
  { runId: at(3), cells: { all: [5_000, 9_000, 4_000, 8_000, 3_000] } },
  { runId: at(4), cells: { all: steady }, repeat: 6 },
  { runId: at(5), cells: { all: steady }, trial: lossy },
  { runId: at(6), cells: { all: steady, '1': steady } },
  { runId: at(7), cells: { all: steady }, resolved: { load: 'other' } },
  { runId: at(8), cells: { all: steady }, environment: { cores: 64 } },
]) {
  await storeRun({ under, ...like });
}

type Flags = Parameters<typeof gateCommand>[0];
const usual = { out: 'reports', json: false, format: 'text', all: false, warnOnly: false } as const;
const gate = (run: string, over: Partial<Flags> = {}) => done(gateCommand, { ...usual, run, ...over });
const saveFirst = () =>
  done(baselineCommand, { action: 'save', of: at(1), name: 'main', force: false, out: 'reports', json: false });

test('without a baseline a gate ends with 12 and says how to save one', async () => {
  const { exitCode, stdout } = await gate(at(1));
  assert.equal(exitCode, 12);
  assert.match(stdout, /no baseline: none is called "main" for acks.*highwater baseline save RUN --name main/);
  assert.match(stdout, /\? NOT COMPARABLE {4}exit 12\n$/);
});

suite('with a baseline', async () => {
  test('that was saved', async () => assert.equal((await saveFirst()).exitCode, 0));

  for (const [sentence, run, over, exitCode, said] of [
    ['a run that is the same passes', at(1), {}, 0, /✓ PASS/],
    ['a run that is worse fails', at(2), {}, 11, /✗ FAIL {2}worse than the baseline/],
    ['… but not with --warn-only, and says so all the same', at(2), { warnOnly: true }, 0, /✗ FAIL/],
    ['… nor where a larger delta is allowed', at(2), { delta: '30%' }, 0, /✓ PASS/],
    ['what is inconclusive is not green', at(3), {}, 0, /\? INCONCLUSIVE\n$/],
    ['… and ends with 12 where that is asked for', at(3), { failOn: 'inconclusive' }, 12, /INCONCLUSIVE/],
    ['a run that lacks a trial fails', at(4), {}, 4, /fewer finished trials/],
    ['a run that lost messages fails', at(5), {}, 13, /lost, doubled or reordered/],
    ['… unless that is not asked for', at(5), { failOn: 'worse' }, 0, /PASS/],
    ['a new cell is told', at(6), {}, 0, /⚠ new: acks=1/],
    ['another scenario is not comparable', at(7), {}, 12, /another scenario/],
    ['another host class is not', at(8), {}, 12, /another host class: cores 2 → 64/],
    ['… unless that is allowed', at(8), { allowEnvMismatch: true }, 0, /✓ PASS/],
    ['another baseline may be named', at(1), { baseline: 'nightly' }, 12, /none is called "nightly"/],
    ['… or any run', at(1), { baseline: at(2), all: true }, 0, /acks=all .*✓ better/],
    ['a run or path that is not there is bad input', at(1), { baseline: './nosuch' }, 2, /^$/],
    ['a cell is no run', `${at(1)}@acks-all`, {}, 2, /^$/],
  ] satisfies readonly (readonly [string, string, Partial<Flags>, number, RegExp])[]) {
    test(`${sentence}: ${exitCode}`, async () => {
      const ended = await gate(run, over);
      assert.equal(ended.exitCode, exitCode, ended.stderr);
      assert.match(ended.stdout, said);
    });
  }

  test('the program tells GitHub on stderr and in its files, and stdout stays one document', async () => {
    const [summary, output] = [join(works.folder, 'summary.md'), join(works.folder, 'output.txt')];
    const environment = { GITHUB_ACTIONS: 'true', GITHUB_STEP_SUMMARY: summary, GITHUB_OUTPUT: output };
    const { exitCode, stdout, stderr } = await works.run(['gate', at(2), '--json'], environment);
    const { verdict, reasons, comparison } = JSON.parse(stdout);
    assert.equal(exitCode, 11);
    assert.deepEqual([verdict, reasons, comparison.counts.worse], ['fail', ['regression'], 1]);
    assert.match(
      stderr,
      /^::error title=Worse than the baseline::ack\.p99 \+20\.0 %25 .* in acks=all against baseline:main/m,
    );
    assert.match(await readFile(summary, 'utf8'), /^\*\*✗ FAIL/);
    assert.match(await readFile(output, 'utf8'), /^verdict=fail\nreport=\n$/);
  });
});

suite('a run with --gate', async () => {
  const flags = { out: 'reports', json: false, gate: true, warnOnly: false };
  const written = new Map<string, string>();
  const store = { folder: folderOfWorse, write: async (name: string, text: string) => (written.set(name, text), name) };
  const file = await readScenario('acks.yaml', { env: {}, cwd: works.folder });
  const check = { metric: 'ack.p99', min: null, max: 1_000, where: {}, group: null, every: null };
  const run = await readRun(folderOfWorse);
  const result = conclude({ ...run, header: { ...run.header, checks: [check] } });

  /** What follows a run that is worse and misses its check, under those flags. */
  async function settled(over: Partial<typeof flags> & { readonly baseline?: string }) {
    const { terminal, kept } = keptTerminal();
    const otherRun =
      over.baseline === undefined
        ? null
        : await openReference(over.baseline, { reports: 'reports', baselines: 'baselines' });
    const ended = {
      result,
      run: await reopened(store as never, flags),
      store: store as never,
      file,
      otherRun,
      formats: null,
      flags: { ...flags, ...over },
      terminal,
    };
    return { outcome: await settleRun(ended), kept };
  }

  test('has the gate’s verdict in its result, in its JUnit report and on stdout', async () => {
    await saveFirst();
    const { outcome, kept } = await settled({});
    assert.deepEqual([outcome.result.exitCode, outcome.result.reasons], [11, ['check', 'regression']]);
    assert.deepEqual(JSON.parse(written.get('result.json') ?? ''), outcome.result);
    assert.match(written.get('junit.xml') ?? '', /name="ack\.p99 against the baseline">\s*<failure/);
    assert.match(kept.stdout, /✗ FAIL {2}.*worse than the baseline.*exit 11/);
  });

  test('points at the line of the check that was missed, and at the scenario for what is worse', async () => {
    const { outcome } = await settled({});
    assert.deepEqual(
      outcome.annotations.map(({ title, place }) => [title, place?.file, place?.line]),
      [
        ['Check missed', 'acks.yaml', 3],
        ['Worse than the baseline', 'acks.yaml', 1],
      ],
    );
  });

  test('without --gate shows the run that --baseline names, and judges nothing by it', async () => {
    const { outcome, kept } = await settled({ gate: false, baseline: at(1) });
    assert.deepEqual([outcome.result.reasons, outcome.result.gate], [['check'], undefined]);
    assert.match(kept.stdout, /acks=all .*✗ worse/);
  });

  test('with --warn-only ends with 0 and calls nothing an error, unless the environment failed or it was stopped', async () => {
    const { outcome } = await settled({ warnOnly: true });
    const { terminal, kept } = keptTerminal();
    process.env['GITHUB_ACTIONS'] = 'true';
    await tellOfRuns([outcome], { ...flags, warnOnly: true }, terminal);
    delete process.env['GITHUB_ACTIONS'];
    assert.match(kept.stderr, /^::warning file=acks\.yaml,line=3,title=Check missed::/m);
    assert.doesNotMatch(kept.stderr, /::error/);
    const of = (reasons: Parameters<typeof exitCodeOfRuns>[0], warnOnly: boolean): number =>
      exitCodeOfRuns(reasons, { ...flags, warnOnly });
    assert.deepEqual([of(['regression', 'check'], false), of(['regression', 'check', 'invalid'], true)], [11, 0]);
    assert.deepEqual([of(['check', 'environment'], true), of(['interrupted'], true)], [3, 130]);
  });

  test('of the program finds no baseline for a scenario that has none, whatever else it finds', async () => {
    await writeFile(join(works.folder, 'closed.yaml'), scenario({ ...closedLoop, name: 'closed' }));
    const ended = await works.run(['closed.yaml', '--gate', '--quiet', '--json']);
    const { reasons, exitCode, gate: found } = resultOf(ended);
    assert.ok(reasons.includes('notComparable') && exitCode !== 0 && ended.exitCode === exitCode);
    assert.deepEqual([found?.baseline, found?.comparisons], [null, []]);
  });

  test('of the program names a baseline before it runs: a slip costs no time', async () => {
    const ended = await works.run(['closed.yaml', '--gate', '--quiet', '--baseline', './nosuch']);
    assert.deepEqual([ended.exitCode, ended.stdout], [2, '']);
  });
});
