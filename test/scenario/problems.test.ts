import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ScenarioError } from '../../src/scenario/problems.ts';
import { problemsIn, readText } from './reading.ts';

test('all problems come at once, by line, as one text with frames', async t => {
  const text = [
    'name: acks',
    'load:',
    '  rate: 5000/s',
    '  mesure: 30s',
    'messages:',
    '  size: 1kb',
    'repeat: 3',
    '',
  ].join('\n');
  const expected = `scenario.yaml: 2 problems. Nothing was run.

scenario.yaml:4:3  unknown key "mesure" in load  [E102]
  3 │   rate: 5000/s
▸ 4 │   mesure: 30s
    │   ^^^^^^ did you mean "measure"?
  5 │ messages:

scenario.yaml:6:9  messages.size: "1kb" is not a size  [E104]
  5 │ messages:
▸ 6 │   size: 1kb
    │         ^^^ write bytes (1000) or a unit: kB, KiB, MB, MiB → 1kB or 1KiB
  7 │ repeat: 3`;
  await assert.rejects(readText(t, text), (error: unknown) => {
    assert.ok(error instanceof ScenarioError);
    assert.equal(error.message, expected);
    assert.equal(error.exitCode, 2);
    assert.match(error.hint ?? '', /yaml-language-server/);
    return true;
  });
});

const secret = 'correct-horse-battery';

for (const [what, below] of [
  ['a literal password', `cluster: { security: { sasl: { mechanism: plain, username: u, password: ${secret} } } }`],
  [
    'a password over two lines',
    `cluster:\n  security:\n    sasl:\n      password: >-\n        ${secret}\n      wrong: 1`,
  ],
  ['a password in broken YAML', `cluster:\n  security:\n    sasl: { password: ${secret}\nload: [`],
  ['a password where none belongs', `producers: { password: ${secret}, mode: wrong }`],
  ['a setting of SASL in config', `producers:\n  config: { sasl.jaas.config: ${secret} }\n  mode: wrong`],
] as const) {
  test(`${what} is in no message and no frame`, async t => {
    const problems = await problemsIn(readText(t, `name: x\n${below}\n`));
    assert.ok(problems.length > 0);
    assert.ok(!JSON.stringify(problems).includes(secret), problems.map(problem => problem.frame).join('\n'));
  });
}
