/** Says in a run's folder which process works on it, so that no other one does. */
import { open, readFile, rm } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { isStillAlive } from '../support/cache.ts';
import { HarnessError } from '../support/errors.ts';
import { cannotWrite } from './journal.ts';

const Mark = z.strictObject({ host: z.string(), pid: z.int(), startedAtMillis: z.number() });
type Mark = z.infer<typeof Mark>;

const markName = 'running.json';

/**
 * Takes a run's folder until it is disposed of. What a dead process of this host left is taken over.
 * @throws HarnessError `usage` where another process has it, `environment` where the mark cannot be written
 */
export async function claimRun(folder: string): Promise<AsyncDisposable> {
  const path = join(folder, markName);
  const holder = await readMark(path);
  if (holder !== null) {
    if (mayLive(holder)) throw isRunning(folder, holder, path);
    await rm(path, { force: true });
  }
  const mark: Mark = { host: hostname(), pid: process.pid, startedAtMillis: Date.now() };
  // exclusively: of two processes that find none, one fails here
  await using file = await open(path, 'wx').catch(cannotWrite(path));
  await file.writeFile(`${JSON.stringify(mark)}\n`);
  return { [Symbol.asyncDispose]: () => rm(path, { force: true }) };
}

/** Of other hosts nobody here can judge. */
const mayLive = (mark: Mark): boolean => mark.host !== hostname() || (mark.pid !== process.pid && isStillAlive(mark));

function isRunning(folder: string, { host, pid }: Mark, path: string): HarnessError {
  return new HarnessError('usage', `${folder} is still being written, by process ${pid} of ${host}.`, {
    hint: `Wait for it, or stop it. If it is gone, remove ${path}.`,
  });
}

async function readMark(path: string): Promise<Mark | null> {
  try {
    return Mark.parse(JSON.parse(await readFile(path, 'utf8')));
  } catch {
    return null;
  }
}
