/** Specifies how it is told that a process is paused. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { test } from 'node:test';
import { stateIn, untilPaused } from '../../src/cluster/process-state.ts';

test('the state of a process stands behind its name, whatever that holds', () => {
  assert.equal(stateIn('12 (java) S 1 12 12 0\n'), 'S');
  assert.equal(stateIn('12 (a) R (b) T 1 12 12 0\n'), 'T');
});

test(
  'a process is paused when it was stopped, and one that is gone is waited for no more',
  {
    skip: process.platform === 'win32',
  },
  async () => {
    const child = spawn('sleep', ['60'], { stdio: 'ignore' });
    await once(child, 'spawn');
    const pid = child.pid as number;
    child.kill('SIGSTOP');
    await untilPaused(pid);
    const exit = once(child, 'exit');
    child.kill('SIGKILL');
    await exit;
    await untilPaused(pid);
  },
);
