/** Holds what README shows of the terminal to what the program prints. */
import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { program } from './in-process.ts';

const root = join(import.meta.dirname, '../..');
const readme = await readFile(join(root, 'README.md'), 'utf8');
const blocks = [...readme.matchAll(/^```text\n([^]*?)^```$/gm)].map(([, text]) => text as string);
const [runId = ''] = await readdir(join(root, 'reports/example'));
const printed = new Set((await program(['show', join(root, 'reports/example', runId)])).stdout.split('\n'));

test('README shows what the terminal says of the example', () => {
  assert.equal(blocks.length, 1);
});

for (const line of blocks
  .join('')
  .split('\n')
  .filter(text => text !== '')) {
  test(`the program prints "${line}"`, () => {
    assert.ok(printed.has(line), [...printed].join('\n'));
  });
}
