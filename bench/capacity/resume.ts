/** Finds the search that `--resume` means. */
import { earlierTrials, findRun, HarnessError, isInvalid, readRun } from '../../src/index.ts';
import type { Resumption } from '../resume.ts';

/**
 * The search that is named; null without the flag.
 * @throws HarnessError `usage` where it is none, or was not interrupted
 */
export async function openSearch(resume: string | undefined, out: string): Promise<Resumption | null> {
  if (resume === undefined) return null;
  const folder = await findRun(resume, out);
  const run = await readRun(folder, { logs: 'leave' });
  const { searches, header } = run;
  const isUnfinished =
    searches?.some(({ kind }) => kind === 'unfinished') || (searches?.length ?? 0) < header.cells.length;
  if (searches !== undefined && isUnfinished) return { run, earlier: earlierTrials(run, isInvalid) };
  const what = searches === undefined ? 'is no search for capacity' : 'came to its end';
  throw new HarnessError('usage', `${folder} ${what}: there is nothing to go on with.`, {
    hint: `\`highwater show ${run.header.runId}\` shows it.`,
  });
}
