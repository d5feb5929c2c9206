/** Outlives the harness by a moment: when the pipe from it closes, kills what it was told of and removes its folders. */
import { rm } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { killGroup } from './processes.ts';

/** What the harness tells its guard, a line of JSON each. */
export type ToGuard =
  | { readonly type: 'watch' | 'forget'; readonly pid: number }
  | { readonly type: 'remove'; readonly folder: string };

const pids = new Set<number>();
const folders = new Set<string>();

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
  }
}

for await (const line of createInterface({ input: process.stdin })) note(JSON.parse(line) as ToGuard);

for (const pid of pids) killGroup(pid, 'SIGKILL');
// A dying broker may still write: removing is tried again until nothing comes back.
for (const folder of folders) await rm(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
