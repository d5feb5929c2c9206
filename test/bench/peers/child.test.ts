import assert from 'node:assert/strict';
import { once } from 'node:events';
import { watch } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { constants, tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { cpuSecondsIn, runChild } from '../../../bench/peers/child.ts';

const options = { folder: tmpdir(), timeoutSeconds: 60, signal: new AbortController().signal };
const node = (script: string, over: Partial<Parameters<typeof runChild>[2]> = {}) =>
  runChild(process.execPath, ['--eval', script], { ...options, ...over });
const burn = (seconds: number): string =>
  `const used = () => { const { user, system } = process.cpuUsage(); return (user + system) / 1e6 };
   while (used() < ${seconds});`;

for (const [shell, seconds] of [
  ['dash', 1.51],
  ['bash', 1.927],
] as const) {
  test(`the children's times are read as ${shell} writes them`, async () => {
    const times = await readFile(join(import.meta.dirname, 'fixtures', `times-of-${shell}.txt`), 'utf8');
    assert.equal(Math.round(cpuSecondsIn(times) * 1e3) / 1e3, seconds);
  });
}

test('a child is told apart by what it prints and how it ends', async () => {
  const ended = await node(`console.log('out'); console.error('err'); process.exitCode = 7;`);
  assert.deepEqual([ended.stdout, ended.stderr, ended.exitCode], ['out\n', 'err\n', 7]);
});

test('the CPU of a child counts, and that of its own children', async () => {
  const grandchild = `require('node:child_process').spawnSync(process.execPath, ['--eval', ${JSON.stringify(burn(1))}]);`;
  const { cpuSeconds } = await node(`${burn(0.5)} ${grandchild}`);
  assert.ok(cpuSeconds >= 1.4 && cpuSeconds < 6, `it is ${cpuSeconds} s`);
});

test('a child that has done its work and lives on is ended, and its CPU counts', async t => {
  const folder = await mkdtemp(join(tmpdir(), 'highwater-test-child-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  const result = watch(folder);
  const isDone = once(result, 'change').then(() => result.close());
  const script = `${burn(0.5)} require('node:fs').writeFileSync('result', ''); setInterval(() => {}, 1000);`;
  const { exitCode, cpuSeconds } = await node(script, { folder, done: () => isDone });
  assert.equal(exitCode, 128 + constants.signals.SIGTERM);
  assert.ok(cpuSeconds >= 0.4, `it is ${cpuSeconds} s`);
});

test('a child that takes too long is an error, and is gone', async () => {
  await assert.rejects(node(`setInterval(() => {}, 1000);`, { timeoutSeconds: 1 }), /did not end within 1 s/);
});

test('a child is killed when the comparison is stopped', async () => {
  const stop = new AbortController();
  const running = node(`setInterval(() => {}, 1000);`, { signal: stop.signal });
  stop.abort();
  await assert.rejects(running, { name: 'AbortError' });
});
