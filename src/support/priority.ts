/** Has a process give way to others on this host. */
import { readdir, writeFile } from 'node:fs/promises';
import { setPriority } from 'node:os';

/**
 * Lowers the priority of a process that leads a session of its own, as far as the system lets it: Linux shares the CPU out between
 * sessions first ("autogroups", sched(7)), within which alone the priority of a thread counts. A system that has neither is as it was.
 */
export async function giveWay(pid: number, niceness: number): Promise<void> {
  await writeFile(`/proc/${pid}/autogroup`, String(niceness)).catch(() => {});
  const threads = await readdir(`/proc/${pid}/task`).catch(() => [pid]);
  for (const thread of threads) {
    try {
      setPriority(Number(thread), niceness);
    } catch {
      // it has ended meanwhile
    }
  }
}
