/** Tells tests whether a disk can be limited here. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
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
