/** Outlives the harness by a moment: when the pipe from it closes, ends what it was told of and clears up after it. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { rm } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { setTimeout as pause } from 'node:timers/promises';
import { killGroup } from '../support/processes.ts';

/** What the harness tells its guard, a line of JSON each. */
export type ToGuard =
  | { readonly type: 'watch' | 'forget'; readonly pid: number }
  | { readonly type: 'remove'; readonly folder: string }
  | { readonly type: 'run'; readonly command: readonly string[] };

const attempts = 3;
const pauseMillis = 2_000;

const pids = new Set<number>();
const folders = new Set<string>();
const commands: (readonly string[])[] = [];

function note(message: ToGuard): void {
  switch (message.type) {
    case 'watch':
      pids.add(message.pid);
      break;
    case 'forget':
      pids.delete(message.pid);
      break;
    case 'remove':
      folders.add(message.folder);
      break;
    case 'run':
      commands.push(message.command);
      break;
  }
}

async function succeeds([program = '', ...args]: readonly string[]): Promise<boolean> {
  const [exitCode] = await once(spawn(program, args, { stdio: 'ignore' }), 'close').catch(() => [null]);
  return exitCode === 0;
}

/** Twice where something was killed at its work: a service may still do what that had just asked of it. */
async function runToTheEnd(command: readonly string[], wanted: number): Promise<void> {
  for (let attempt = 1, done = 0; attempt <= attempts; attempt++) {
    if (attempt > 1) await pause(pauseMillis);
    if (await succeeds(command)) done++;
    if (done === wanted) return;
  }
}

for await (const line of createInterface({ input: process.stdin })) note(JSON.parse(line) as ToGuard);

for (const pid of pids) killGroup(pid, 'SIGKILL');
for (const command of commands) await runToTheEnd(command, pids.size === 0 ? 1 : 2);
// A dying broker may still write: removing is tried again until nothing comes back.
for (const folder of folders) await rm(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
