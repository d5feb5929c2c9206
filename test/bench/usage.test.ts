import assert from 'node:assert/strict';
import { readdir } from 'node:fs/promises';
import { homedir } from 'node:os';
import { after, suite, test } from 'node:test';
import { program, workIn } from './in-process.ts';
import { openWorkplace } from './program.ts';
import { closedLoop, scenario } from './scenarios.ts';

const misspelt = `name: acks
load:
  rate: 5000/s
  mesure: 30s
messages:
  size: 1kb
matrix:
  producers.acks: [0, 1, al]
`;
const files = {
  'good.yaml': scenario(closedLoop),
  'misspelt.yaml': misspelt,
  'torn.yaml': 'name: torn\nload: { rate: 5000/s\n',
};
const works = await openWorkplace(files);
workIn(works.folder);
after(async () => {
  workIn(homedir());
  await works[Symbol.asyncDispose]();
});

/** Asserts that nothing came of it but a message: not a result, not a folder. */
async function assertRefused(args: readonly string[], said: readonly RegExp[], environment: NodeJS.ProcessEnv = {}) {
  const { exitCode, stdout, stderr } = await program(args, environment);
  assert.equal(exitCode, 2, stderr);
  assert.equal(stdout, '');
  for (const pattern of said) assert.match(stderr, pattern);
  assert.deepEqual((await readdir(works.folder)).toSorted(), Object.keys(files), 'it left something behind');
}

suite('exit code 2, and nothing is run', () => {
  for (const [args, ...said] of [
    ['list baseline', /Given: "baseline", Choices: "runs"/, /Did you mean baselines\?/],
    ['cluster staus', /Did you mean status\?/],
    ['init --template ack', /Did you mean acks\?/],
    ['good.yaml --progress liev', /Did you mean live\?/],
    ['show latest --repeat 3', /Unknown argument: repeat/],
    ['good.yaml --repaet 3', /Unknown argument: repaet/, /Did you mean --repeat\?/],
    ['good.yaml --set producers.linger', /--set producers\.linger names no value/, /--set producers\.linger=10ms/],
    ['good.yaml --set producers.lingr=1ms', /^--set:1:1 +unknown key "lingr" in producers/m, /did you mean "linger"\?/],
    ['good.yaml --set load.outstanding=few', /^--set:1:18 +load\.outstanding: "few"/m, /\^\^\^ /],
    ['good.yaml --repeat 0', /^--set:1:8 +repeat: 0 is below 1/m],
    ['good.yaml --repeat 1.5', /repeat: 1\.5 is not a whole number/],
    ['good.yaml --repeat often', /repeat: "often" is not a number/],
    ['good.yaml --repeat', /Not enough arguments following: repeat/],
    ['good.yaml --repeat 1 --repeat 2', /--repeat is given 2 times: 1, 2/],
    ['good.yaml --out a --out b', /--out is given 2 times: a, b/],
    ['good.yaml --seed -1', /seed: -1 is below 0/],
    ['good.yaml --drain-timeout soon', /--drain-timeout soon is not a duration/, /5s/],
    ['good.yaml --cells linger=5ms', /No cell has "linger=5ms"/],
    ['good.yaml --driver kafkajsx', /kafkajsx/, /kafkajs/],
    ['good.yaml --progress loud', /Given: "loud", Choices: "auto", "live", "plain", "json", "none"/],
    ['nosuch.yaml', /No scenario file "nosuch\.yaml"/, /highwater list scenarios/],
    ['run nosuch/acks.yaml', /No scenario file "nosuch\/acks\.yaml"/],
    ['rnu good.yaml', /No scenario file "rnu"/, /Did you mean the command "run"\?/],
    ['shwo', /No scenario file "shwo"/, /Did you mean the command "show"\?/],
    ['validat good.yaml', /Did you mean the command "validate"\?/],
    ['good.yaml misspelt.yaml', /misspelt\.yaml: 3 problems\. Nothing was run\./],
    ['', /Not enough non-option arguments/, /highwater --help/],
  ] as const) {
    test(`highwater ${args}`, () => assertRefused(args.split(' ').filter(Boolean), said));
  }

  test('a broken file is shown with file, line, column, the line itself and what was meant, all problems at once', () =>
    assertRefused(
      ['misspelt.yaml'],
      [
        /^✗ misspelt\.yaml: 3 problems\. Nothing was run\.$/m,
        /^misspelt\.yaml:4:3 +unknown key "mesure" in load {2}\[E102\]\n +3 │ {3}rate: 5000\/s\n▸ 4 │ {3}mesure: 30s\n +│ {3}\^{6} did you mean "measure"\?/m,
        /^misspelt\.yaml:6:9 +messages\.size: "1kb" is not a size/m,
        /^misspelt\.yaml:8:26 +matrix\["producers\.acks"\]\[2\]: "al" .*\n.*\n▸ 8 │ .*\n +│ +\^\^ did you mean "all"\?/m,
      ],
    ));

  test('a file that is no YAML is shown with the place where it breaks', () =>
    assertRefused(['torn.yaml'], [/^torn\.yaml:\d+:\d+ /m, /│ load: \{ rate: 5000\/s/]));

  test('a value from the environment is held to the same rules as its flag', () =>
    assertRefused(['good.yaml'], [/repeat: "many" is not a number/], { HIGHWATER_REPEAT: 'many' }));
});

suite('flags that npm took for itself', () => {
  test('are refused, with the command that would have worked', () =>
    assertRefused(
      ['good.yaml', '3', 'plain'],
      [/npm took --repeat, --json for itself/, /npm run bench -- SCENARIO --repeat/],
      { npm_lifecycle_event: 'bench', npm_config_repeat: 'true', npm_config_json: 'true' },
    ));

  test('are found in names of several words, too', () =>
    assertRefused(['good.yaml', '5s'], [/npm took --drain-timeout for itself/], {
      npm_lifecycle_event: 'bench',
      npm_config_drain_timeout: 'true',
    }));

  for (const [sentence, environment] of [
    ['are not suspected in names that npm has as well', { npm_lifecycle_event: 'bench', npm_config_json: 'true' }],
    ['are not suspected without npm', { npm_config_repeat: 'true' }],
  ] as const) {
    test(sentence, async () => {
      const { exitCode, stderr } = await program(['validate', 'good.yaml'], environment);
      assert.equal(exitCode, 0, stderr);
    });
  }
});

suite('flags that take a value', () => {
  test('may stand before the scenario and come several times where they make a list', async () => {
    const args = ['plan', '--set', 'repeat=2', '--set', 'load.outstanding=3', 'good.yaml', '--json'];
    const { exitCode, stdout, stderr } = await program(args);
    assert.equal(exitCode, 0, stderr);
    const { repeat, scenario: resolved } = JSON.parse(stdout);
    assert.deepEqual([repeat, resolved.load.outstanding], [2, 3]);
  });

  for (const [sentence, args, environment, repeat] of [
    ['the file is asked where nothing else is given', [], {}, 1],
    ['the environment comes before the file', [], { HIGHWATER_REPEAT: '3' }, 3],
    ['the flag comes before the environment', ['--repeat', '4'], { HIGHWATER_REPEAT: '3' }, 4],
  ] as const) {
    test(sentence, async () => {
      const { stdout } = await program(['plan', 'good.yaml', '--json', ...args], environment);
      assert.equal(JSON.parse(stdout).repeat, repeat);
    });
  }
});
