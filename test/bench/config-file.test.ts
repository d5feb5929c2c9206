import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, suite, test } from 'node:test';
import { readConfig } from '../../bench/config-file.ts';
import { preparedOptions } from '../../bench/flags.ts';
import { commonOptions, measuringOptions, runOptions, scenarioOptions } from '../../bench/options.ts';
import { planScenario } from '../../bench/scenario-options.ts';
import { HarnessError } from '../../src/index.ts';
import { workIn } from './in-process.ts';
import { openWorkplace } from './program.ts';
import { runFlags } from './run-flags.ts';
import { closedLoop, scenario } from './scenarios.ts';

const folder = await mkdtemp(join(tmpdir(), 'highwater-test-config-'));
workIn(folder);
after(async () => {
  workIn(homedir());
  await rm(folder, { recursive: true });
});

const options = { ...commonOptions, ...measuringOptions, ...runOptions, ...scenarioOptions };

async function configOf(text: string) {
  await writeFile('highwater.yaml', text);
  return await readConfig('highwater.yaml', options);
}

suite('a config file', () => {
  test('gives flags their values, apart from those that a scenario may say itself', async () => {
    const { flags, scenarioDefaults } = await configOf('out: results\nunicode: false\nlabel: [a=b, c=d]\nrepeat: 7\n');
    assert.deepEqual(flags, { out: 'results', unicode: false, label: ['a=b', 'c=d'] });
    assert.deepEqual(scenarioDefaults, { repeat: '7' });
  });

  test('may be empty', async () => assert.deepEqual((await configOf('# nothing yet\n')).flags, {}));

  for (const [text, ...said] of [
    ['out: results\nrepaet: 3\n', /^highwater\.yaml:2:1 +there is no flag "repaet"/, /Did you mean "repeat"\?/],
    ['json: maybe\n', /^highwater\.yaml:1:1 +json takes true or false/],
    ['out: [a, b]\n', /out takes one value/],
    ['out: { a: b }\n', /out takes one value/],
    ['set: [a=b]\n', /"set" cannot stand here: it belongs in the scenario/],
    ['rate: 5000/s\n', /"rate" cannot stand here/],
    ['config: other.yaml\n', /"config" cannot stand here/],
    ['- out\n', /a map from flags to values is wanted/],
    ['out: "results\n', /^highwater\.yaml:\d+:\d+ /],
  ] as const) {
    test(`with ${JSON.stringify(text)} is refused`, async () => {
      const error: unknown = await configOf(text).catch((thrown: unknown) => thrown);
      assert.ok(error instanceof HarnessError && error.reason === 'usage', String(error));
      for (const pattern of said) assert.match(`${error.message}\n${error.hint}`, pattern);
    });
  }

  test('that is not there is refused', async () => {
    await assert.rejects(readConfig('nosuch.yaml', options), /--config nosuch\.yaml cannot be read/);
  });
});

suite('what comes first', () => {
  test('the environment comes before a config file, and that before the default', () => {
    const config = { out: 'of the file', color: 'never' };
    const prepared = preparedOptions(commonOptions, { HIGHWATER_OUT: 'of the environment' }, { config });
    assert.deepEqual(
      [prepared.out.default, prepared.color.default, prepared.quiet.default],
      ['of the environment', 'never', false],
    );
  });

  for (const [sentence, repeat, given, wanted] of [
    ['a config file speaks where the scenario does not', undefined, undefined, 7],
    ['the scenario comes before it', 3, undefined, 3],
    ['and the flag before both', 3, '2', 2],
    ['also where the scenario says nothing', undefined, '2', 2],
  ] as const) {
    test(sentence, async () => {
      await writeFile('one.yaml', scenario({ ...closedLoop, repeat }));
      const flags = runFlags('one.yaml', { repeat: given, scenarioDefaults: { repeat: '7' } });
      const { plan, overridden } = await planScenario('one.yaml', flags);
      assert.equal(plan.repeat, wanted);
      assert.equal('repeat' in overridden, wanted !== repeat, 'what does not stand in the scenario is an override');
    });
  }

  test('a cluster of the scenario’s own is not replaced by a config file’s brokers', async () => {
    const scenarioDefaults = { brokers: '127.0.0.1:9092' };
    const kinds = [];
    for (const cluster of [undefined, { local: {} }]) {
      await writeFile('two.yaml', scenario({ ...closedLoop, cluster }));
      const { plan } = await planScenario('two.yaml', runFlags('two.yaml', { scenarioDefaults }));
      kinds.push(plan.scenario.cluster.source.kind);
    }
    assert.deepEqual(kinds, ['external', 'local']);
  });
});

test('--cwd is where all paths begin, the config file’s too', async () => {
  await using works = await openWorkplace();
  await mkdir(join(works.folder, 'there'));
  await writeFile(join(works.folder, 'there', 'one.yaml'), scenario({ ...closedLoop, repeat: undefined }));
  await writeFile(join(works.folder, 'there', 'flags.yaml'), 'repeat: 4\nunicode: false\n');
  const args = ['validate', 'one.yaml', '--cwd', 'there', '--config=flags.yaml'];
  const { exitCode, stdout, stderr } = await works.run(args);
  assert.equal(exitCode, 0, stderr);
  assert.match(stdout, /^ok one\.yaml: 1 cell × 4 trials/m);

  const nowhere = await works.run(['list', '--cwd', 'nowhere']);
  assert.deepEqual([nowhere.exitCode, nowhere.stdout], [2, '']);
  assert.match(nowhere.stderr, /--cwd nowhere: there is no such folder/);
});
