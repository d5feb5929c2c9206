/** Has a process give way to others on this host. */
import { readdir, writeFile } from 'node:fs/promises';
import { setPriority } from 'node:os';
import { setTimeout as wait } from 'node:timers/promises';
import { HarnessError } from './errors.ts';

/** Linux lets only one autogroup be changed in 100 ms by those without CAP_SYS_ADMIN, whoever they are (kernel/sched/autogroup.c). */
const turnMillis = 110;
const mostTurns = 20;

/** The process is gone, or the system has no such thing, or not for this user: that holds for whatever else is asked to give way. */
const refusals: ReadonlySet<string | undefined> = new Set(['ENOENT', 'ESRCH', 'EACCES', 'EPERM', 'EROFS']);

async function lowerSession(pid: number, niceness: number): Promise<void> {
  for (let turn = 1; ; turn++) {
    try {
      return await writeFile(`/proc/${pid}/autogroup`, String(niceness));
    } catch (cause) {
      const { code } = cause as NodeJS.ErrnoException;
      if (refusals.has(code)) return;
      if (code !== 'EAGAIN') throw cause;
      if (turn === mostTurns) {
        throw new HarnessError(
          'environment',
          `Process ${pid} could not be made to give way in ${mostTurns} attempts.`,
          {
            hint: 'Something else on this host changes priorities all the time: end it.',
            cause,
          },
        );
      }
      await wait(turnMillis);
    }
  }
}

/**
 * Lowers the priority of a process that leads a session of its own, as far as the system lets it: Linux shares the CPU out between
 * sessions first ("autogroups", sched(7)), within which alone the priority of a thread counts. A system that has neither is as it was.
 * @throws HarnessError 'environment' where it would have been let, but for others that were always first: no process is slowed while
 * its like is not
 */
export async function giveWay(pid: number, niceness: number): Promise<void> {
  await lowerSession(pid, niceness);
  const threads = await readdir(`/proc/${pid}/task`).catch(() => [pid]);
  for (const thread of threads) {
    try {
      setPriority(Number(thread), niceness);
    } catch {
      // it has ended meanwhile
    }
  }
}
