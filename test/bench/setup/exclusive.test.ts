import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { pathToFileURL } from 'node:url';
import { exclusively } from '../../../bench/setup/exclusive.js';

function temporaryFolder(t: TestContext): { path: string; url: URL; lock: string } {
  const path = mkdtempSync(join(tmpdir(), 'highwater-test-'));
  t.after(() => rmSync(path, { recursive: true }));
  return { path, url: pathToFileURL(`${path}/`), lock: join(path, '.setup.lock') };
}

/** The number of a process that has ended. */
const deadPid = (): number => spawnSync(process.execPath, ['--version']).pid;

test('the lock is held during the work and given up after it', async t => {
  const { url, lock } = temporaryFolder(t);
  await exclusively(url, async alsoHeldBy => {
    alsoHeldBy(1);
    assert.equal(readFileSync(lock, 'utf8'), `${process.pid}\n1\n`);
  });
  assert.ok(!existsSync(lock));
});

test('the lock is given up when the work fails', async t => {
  const { url, lock } = temporaryFolder(t);
  await assert.rejects(
    exclusively(url, () => Promise.reject(new Error('no network'))),
    /no network/,
  );
  assert.ok(!existsSync(lock));
});

test('a lock of dead processes is taken over', async t => {
  const { url, lock } = temporaryFolder(t);
  writeFileSync(lock, `${deadPid()}\n${deadPid()}\n`);
  let worked = false;
  await exclusively(url, async () => void (worked = true));
  assert.ok(worked);
});

test('a lock is waited for while a child process of its dead holder lives', async t => {
  const { url, lock } = temporaryFolder(t);
  const child = spawn(process.execPath, ['-e', 'process.stdin.resume()'], { stdio: ['pipe', 'ignore', 'ignore'] });
  writeFileSync(lock, `${deadPid()}\n${child.pid}\n`);
  let childEnded = false;
  const ended = once(child, 'exit').then(() => (childEnded = true));
  const work = exclusively(url, async () => assert.ok(childEnded));
  child.stdin.end();
  await Promise.all([ended, work]);
});

test('of many set-ups that find a dead lock, one works at a time', async t => {
  const { path, url, lock } = temporaryFolder(t);
  writeFileSync(lock, `${deadPid()}\n`);
  const program = `
    import { exclusively } from ${JSON.stringify(new URL('../../../bench/setup/exclusive.js', import.meta.url).href)};
    import { appendFileSync } from 'node:fs';
    import { setTimeout } from 'node:timers/promises';
    await exclusively(new URL(${JSON.stringify(url.href)}), async () => {
      appendFileSync(${JSON.stringify(join(path, 'log'))}, 'begin\\n');
      await setTimeout(20);
      appendFileSync(${JSON.stringify(join(path, 'log'))}, 'end\\n');
    });`;
  const programs = Array.from({ length: 4 }, () =>
    spawn(process.execPath, ['--input-type=module', '-e', program], { stdio: 'ignore' }),
  );
  const exits = await Promise.all(programs.map(child => once(child, 'exit')));
  assert.deepEqual(
    exits.map(([code]) => code as unknown),
    [0, 0, 0, 0],
  );
  assert.equal(readFileSync(join(path, 'log'), 'utf8'), 'begin\nend\n'.repeat(4));
});
