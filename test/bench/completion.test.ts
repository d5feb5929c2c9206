import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, suite, test } from 'node:test';
import { promisify } from 'node:util';
import { commands } from '../../bench/commands/index.ts';
import { completionCommand } from '../../bench/commands/completion.ts';
import { completionsFor } from '../../bench/completion.ts';
import { namesOf } from '../../bench/command.ts';
import { done, workIn } from './in-process.ts';
import { root } from './program.ts';

const folder = await mkdtemp(join(tmpdir(), 'highwater-test-completion-'));
workIn(folder);
after(async () => {
  workIn(homedir());
  await rm(folder, { recursive: true });
});
for (const path of [
  'scenarios',
  'reports/acks/2026-01-01T00-00-00Z-aaaaaaa-bbbb',
  'results/acks/2026-02-02T00-00-00Z-aaaaaaa-bbbb',
  'baselines/acks/host-class',
])
  await mkdir(path, { recursive: true });
for (const path of [
  'scenarios/acks.yaml',
  'scenarios/scenario.schema.json',
  'mine.yaml',
  'baselines/acks/host-class/main.json',
])
  await writeFile(path, '{}');

const words = (line: string, shell = '/bin/bash') =>
  completionsFor(['--get-yargs-completions', ...line.split(' ')], commands, { SHELL: shell });

const run = '2026-01-01T00-00-00Z-aaaaaaa-bbbb';

suite('what is typed is completed', () => {
  for (const [line, wanted] of [
    ['highwater cl', ['cluster']],
    ['highwater scen', ['scenarios/acks.yaml']],
    ['highwater run ', ['scenarios/acks.yaml', 'mine.yaml']],
    ['highwater run mine.yaml sc', ['scenarios/acks.yaml']],
    ['highwater show ', ['latest', run]],
    ['highwater show --out results 2', ['2026-02-02T00-00-00Z-aaaaaaa-bbbb']],
    ['highwater report latest l', ['latest']],
    ['highwater gate ', ['latest', run, 'baseline:main']],
    ['highwater compare latest base', ['baseline:main']],
    ['highwater compare latest latest ', []],
    ['highwater cluster ', ['up', 'down', 'status', 'logs']],
    ['highwater list b', ['baselines']],
    ['highwater schema ', ['scenario', 'result']],
    ['highwater explain W-S', ['W-SHORT', 'W-SPAN']],
    ['highwater run --progress n', ['none']],
    ['highwater run mine.yaml --keep', ['--keep-topics']],
    ['highwater run --no', ['--no-unicode']],
    ['highwater show --keep', []],
    // fish leaves the program's name out
    ['cluster d', ['down']],
  ] as const) {
    test(JSON.stringify(line), async () => assert.deepEqual(await words(line), wanted));
  }

  test('an empty line has every command, and every scenario', async () => {
    assert.deepEqual(await words('highwater '), [...commands.flatMap(namesOf), 'scenarios/acks.yaml', 'mine.yaml']);
  });

  test('a line that no shell asks for is left alone', async () => {
    assert.equal(await completionsFor(['run', 'mine.yaml'], commands, {}), undefined);
  });

  test('zsh and fish are told what a word is for, each in its way', async () => {
    assert.deepEqual(await words('highwater schem', '/bin/zsh'), [
      'schema:print the JSON Schema of scenarios or results',
    ]);
    assert.deepEqual(await words('schem', '/usr/bin/fish'), ['schema\tprint the JSON Schema of scenarios or results']);
    assert.deepEqual(await words('highwater gate b', '/bin/zsh'), ['baseline\\:main']);
  });
});

suite('the script of a shell', () => {
  for (const [shell, pattern] of [
    ['bash', /^complete .*-F \S+ highwater$/m],
    ['zsh', /^\s+compdef \S+ highwater$/m],
    ['fish', /^complete .*-c highwater /m],
  ] as const) {
    test(`${shell}: asks this program, and says where it goes`, async () => {
      const [text, json] = await Promise.all([
        done(completionCommand, { shell, json: false }),
        done(completionCommand, { shell, json: true }),
      ]);
      assert.match(text.stdout, pattern);
      assert.match(text.stdout, /highwater --get-yargs-completions/);
      const { into, script } = JSON.parse(json.stdout);
      assert.equal(text.stdout, `# highwater completion ${shell} >> ${into}\n${script}\n`);
    });
  }

  test('bash completes with it', { skip: process.platform === 'win32' }, async () => {
    const { stdout: script } = await done(completionCommand, { shell: 'bash', json: false });
    const program = `highwater() { '${process.execPath}' '${join(root, 'bench/highwater.js')}' "$@"; }`;
    const asking =
      'COMP_WORDS=(highwater cluster st); COMP_CWORD=2; _highwater_yargs_completions; echo "${COMPREPLY[@]}"';
    const { stdout } = await promisify(execFile)('bash', ['-c', `${program}\n${script}\n${asking}`], {
      env: { ...process.env, SHELL: '/bin/bash' },
    });
    assert.equal(stdout, 'status\n');
  });
});
