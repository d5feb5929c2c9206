/** Specifies `highwater compare`: references, exit codes, formats. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, suite, test } from 'node:test';
import { compareCommand } from '../../bench/commands/compare.ts';
import { storeRun } from '../builders/stored.ts';
import { done, workIn } from './in-process.ts';
import { openWorkplace } from './program.ts';

const works = await openWorkplace();
after(() => works[Symbol.asyncDispose]());
workIn(works.folder);

const steady = [5_000, 5_050, 4_950, 5_020, 4_980];
const under = join(works.folder, 'reports');
const ids = ['2026-01-01T00-00-00Z-aaaa', '2026-01-02T00-00-00Z-bbbb', '2026-01-03T00-00-00Z-cccc'] as const;
await storeRun({ under, runId: ids[0], cells: { '1': steady, all: steady } });
await storeRun({ under, runId: ids[1], cells: { '1': steady, all: steady.map(micros => micros * 1.2) } });
const otherLoad = { name: 'acks', load: { rate: '9000/s' } };
await storeRun({ under, runId: ids[2], cells: { '1': steady, all: steady }, resolved: otherLoad });

type Flags = Parameters<typeof compareCommand>[0];
const usual = { out: 'reports', json: false, format: 'text', all: false, warnOnly: false } as const;
const compare = (a: string, b: string, over: Partial<Flags> = {}) => done(compareCommand, { ...usual, a, b, ...over });

suite('compare', () => {
  for (const [a, b, over, exitCode, ...said] of [
    [
      'latest~2',
      'latest~1',
      {},
      0,
      /^acks=all .* ✗ worse\b/m,
      /^1 worse, 0 better, 1 same, 0 inconclusive, 0 new, 0 gone$/m,
    ],
    ['latest~2', 'latest~1', { failOn: 'worse' }, 11, /^✗ FAIL {2}worse than the baseline {4}exit 11$/m],
    ['latest~2', 'latest~1', { failOn: 'inconclusive' }, 0, /^✓ PASS$/m],
    ['latest~2', 'latest~1', { failOn: 'worse', warnOnly: true }, 0, /✗ FAIL/],
    ['latest~2', 'latest~1', { failOn: 'worse', delta: '30%' }, 0, /^✓ PASS$/m],
    ['latest~1', 'latest~2', { failOn: 'worse' }, 0, /^acks=all .* ✓ better\b/m],
    [ids[0].slice(0, 12), ids[1], { all: true }, 0, /^acks=1 .* = same\b/m, /^Exploratory/m],
    ['latest~2@acks-1', 'latest~1@acks-all', {}, 0, /^acks=1 → acks=all .* ✗ worse\b/m],
    ['latest~1@acks-1', 'latest~1@acks-all', {}, 0, /^✓ same run: cells were interleaved/m, /✗ worse\b/m],
    [
      'latest~2',
      'latest~1',
      { metric: ['ack.p50,ack.p90'] },
      0,
      /^acks=all +ack\.p50 .*worse/m,
      /^acks=all +ack\.p90 .*worse/m,
    ],
    [
      'latest~1',
      'latest',
      {},
      12,
      /^✗ another scenario: load\.rate 5000\/s → 9000\/s$/m,
      /^\? NOT COMPARABLE {4}exit 12$/m,
    ],
    ['latest~1', 'latest', { warnOnly: true }, 0, /NOT COMPARABLE/],
    [
      'latest~1',
      'latest',
      { allowEnvMismatch: true },
      0,
      /^⚠ another scenario: .*compared all the same/m,
      /^0 worse, 1 better/m,
    ],
    ['latest~2', 'latest~1', { format: 'markdown' }, 0, /^\| acks=all \| ack\.p99 \| .* ✗ worse.* \|$/m],
  ] satisfies readonly (readonly [string, string, Partial<Flags>, number, ...RegExp[]])[]) {
    test(`${a} ${b} ${JSON.stringify(over)}: ${exitCode}`, async () => {
      const ended = await compare(a, b, over);
      assert.equal(ended.exitCode, exitCode, ended.stderr);
      for (const pattern of said) assert.match(ended.stdout, pattern);
    });
  }

  for (const [a, b, over, ...said] of [
    ['latest', 'nosuch', {}, /There is no run "nosuch"/],
    ['latest', 'latest', {}, /compared with itself/],
    ['latest~2@nosuch', 'latest~1', {}, /there is no cell "nosuch"/, /acks-1, acks-all/],
    ['baseline:main', 'latest', {}, /There is no baseline "main"/, /highwater baseline save RUN/],
    ['latest~2', 'latest~1', { delta: '5' }, /"5" is not a share/, /5%/],
    ['latest~2', 'latest~1', { confidence: '2' }, /--confidence 2 is not a confidence/],
    ['latest~2', 'latest~1', { metric: ['ack.p98'] }, /no metric "ack\.p98"/, /Did you mean "ack\.p9/],
    ['latest~2', 'latest~1', { failOn: 'wors' }, /there is no "wors"/, /Did you mean "worse"\?/],
  ] satisfies readonly (readonly [string, string, Partial<Flags>, ...RegExp[]])[]) {
    test(`${a} ${b} ${JSON.stringify(over)} ends with 2 and says what to do`, async () => {
      const { exitCode, stdout, stderr } = await compare(a, b, over);
      assert.deepEqual([exitCode, stdout], [2, '']);
      for (const pattern of said) assert.match(stderr, pattern);
    });
  }
});

test('the program takes references and flags, and prints one document with --json: rows, counts, verdict', async () => {
  const { stdout, exitCode } = await works.run(['compare', 'latest~2', 'latest~1', '--json', '--fail-on', 'worse']);
  const document = JSON.parse(stdout);
  assert.equal(exitCode, 11);
  assert.deepEqual([document.schemaVersion, document.counts.worse, document.verdict.exitCode], [1, 1, 11]);
  const row = document.rows.find((one: { label: string }) => one.label === 'acks=all');
  assert.equal(row.comparison.verdict, 'worse');
  assert.ok(Math.abs(row.comparison.ratio - 1.2) < 0.01);
});

test('the program refuses a comparison of one thing', async () => {
  const { stderr, exitCode } = await works.run(['compare', 'latest']);
  assert.equal(exitCode, 2);
  assert.match(stderr, /Not enough non-option arguments/);
});
