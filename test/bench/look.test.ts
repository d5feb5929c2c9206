import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { after, suite, test } from 'node:test';
import { program, workIn } from './in-process.ts';
import { openWorkplace, root } from './program.ts';
import type { Result } from '../../src/index.ts';
import { closedLoop, scenario } from './scenarios.ts';

const resultOf = ({ stdout }: { readonly stdout: string }): Result => JSON.parse(stdout) as Result;
const works = await openWorkplace({
  'one.yaml': scenario({ ...closedLoop, name: 'one' }),
  'two.yaml': scenario({ ...closedLoop, name: 'two', matrix: { 'producers.acks': [0, 1, 'all'] }, repeat: 2 }),
  'wrong.yaml': 'name: wrong\nloads: {}\n',
});
workIn(works.folder);
after(async () => {
  workIn(homedir());
  await works[Symbol.asyncDispose]();
});

suite('validate', () => {
  test('tells of every file what it comes to', async () => {
    const { exitCode, stdout } = await program(['validate', 'one.yaml', 'two.yaml']);
    assert.equal(exitCode, 0);
    assert.match(stdout, /^✓ one\.yaml: 1 cell × 1 trial, about /m);
    assert.match(stdout, /^✓ two\.yaml: 3 cells × 2 trials, about /m);
    assert.match(stdout, /^⚠ W-TRIALS: 2 trials of each cell/m);
  });

  test('ends with 2 where one is wrong, and still tells of the others', async () => {
    const { exitCode, stdout, stderr } = await program(['validate', 'wrong.yaml', 'nosuch.yaml', 'two.yaml']);
    assert.equal(exitCode, 2);
    assert.match(stdout, /^✓ two\.yaml: 3 cells/m);
    assert.match(stderr, /^wrong\.yaml:2:1 +unknown key "loads"/m);
    assert.match(stderr, /did you mean "load"\?/);
    assert.match(stderr, /No scenario file "nosuch\.yaml"/);
  });

  test('tells as one JSON document of the files that are right and of those that are not', async () => {
    const { exitCode, stdout } = await program(['validate', 'wrong.yaml', 'nosuch.yaml', 'two.yaml', '--json']);
    assert.equal(exitCode, 2);
    const [wrong, nosuch, two] = JSON.parse(stdout);
    const [{ line, column, code }] = wrong.problems;
    assert.deepEqual([wrong.isValid, line, column, code], [false, 2, 1, 'E102']);
    assert.deepEqual([nosuch.isValid, nosuch.problems[0].message], [false, 'No scenario file "nosuch.yaml".']);
    assert.deepEqual([two.isValid, two.cells, two.repeat, two.warnings[0].code], [true, 3, 2, 'W-TRIALS']);
  });

  test('accepts every scenario that is shipped', async () => {
    const shipped = (await program(['list', 'scenarios', '--json'])).stdout;
    assert.equal(shipped, '[]\n', 'there are none in this folder');
    const files = ['acks', 'batching', 'selfcheck', 'sync-async'].map(name => join(root, 'scenarios', `${name}.yaml`));
    const { exitCode, stderr } = await program(['validate', ...files]);
    assert.equal(exitCode, 0, stderr);
  });
});

