/** Gives tests disks that are soon full, and tells whether there can be such here. */
import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { mountLimitedDisk } from '../../src/cluster/faults/limited-disk.ts';
import { openGuard } from '../../src/cluster/guard.ts';
import { messageOf } from '../../src/support/errors.ts';

/** Why no disk can be limited here; false where one can. */
export async function whyNoDisk(): Promise<string | false> {
  const folder = await mkdtemp(join(tmpdir(), 'highwater-disk-'));
  try {
    await using guard = await openGuard();
    await using _ = await mountLimitedDisk(join(folder, 'disk'), 4_096, guard);
    return false;
  } catch (error) {
    return messageOf(error);
  } finally {
    await rm(folder, { recursive: true });
  }
}

const run = promisify(execFile);

/** A disk of so many bytes, below a folder for temporary things, until the end of the scope. */
export async function aSmallDisk(bytes: number): Promise<AsyncDisposable & { readonly folder: string }> {
  const folder = await mkdtemp(join(tmpdir(), 'highwater-disk-'));
  await run('mount', ['-t', 'tmpfs', '-o', `size=${bytes}`, 'tmpfs', folder]);
  return {
    folder,
    async [Symbol.asyncDispose]() {
      await run('umount', [folder]);
      await rm(folder, { recursive: true });
    },
  };
}

/** Why there can be no `aSmallDisk` here; false where there can. */
export async function whyNoSmallDisk(): Promise<string | false> {
  try {
    await using _ = await aSmallDisk(4_096);
    return false;
  } catch {
    return 'a small disk can be mounted by root on Linux alone';
  }
}
