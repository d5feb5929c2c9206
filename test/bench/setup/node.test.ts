import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { pathToFileURL } from 'node:url';
import { pinnedNodeIsLinked, requireNode } from '../../../bench/setup/node.js';

const onWindows = process.platform === 'win32';
const pinned = onWindows
  ? `node_modules/node-win-${process.arch}/bin/node.exe`
  : `node_modules/node-${process.platform}-${process.arch}/bin/node`;
const link = onWindows ? 'node_modules/.bin/node.cmd' : 'node_modules/.bin/node';

function folderWith(t: TestContext, files: readonly string[]): URL {
  const folder = mkdtempSync(join(tmpdir(), 'highwater-test-'));
  t.after(() => rmSync(folder, { recursive: true }));
  for (const file of files) {
    mkdirSync(dirname(join(folder, file)), { recursive: true });
    writeFileSync(join(folder, file), '');
  }
  return pathToFileURL(`${folder}/`);
}

for (const [version, isEnough] of [
  ['20.19.0', false],
  ['22.22.0', false],
  ['24.14.9', false],
  ['24.15.0', true],
  ['24.21.0', true],
  ['26.0.0', true],
] as const) {
  test(`where npm has no Node, the system's ${version} ${isEnough ? 'is enough' : 'is refused'}`, t => {
    const require = () => requireNode(folderWith(t, []), version);
    if (isEnough) assert.doesNotThrow(require);
    else assert.throws(require, { message: new RegExp(`found ${version}`), hint: /Install Node 24/ });
  });
}

test("the pinned Node makes the system's indifferent", t => {
  assert.doesNotThrow(() => requireNode(folderWith(t, [pinned]), '20.19.0'));
});

for (const [situation, files, expected] of [
  ['npm has none for this machine', [], true],
  ['npm has deleted its link', [pinned], false],
  ['npm has linked it', [pinned, link], true],
] as const) {
  test(`when ${situation}, the pinned Node ${expected ? 'needs no link' : 'needs a link'}`, t => {
    assert.equal(pinnedNodeIsLinked(folderWith(t, files)), expected);
  });
}
