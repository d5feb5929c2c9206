/** Tells a full disk from other failures, and says which one it is. */
import { HarnessError } from '../support/errors.ts';

const codes: ReadonlySet<string | undefined> = new Set(['ENOSPC', 'EDQUOT']);

/** Whether a failure, or one that led to it, was for want of space. */
export function isForWantOfSpace(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  return codes.has((error as NodeJS.ErrnoException).code) || isForWantOfSpace(error.cause);
}

/** What to do about a full disk, where `variable` of the environment chooses another one. */
export const spaceHint = (folder: string, variable: string): string =>
  `Free some space on the disk of ${folder}, or choose another one with ${variable}.`;

/** Does what writes into a folder. @throws HarnessError 'environment' where there is no space left, and whatever else `work` throws */
export async function withSpaceIn<T>(folder: string, variable: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    if (cause instanceof HarnessError || !isForWantOfSpace(cause)) throw cause;
    throw new HarnessError('environment', `The disk of ${folder} is full.`, {
      hint: spaceHint(folder, variable),
      cause,
    });
  }
}
