/** Reads how long this worker's threads stood in a run queue: ready to work, and kept from it by others. Linux alone. */
import { readdirSync, readFileSync } from 'node:fs';
import { isMainThread } from 'node:worker_threads';

/** A thread's account with Linux's scheduler, since it began. */
export interface ScheduleAccount {
  /** Time on a CPU. */
  readonly ranMicros: number;
  /** Time in a run queue. */
  readonly waitedMicros: number;
}

/** By thread id. */
export type ScheduleAccounts = ReadonlyMap<string, ScheduleAccount>;

/** The text of a `schedstat` file: nanoseconds on a CPU, nanoseconds in a run queue, turns. Null where it is something else, or never counted. */
export function parseSchedstat(text: string): ScheduleAccount | null {
  const match = /^(\d+) (\d+) (\d+)\s*$/.exec(text);
  // a kernel that keeps no such account says 0 turns of a thread that is running
  if (match === null || match[3] === '0') return null;
  return { ranMicros: Number(match[1]) / 1e3, waitedMicros: Number(match[2]) / 1e3 };
}

const read = (path: string): ScheduleAccount | null => {
  try {
    return parseSchedstat(readFileSync(path, 'utf8'));
  } catch {
    return null; // not Linux, or the thread has just ended
  }
};

/**
 * The accounts of the threads that a worker counts as its own: of a worker thread itself, of a worker process every thread, for a
 * client with a native addon works in threads of its own. Null where the system keeps none.
 */
export function ownAccounts(): ScheduleAccounts | null {
  const folder = '/proc/self/task';
  const accounts = new Map<string, ScheduleAccount>();
  const paths = isMainThread ? threadsIn(folder).map(id => `${folder}/${id}`) : ['/proc/thread-self'];
  for (const path of paths) {
    const account = read(`${path}/schedstat`);
    if (account !== null) accounts.set(path, account);
  }
  return accounts.size === 0 ? null : accounts;
}

function threadsIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

/** The greatest share of the time between two accounts that one thread, of those that are in both, spent so; null where there is none. */
export function worstShare(
  before: ScheduleAccounts | null,
  after: ScheduleAccounts | null,
  spent: keyof ScheduleAccount,
  spanMicros: number,
): number | null {
  const shares = [...(after ?? [])].flatMap(([thread, account]) => {
    const earlier = before?.get(thread);
    return earlier === undefined || spanMicros <= 0 ? [] : (account[spent] - earlier[spent]) / spanMicros;
  });
  return shares.length === 0 ? null : Math.max(...shares);
}
