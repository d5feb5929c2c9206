import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import { execute } from '../../bench/cli.ts';
import { namesOf } from '../../bench/command.ts';
import { commands } from '../../bench/commands/index.ts';
import { templateNames } from '../../bench/templates/index.ts';
import { keptTerminal } from './in-process.ts';
import { root } from './program.ts';

const read = (file: string): string => readFileSync(join(root, file), 'utf8');

/** What only understands its flags. */
const idle = commands.map(command => ({ ...command, run: async () => 0 }));

/** Lines of code that call the program, without remarks and where output goes; those with `…` or `<` are patterns. */
const callsIn = (text: string): string[] =>
  [...text.matchAll(/^ {4}(?:npx highwater|npm run (?:-s )?bench --) +(.+)$/gm)]
    .map(match => (match[1] ?? '').replace(/ +#.*$/, '').replace(/ +>.*$/, ''))
    .filter(call => !/[…<]/.test(call));

for (const document of ['README.md', ...globSync('docs/*.md', { cwd: root })]) {
  for (const call of callsIn(read(document))) {
    test(`${document}: highwater ${call}`, async () => {
      const { terminal, kept } = keptTerminal();
      const args = [...call.matchAll(/"([^"]*)"|(\S+)/g)].map(match => match[1] ?? match[2] ?? '');
      assert.equal(await execute(args, terminal, { commands: idle }), 0, kept.stderr);
    });
  }
}

test('a call with a misspelt flag would be found', async () => {
  const { terminal } = keptTerminal();
  assert.equal(await execute(['doctor', '--borkers', 'a:1'], terminal, { commands: idle }), 2);
});

suite('docs/commands.md', () => {
  const text = read('docs/commands.md');

  test('has a row for every command, and for nothing else', () => {
    const rows = [...text.matchAll(/^\| `([a-z]+)[^|]*(?:\\\|[^|]*)*\|/gm)].map(match => match[1] ?? '');
    assert.deepEqual(rows.toSorted(), commands.flatMap(namesOf).toSorted());
  });

  test('names every template', () => {
    for (const name of templateNames) assert.ok(text.includes(`\`${name}\``), name);
  });
});
