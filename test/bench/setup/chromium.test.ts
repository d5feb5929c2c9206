/** Specifies the set-up of the browser for tests, with an apt-get that is a script. */
import assert from 'node:assert/strict';
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { after, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { chromiumIsSettled, settleChromium } from '../../../bench/setup/chromium.js';

const folder = await mkdtemp(join(tmpdir(), 'highwater-test-chromium-'));
after(() => rm(folder, { recursive: true }));
const root = pathToFileURL(`${folder}/`);
const browser = join(folder, 'chromium');
const path = process.env['PATH'] ?? '';
const notRoot = process.getuid?.() === 0 ? false : 'only root may install packages';

/** An apt-get that notes what it is asked for, and does it. */
async function aptGet(does: string): Promise<void> {
  await mkdir(join(folder, 'bin'), { recursive: true });
  const program = join(folder, 'bin', 'apt-get');
  await writeFile(program, `#!/bin/sh\necho "$@" >> '${folder}/asked'\n${does}\n`);
  await chmod(program, 0o755);
  process.env['PATH'] = `${join(folder, 'bin')}${delimiter}${path}`;
}

const asked = (): Promise<string> => readFile(join(folder, 'asked'), 'utf8');

test('there is nothing to do where the browser is there', () => {
  process.env['CHROMIUM'] = process.execPath;
  assert.equal(chromiumIsSettled(root), true);
});

test('there is nothing to do where there is no apt-get', () => {
  process.env['CHROMIUM'] = browser;
  process.env['PATH'] = folder;
  assert.equal(chromiumIsSettled(root), true);
  process.env['PATH'] = path;
});

test('an installation that fails is not tried again for a day', { skip: notRoot }, async () => {
  process.env['CHROMIUM'] = browser;
  await aptGet('exit 100');
  assert.equal(chromiumIsSettled(root), false);
  await settleChromium(root, () => undefined);
  assert.equal(await asked(), 'update\ninstall -y --no-install-recommends chromium\n');
  assert.equal(chromiumIsSettled(root), true);
  const dayAgo = Date.now() - 86_400_000;
  await writeFile(join(folder, 'node_modules/.cache/highwater-chromium.txt'), String(dayAgo));
  assert.equal(chromiumIsSettled(root), false);
});

test('an installation that works leaves nothing to do', { skip: notRoot }, async () => {
  process.env['CHROMIUM'] = browser;
  await aptGet(`touch '${browser}'`);
  await settleChromium(root, () => undefined);
  assert.equal(chromiumIsSettled(root), true);
});
