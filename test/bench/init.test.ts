import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile, mkdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { after, suite, test } from 'node:test';
import { parse } from 'yaml';
import { initCommand, type Questioner } from '../../bench/commands/init.ts';
import { templateNames } from '../../bench/templates/index.ts';
import { exitCodes, expandPlan, readScenario, scenarioSchemaText } from '../../src/index.ts';
import { done, type Done, workIn } from './in-process.ts';

const folder = await mkdtemp(join(tmpdir(), 'highwater-test-init-'));
after(() => rm(folder, { recursive: true, force: true }));
workIn(folder);

type Flags = Parameters<typeof initCommand>[0];

const init = (flags: Partial<Flags>, questioner: Questioner | null = null): Promise<Done> =>
  done<Flags>((given, terminal) => initCommand(given, terminal, questioner), { json: false, ...flags });

/** With the start of its brokers; where brokers die they have to come back. */
const longestSecondsOf = (template: string): number => (template === 'faults' ? 480 : 120);

for (const template of templateNames) {
  suite(`the template ${template}`, async () => {
    const { exitCode, stdout } = await init({ dir: template, template });
    const path = join(template, 'scenarios', `${template}.yaml`);

    test('is written with its schema, and a .gitignore for the results', async () => {
      assert.equal(exitCode, 0);
      for (const file of [path, join(template, 'scenarios', 'scenario.schema.json'), join(template, '.gitignore')])
        assert.ok(stdout.includes(`✓ wrote ${file}\n`), stdout);
      assert.ok(stdout.endsWith(`\nNext: npx highwater run ${path}\n`), stdout);
      assert.equal(await readFile(join(template, '.gitignore'), 'utf8'), 'reports/\n');
      assert.equal(await readFile(join(template, 'scenarios', 'scenario.schema.json'), 'utf8'), scenarioSchemaText());
    });

    const longestSeconds = longestSecondsOf(template);

    test(`can be run as it stands, within ${longestSeconds / 60} minutes`, async () => {
      const { scenario, estimate, repeat } = await expandPlan(await readScenario(path, { env: {}, cwd: folder }));
      assert.deepEqual([scenario.name, repeat], [template, 3]);
      const seconds = estimate.durationMicros / 1e6;
      assert.ok(seconds <= longestSeconds, `${seconds} s`);
    });

    test('asks a question, says what to look at, and shows editors the schema', async () => {
      const text = await readFile(path, 'utf8');
      assert.match(text, /^# yaml-language-server: \$schema=\.\/scenario\.schema\.json\n# \$schema: \.\//);
      assert.match(text, /^question: .*\?$/m);
      assert.match(text, /^# Look at/m);
    });
  });
}

test('ci-gate brings a workflow that runs its scenario against the base branch', async () => {
  await init({ dir: 'gate', template: 'ci-gate' });
  const workflow = parse(await readFile('gate/.github/workflows/kafka-benchmark.yml', 'utf8'));
  const commands = workflow.jobs.gate.steps.map(({ run }: { run?: string }) => run ?? '').join('\n');
  assert.match(commands, /highwater run scenarios\/ci-gate\.yaml --against "origin\/\$GITHUB_BASE_REF" --gate/);
  assert.equal(workflow.jobs.gate.steps[0].with['fetch-depth'], 0);
});

suite('nothing is overwritten', () => {
  test('a scenario that is there stays as it is, and is told of', async () => {
    await mkdir('mine/scenarios', { recursive: true });
    await writeFile('mine/scenarios/acks.yaml', 'mine');
    const { exitCode, stdout, stderr } = await init({ dir: 'mine' });
    assert.equal(exitCode, 0);
    assert.match(stdout, /^ {2}kept {2}mine\/scenarios\/acks\.yaml$/m);
    assert.match(stderr, /mine\/scenarios\/acks\.yaml was there already/);
    assert.equal(await readFile('mine/scenarios/acks.yaml', 'utf8'), 'mine');
  });

  for (const [before, then] of [
    ['node_modules/', 'node_modules/\nreports/\n'],
    ['node_modules/\n', 'node_modules/\nreports/\n'],
    ['/reports/\nother\n', '/reports/\nother\n'],
  ] as const) {
    test(`a .gitignore with ${JSON.stringify(before)} keeps its lines`, async () => {
      const dir = await mkdtemp(join(folder, 'ignoring-'));
      await writeFile(join(dir, '.gitignore'), before);
      await init({ dir });
      assert.equal(await readFile(join(dir, '.gitignore'), 'utf8'), then);
    });
  }

  test('a folder that cannot be made ends with 3', async () => {
    await writeFile('file', '');
    const { exitCode, stderr } = await init({ dir: 'file' });
    assert.equal(exitCode, exitCodes.environment);
    assert.match(stderr, /Name another folder/);
  });
});

test('--json prints one document', async () => {
  const { stdout } = await init({ dir: 'json', json: true });
  const { template, files, next } = JSON.parse(stdout);
  assert.deepEqual([template, files.length, next], ['acks', 3, 'npx highwater run json/scenarios/acks.yaml']);
});

suite('on a terminal, without arguments, it asks', () => {
  /** Somebody who types these keys, one after the other. */
  function somebody(keys: readonly string[]): Questioner {
    const input = Object.assign(new PassThrough(), { isTTY: true, setRawMode: () => input });
    const output = Object.assign(new PassThrough(), { isTTY: true, columns: 100, rows: 30 });
    const left = [...keys];
    output.on('data', (chunk: Buffer) => {
      const isAsked = /What do you want|In which folder/.test(chunk.toString());
      const key = isAsked ? left.shift() : undefined;
      if (key !== undefined) setImmediate(() => void input.write(key));
    });
    return { input, output };
  }

  test('what one wants to find out, and where; the first answer of each is an answer', async () => {
    await mkdir('asked');
    workIn('asked');
    try {
      const { exitCode, stdout } = await init({}, somebody(['\r', '\r']));
      assert.equal(exitCode, 0);
      assert.match(stdout, /✓ wrote scenarios\/acks\.yaml/);
    } finally {
      workIn(folder);
    }
  });

  test('and writes nothing where one does not want to answer', async () => {
    const { exitCode, stdout, stderr } = await init({}, somebody(['\u0003']));
    assert.deepEqual([exitCode, stdout], [exitCodes.interrupted, '']);
    assert.match(stderr, /Nothing was written/);
  });
});
