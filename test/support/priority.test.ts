/** Specifies that processes which give way do so alike. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { test } from 'node:test';
import { giveWay } from '../../src/support/priority.ts';

const path = new URL('../../src/support/priority.ts', import.meta.url).href;

/** Has three processes in sessions of their own give way at once, and says what Linux has made of each. */
const program = `
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { giveWay } from ${JSON.stringify(path)};
const children = [1, 2, 3].map(() => spawn('sleep', ['60'], { detached: true, stdio: 'ignore' }));
await Promise.all(children.map(child => once(child, 'spawn')));
try {
  await Promise.all(children.map(({ pid }) => giveWay(pid, 5)));
  const texts = await Promise.all(children.map(({ pid }) => readFile('/proc/' + pid + '/autogroup', 'utf8')));
  console.log(JSON.stringify(texts.map(text => text.trim().split(' ').slice(1).join(' '))));
} finally {
  for (const child of children) child.kill('SIGKILL');
}
`;

/** Those that may administer the system are not made to wait: here nobody may. */
const unprivileged = process.getuid?.() === 0 ? ['setpriv', '--bounding-set', '-sys_admin'] : [];
const node = [process.execPath, '--input-type=module', '-e', program];

const lacks = existsSync('/proc/self/autogroup')
  ? unprivileged.length > 0 && spawnSync(unprivileged[0] as string, ['--version']).error !== undefined && 'no setpriv'
  : 'there are no autogroups here';

test('several processes give way, though Linux lets one at a time', { skip: lacks }, () => {
  const [command = '', ...args] = [...unprivileged, ...node];
  const { stdout, stderr } = spawnSync(command, args, { encoding: 'utf8', timeout: 30_000 });
  assert.deepEqual(JSON.parse(stdout || 'null'), ['nice 5', 'nice 5', 'nice 5'], stderr);
});

test('a process that is gone is no reason to fail', async () => {
  const { pid } = spawnSync(process.execPath, ['-e', '']);
  await giveWay(pid, 5);
});
