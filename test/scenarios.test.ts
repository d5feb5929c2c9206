import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { test } from 'node:test';
import { expandPlan } from '../src/plan/expand.ts';
import { readScenario } from '../src/scenario/read.ts';

const root = resolve(import.meta.dirname, '..');
const files = globSync('scenarios/*.yaml', { cwd: root }).toSorted();

/** Longer than a cup of tea takes, and nobody tries a scenario out. */
const longestMinutes = 8;
/** Brokers that die have to come back, many times over: what a scenario says of itself then. */
const longerMinutes: Readonly<Record<string, number>> = {
  durability: 15,
  'durability-long': 150,
  'client-failover': 10,
};

test('there are scenarios to look at', () => assert.ok(files.length > 0));

for (const file of files) {
  const text = readFileSync(join(root, file), 'utf8');

  test(`${file} can be run as it stands, and soon enough`, async () => {
    const { estimate, scenario } = await expandPlan(await readScenario(file, { env: {}, cwd: root }));
    assert.equal(`scenarios/${scenario.name}.yaml`, file, 'its name is its file’s');
    assert.ok(
      estimate.durationMicros <= (longerMinutes[scenario.name] ?? longestMinutes) * 60e6,
      `${Math.round(estimate.durationMicros / 60e6)} minutes`,
    );
  });

  test(`${file} asks a question, and says what to look at`, () => {
    assert.match(text, /^# yaml-language-server: \$schema=\.\/scenario\.schema\.json\n/);
    assert.match(text, /^question: .*\?$/m);
    assert.match(text, /^# Look at/m);
    assert.match(text, /^# .*\bminutes?\b/m, 'it says how long it takes');
  });

  test(`${file} stands in the README`, () => {
    assert.ok(readFileSync(join(root, 'README.md'), 'utf8').includes(`| \`${file}\` |`));
  });
}
