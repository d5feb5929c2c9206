/** Has a process give way to others on this host. */
import { writeFile } from 'node:fs/promises';
import { setPriority } from 'node:os';

/**
 * Lowers the priority of a process that leads a session of its own, as far as the system lets it: Linux shares the CPU out between
 * sessions first ("autogroups", sched(7)), within which alone the process's own priority counts. A system that has neither is as it was.
 */
export async function giveWay(pid: number, niceness: number): Promise<void> {
  try {
    setPriority(pid, niceness); // before it has threads, which inherit it
    await writeFile(`/proc/${pid}/autogroup`, String(niceness));
  } catch {
    // it has ended already, or this is not Linux, or its kernel has no such groups
  }
}
