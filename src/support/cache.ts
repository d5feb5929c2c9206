/** Says where downloads are kept between runs, and lets one process at a time fill a folder there. */
import { randomBytes } from 'node:crypto';
import { link, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { homedir, uptime } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { withSpaceIn } from './full-disk.ts';

/** What a slow preparation reports while it goes on: a sentence without a final dot. */
export type OnProgress = (message: string) => void;

/** Where downloads go and who hears of them. */
export interface CacheOptions {
  readonly cacheFolder?: string;
  readonly onProgress?: OnProgress;
}

/** The folder of all downloads: `HIGHWATER_CACHE`, else `~/.cache/highwater`. */
export function defaultCacheFolder(environment: NodeJS.ProcessEnv = process.env): string {
  return environment['HIGHWATER_CACHE'] || join(homedir(), '.cache', 'highwater');
}

/** Whether the process of this host that noted its number then still lives: one of before the host's start is dead, whoever has the number now. */
export function isStillAlive({
  pid,
  startedAtMillis,
}: {
  readonly pid: number;
  readonly startedAtMillis: number;
}): boolean {
  const hostStartedAtMillis = Date.now() - uptime() * 1e3;
  return startedAtMillis >= hostStartedAtMillis && isProcessAlive(pid);
}

/** Whether a process of this host is alive; one that belongs to another user is. */
export function isProcessAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return isCode(error, 'EPERM');
  }
}

const lockPollMillis = 100;

const isCode = (error: unknown, code: string): boolean => (error as NodeJS.ErrnoException).code === code;

/** A name that nobody else takes, in this process either. */
const besideOf = (lock: string): string => `${lock}.${randomBytes(4).toString('hex')}`;

/** Takes a lock file that names its holder; false where somebody has it. A link appears whole or not at all. */
async function tryLock(lock: string): Promise<boolean> {
  const mine = besideOf(lock);
  await writeFile(mine, String(process.pid));
  try {
    await link(mine, lock);
    return true;
  } catch (error) {
    if (isCode(error, 'EEXIST')) return false;
    throw error;
  } finally {
    await rm(mine, { force: true });
  }
}

/** Removes the lock of a dead holder; one that another waiter has taken meanwhile is put back. */
async function breakDeadLock(lock: string): Promise<void> {
  const holderOf = (file: string) => readFile(file, 'utf8').catch(() => undefined);
  const holder = await holderOf(lock);
  if (holder === undefined || isProcessAlive(Number(holder))) return;
  const aside = besideOf(lock);
  try {
    await rename(lock, aside);
    if ((await holderOf(aside)) !== holder) await link(aside, lock);
  } catch (error) {
    if (!isCode(error, 'ENOENT') && !isCode(error, 'EEXIST')) throw error; // another waiter was faster
  } finally {
    await rm(aside, { force: true });
  }
}

/**
 * Runs `work` while no other process runs one for the same folder of the cache, which is made where it is missing.
 * @throws HarnessError 'environment' where the cache's disk is full, and whatever else `work` throws
 */
export const exclusively = <T>(folder: string, work: () => Promise<T>): Promise<T> =>
  withSpaceIn(folder, 'HIGHWATER_CACHE', () => withLock(folder, work));

async function withLock<T>(folder: string, work: () => Promise<T>): Promise<T> {
  await mkdir(folder, { recursive: true });
  const lock = join(folder, '.lock');
  while (!(await tryLock(lock))) {
    await breakDeadLock(lock);
    await pause(lockPollMillis);
  }
  try {
    return await work();
  } finally {
    await rm(lock, { force: true });
  }
}