suite('plan', () => {
  const args = ['plan', 'two.yaml', '--seed', '7', '--set', 'producers.linger=3ms'];

  test('shows cells, shuffled order, time and the resolved scenario, and runs nothing', async () => {
    const { exitCode, stdout } = await program(args);
    assert.equal(exitCode, 0);
    assert.match(stdout, /^3 cells × 2 trials, about .*\nseed 7 · about 0 B of the brokers' disks/);
    assert.match(stdout, /^ {2}acks-0 {3}acks=0 {3}\(reference\)\n {2}acks-1 {3}acks=1\n {2}acks-all {3}acks=all$/m);
    assert.match(stdout, /^ {2}block 1: acks-\w+, acks-\w+, acks-\w+\n {2}block 2: /m);
    assert.match(stdout, /^ {4}linger: 3ms$/m);
  });

  test('says the same as JSON', async () => {
    const [text, json] = await Promise.all([program(args), program([...args, '--json'])]);
    const plan = JSON.parse(json.stdout);
    assert.deepEqual([plan.seed, plan.repeat, plan.referenceCell], [7, 2, 'acks-0']);
    assert.deepEqual(
      plan.cells.map(({ id }: { id: string }) => id),
      ['acks-0', 'acks-1', 'acks-all'],
    );
    for (const block of [1, 2]) {
      const cells = plan.order.filter((slot: { block: number }) => slot.block === block);
      const line = `  block ${block}: ${cells.map(({ cell }: { cell: string }) => cell).join(', ')}\n`;
      assert.ok(text.stdout.includes(line), `${line} is missing in ${text.stdout}`);
    }
  });
});

suite('list', () => {
  test('drivers', async () => {
    const { stdout } = await program(['list', 'drivers']);
    assert.ok(stdout.split('\n').includes('kafkajs') && stdout.split('\n').includes('simulated'), stdout);
  });

  test('checks: the metrics that a check may demand something of', async () => {
    const { stdout } = await program(['list', 'checks', '--json']);
    const names = JSON.parse(stdout) as string[];
    for (const name of ['ack.p99', 'lost', 'ackedPerSecond']) assert.ok(names.includes(name), name);
  });

  test('baselines says nothing where there are none', async () => {
    const { stdout, exitCode } = await program(['list', 'baselines']);
    assert.deepEqual([stdout, exitCode], ['', 0]);
  });

  test('runs says nothing where there are none', async () => {
    const { stdout, exitCode } = await program(['list', 'runs', '--out', 'elsewhere']);
    assert.deepEqual([stdout, exitCode], ['', 0]);
  });

  test('what there is no list of ends with 2, with the lists that there are', async () => {
    const { stderr, exitCode } = await program(['list', 'brokers']);
    assert.equal(exitCode, 2);
    assert.match(stderr, /Given: "brokers", Choices: "runs", "scenarios", "baselines", "drivers", "checks"/);
  });
});

suite('a stored run', async () => {
  const first = resultOf(await program(['one.yaml', '--json', '--quiet']));
  const second = resultOf(await program(['two.yaml', '--json', '--quiet', '--repeat', '1']));

  test('list runs names all, the oldest first', async () => {
    const { stdout } = await program(['list']);
    assert.equal(stdout, `one/${first.runId}\ntwo/${second.runId}\n`);
  });

  for (const [reference, run] of [
    ['latest', second],
    ['latest~1', first],
    ['one', first],
    [second.runId, second],
    [`one/${first.runId.slice(0, -2)}`, first],
    [join('reports', 'two', second.runId), second],
  ] as const) {
    const said = reference.replace(run.runId.slice(0, -2), '<id>').replace(/<id>../, '<id>');
    test(`show ${said} tells of it what was told when it ran`, async () => {
      const { exitCode, stdout } = await program(['show', reference, '--json']);
      assert.equal(exitCode, 0);
      assert.deepEqual(JSON.parse(stdout), run);
    });
  }

  test('show prints its summary', async () => {
    const { stdout } = await program(['show', 'latest']);
    assert.ok(stdout.startsWith(`two   ${second.runId}   finished ${second.finishedAt}\n✓ 3 of 3 trials, 3 valid`));
    assert.match(stdout, /✓ PASS\n$/);
  });

  for (const [reference, ...said] of [
    ['lastest', /There is no run "lastest" under reports/, /Did you mean "latest"\?/],
    ['onne', /Did you mean "one"\?/],
    ['1999-01-01', /There is no run "1999-01-01"/, /highwater list runs/],
    ['latest~2', /There is no run "latest~2"/],
    ['20', /2 runs begin with "20"/, /Write more of the run id/],
    ['.', /holds no run/],
  ] as const) {
    test(`show ${reference} ends with 2 and says what to do`, async () => {
      const { exitCode, stdout, stderr } = await program(['show', reference]);
      assert.deepEqual([exitCode, stdout], [2, '']);
      for (const pattern of said) assert.match(stderr, pattern);
    });
  }
});

for (const [of, file] of [
  ['scenario', 'scenarios/scenario.schema.json'],
  ['result', 'docs/result.schema.json'],
] as const) {
  test(`schema ${of} prints ${file}`, async () => {
    const { stdout } = await program(['schema', of]);
    assert.deepEqual(JSON.parse(stdout), JSON.parse(await readFile(join(root, file), 'utf8')));
  });
}
