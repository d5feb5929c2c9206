/** Gives a broker's data a file system of its own, of so many bytes, which can be filled and freed. */
import { execFile } from 'node:child_process';
import { mkdir, open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { HarnessError, messageOf } from '../../support/errors.ts';
import { isForWantOfSpace } from '../../support/full-disk.ts';
import { unmount, unmountCommand } from '../folders.ts';
import type { Guard } from '../guard.ts';

const run = promisify(execFile);

/** A file system in memory that is mounted on a folder. */
export interface LimitedDisk extends AsyncDisposable {
  /** Takes all that is free of it. */
  fill(): Promise<void>;
  /** Gives back what was taken. */
  free(): Promise<void>;
}

/** Down to the least that a file system hands out, so that nothing is left. */
const pieceBytes = [1_048_576, 4_096, 1];

async function writeUntilFull(file: string): Promise<void> {
  await using filling = await open(file, 'a');
  for (const bytes of pieceBytes) {
    const piece = Buffer.alloc(bytes);
    try {
      for (;;) await filling.write(piece);
    } catch (error) {
      if (!isForWantOfSpace(error)) throw error;
    }
  }
}

/**
 * Mounts one; the guard unmounts it should the harness die.
 * @throws HarnessError 'environment' where this user may not mount
 */
export async function mountLimitedDisk(folder: string, bytes: number, guard: Guard): Promise<LimitedDisk> {
  await mkdir(folder, { recursive: true });
  guard.run(unmountCommand(folder));
  try {
    await run('mount', ['-t', 'tmpfs', '-o', `size=${bytes}`, 'highwater', folder]);
  } catch (cause) {
    throw new HarnessError('environment', `No disk can be limited here: ${messageOf(cause).trim()}.`, {
      hint: 'To fill a disk, Linux is needed, and root (or CAP_SYS_ADMIN) to mount a small one.',
      cause,
    });
  }
  const filling = join(folder, 'filling');
  return {
    fill: () => writeUntilFull(filling),
    free: () => rm(filling, { force: true }),
    [Symbol.asyncDispose]: () => unmount(folder),
  };
}
