import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readScenario } from '../../src/scenario/read.ts';
import { inShort, problemsIn, readFiles, temporaryFolder } from './reading.ts';

/** Files that cannot be scenarios at all. */
const files: readonly (readonly [what: string, content: string | Uint8Array, expected: RegExp])[] = [
  ['empty', '', /^1:1 E105 the file is empty \| a scenario begins with name: …$/],
  ['a comment alone', '# nothing\n', /^\d:\d+ E105 the file is empty/],
  ['a list', '- 1\n', /^1:1 E105 the file holds no map of keys/],
  ['one text', 'acks\n', /^1:1 E105 the file holds no map of keys/],
  ['binary', Uint8Array.of(0xff, 0xfe, 0x00, 0x9f), /^1:1 E100 it is not UTF-8 text/],
  ['five megabytes', 'name: x\n'.repeat(655_360), /^1:1 E100 it has 5242880 bytes, more than 4194304/],
  [
    'nested ten thousand times',
    `${'['.repeat(10_000)}${']'.repeat(10_000)}`,
    /^1:\d+ E101 the file is nested too deeply \| is this a scenario\?$/,
  ],
  ['two documents', 'name: a\n---\nname: b\n', /^\d:1 E101 a scenario file holds one document/],
  ['a bomb of aliases', bomb(), /E101 .*more than 100000 values/],
];

/** A few lines that unfold to 10^9 values. */
function bomb(): string {
  const levels = Array.from({ length: 9 }, (_, i) => `x-${i + 1}: &l${i + 1} [${`*l${i}, `.repeat(10)}]`);
  return ['name: x', 'x-0: &l0 1', ...levels, ''].join('\n');
}

for (const [what, content, expected] of files) {
  test(`a file that is ${what} is refused in one sentence`, async t => {
    const [problem, ...others] = await problemsIn(readFiles(t, { 'scenario.yaml': content }));
    assert.match(problem ? inShort(problem) : 'accepted', expected);
    assert.deepEqual(others, []);
  });
}

test('a file that is not there, and a folder, are refused', async t => {
  const missing = await problemsIn(readFiles(t, {}));
  assert.match(missing.map(inShort).join('\n'), /^1:1 E100 there is no such file \| check the path$/);
  const cwd = await temporaryFolder(t);
  const folder = await problemsIn(readScenario('.', { env: {}, cwd }));
  assert.match(folder.map(inShort).join('\n'), /^1:1 E100 it is a folder/);
});
