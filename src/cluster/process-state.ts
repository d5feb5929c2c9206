/** Tells what a process is doing, and waits until it does nothing. */
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { setTimeout as wait } from 'node:timers/promises';
import { promisify } from 'node:util';
import { HarnessError, messageOf } from '../support/errors.ts';

const run = promisify(execFile);

const pauseTimeoutMillis = 5_000;
const pausePollMillis = 5;

/** The state of a process by the text of /proc/<id>/stat. Its name, in brackets, may hold anything. */
export const stateIn = (stat: string): string => stat.slice(stat.lastIndexOf(')') + 2).charAt(0);

async function stateByProc(pid: number): Promise<string | null> {
  try {
    return stateIn(await readFile(`/proc/${pid}/stat`, 'utf8'));
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ESRCH') return null;
    throw error;
  }
}

async function stateByPs(pid: number): Promise<string | null> {
  try {
    const { stdout } = await run('ps', ['-o', 'state=', '-p', String(pid)]);
    return stdout.trim().charAt(0);
  } catch (cause) {
    const { code, stdout = '' } = cause as { readonly code?: unknown; readonly stdout?: string };
    if (code === 1 && stdout.trim() === '') return null;
    throw new HarnessError('environment', `It cannot be told whether process ${pid} is paused: ${messageOf(cause)}.`, {
      hint: 'Check that ps can be run.',
      cause,
    });
  }
}

/** What a process is doing, by the letter that ps has for it; null for one that is gone. */
const stateOf = process.platform === 'linux' ? stateByProc : stateByPs;

/**
 * Waits until a process is paused that was told so: on a busy host its threads run on for some milliseconds. One that has ended does not run
 * either.
 * @throws HarnessError 'environment' where it still runs after 5 s, or nobody can tell
 */
export async function untilPaused(pid: number): Promise<void> {
  const deadline = performance.now() + pauseTimeoutMillis;
  for (;;) {
    const state = await stateOf(pid);
    if (state === null || 'TZX'.includes(state)) return;
    if (performance.now() > deadline) {
      throw new HarnessError('environment', `Process ${pid} still runs ${pauseTimeoutMillis / 1e3} s after SIGSTOP.`, {
        hint: 'A busy host needs longer: end what else runs there.',
      });
    }
    await wait(pausePollMillis);
  }
}
