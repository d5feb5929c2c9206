import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { requireAddon } from '../../../src/drivers/confluent/library.ts';

function packageWith(t: TestContext, files: Readonly<Record<string, string>>): string {
  const folder = mkdtempSync(join(tmpdir(), 'highwater-test-'));
  t.after(() => rmSync(folder, { recursive: true }));
  for (const [file, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, file)), { recursive: true });
    writeFileSync(join(folder, file), text);
  }
  return folder;
}

test('a package with its addon passes', t => {
  requireAddon(packageWith(t, { 'build/Release/confluent-kafka-javascript.node': '' }));
});

test('without its addon it says what set-up has noted: what is missing, and what to do', t => {
  const note = { situation: 'any', message: 'could not be built without make', hint: 'Run `apt-get install make`.' };
  const folder = packageWith(t, { 'highwater-build.json': JSON.stringify(note) });
  assert.throws(() => requireAddon(folder), {
    reason: 'environment',
    message: 'The driver confluent needs a native addon that could not be built without make.',
    hint: 'Run `apt-get install make`.',
  });
});

for (const [what, files] of [
  ['set-up never ran', {}],
  ['its note was cut short', { 'highwater-build.json': '{ "mess' }],
] as const) {
  test(`where ${what} it says all that may be needed`, t => {
    assert.throws(() => requireAddon(packageWith(t, files)), {
      message: 'The driver confluent needs a native addon that is not built.',
      hint: /C\+\+ compiler, make, Python 3 .*`npm run setup`/,
    });
  });
}
