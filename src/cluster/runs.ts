/** Remembers which runs of this host work on which cluster, so that what a killed one left there can be told from what is in use. */
import { mkdir, readdir, readFile, rm } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { writeFileAtomic } from '../support/files.ts';
import { defaultCacheFolder, isStillAlive } from '../support/cache.ts';

const Mark = z.strictObject({
  runId: z.string(),
  clusterId: z.string(),
  host: z.string(),
  pid: z.int(),
  startedAtMillis: z.number(),
});
type Mark = z.infer<typeof Mark>;

/** A run that ended without putting away its mark, and with it perhaps its topics. */
export interface DeadRun {
  readonly runId: string;
  /** Says that nothing of it is left. */
  forget(): Promise<void>;
}

const defaultFolder = (): string => join(defaultCacheFolder(), 'runs');

/** Says, until it is disposed of, that this process runs `runId` on a cluster. */
export async function markRun(clusterId: string, runId: string, folder = defaultFolder()): Promise<AsyncDisposable> {
  const file = join(folder, `${runId}.json`);
  const mark: Mark = { runId, clusterId, host: hostname(), pid: process.pid, startedAtMillis: Date.now() };
  await writeFileAtomic(file, JSON.stringify(mark));
  return { [Symbol.asyncDispose]: () => rm(file, { force: true }) };
}

/** Undefined for the mark of a run that has just ended, of another version of Highwater, or that is damaged. */
async function readMark(file: string): Promise<Mark | undefined> {
  try {
    return Mark.parse(JSON.parse(await readFile(file, 'utf8')));
  } catch {
    return undefined;
  }
}

/** The runs that worked on a cluster from this host and are dead. Those of other hosts nobody here can judge. */
export async function deadRuns(clusterId: string, folder = defaultFolder()): Promise<DeadRun[]> {
  await mkdir(folder, { recursive: true });
  const files = (await readdir(folder)).filter(name => name.endsWith('.json')).map(name => join(folder, name));
  const found: DeadRun[] = [];
  for (const file of files) {
    const mark = await readMark(file);
    if (mark?.clusterId !== clusterId || mark.host !== hostname() || isStillAlive(mark)) continue;
    found.push({ runId: mark.runId, forget: () => rm(file, { force: true }) });
  }
  return found;
}
