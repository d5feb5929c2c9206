/** Specifies disks of a few bytes, which can be filled and freed, and what is said to who may not have them. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtemp, readFile, rename, rm, stat, statfs, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { mountLimitedDisk } from '../../src/cluster/faults/limited-disk.ts';
import { makeClusterFolder, removeDeadFolders } from '../../src/cluster/folders.ts';
import { openGuard } from '../../src/cluster/guard.ts';
import { HarnessError } from '../../src/support/errors.ts';
import { whyNoDisk } from './small-disk.ts';

const temporary = await mkdtemp(join(tmpdir(), 'highwater-limited-disk-'));
after(() => rm(temporary, { recursive: true }));

const noDisk = await whyNoDisk();
const mounts = () => readFile('/proc/self/mounts', 'utf8');
const bytes = 4 * 2 ** 20;

test(
  'a disk is as large as was asked for, is filled to the last byte, freed again, and gone in the end',
  { skip: noDisk },
  async () => {
    const folder = join(temporary, 'disk');
    const kept = join(folder, 'kept');
    await using guard = await openGuard();
    {
      await using disk = await mountLimitedDisk(folder, bytes, guard);
      const { blocks, bsize } = await statfs(folder);
      assert.equal(blocks * bsize, bytes);
      await writeFile(kept, 'kept');
      await disk.fill();
      assert.equal((await statfs(folder)).bfree, 0);
      await assert.rejects(writeFile(join(folder, 'more'), 'more'), { code: 'ENOSPC' });
      await disk.fill(); // it is full already
      await disk.free();
      await disk.free(); // it is free already
      assert.equal(await readFile(kept, 'utf8'), 'kept');
      await writeFile(join(folder, 'more'), Buffer.alloc(bytes / 2));
    }
    assert.ok(!(await mounts()).includes(folder));
  },
);

test(
  'a disk whose harness and guard are dead is unmounted and removed by the next start, also where the folder goes by another name',
  { skip: noDisk },
  async () => {
    const own = await makeClusterFolder(temporary);
    const { pid } = spawnSync(process.execPath, ['-e', '']);
    const dead = own.replace(`-${process.pid}-`, `-${pid}-`);
    await rename(own, dead);
    await using guard = await openGuard();
    await using _ = await mountLimitedDisk(join(dead, 'the data'), bytes, guard);
    const otherName = join(temporary, 'link');
    await symlink(temporary, otherName);
    await removeDeadFolders(otherName);
    assert.ok(!(await mounts()).includes(dead));
    await assert.rejects(stat(dead), { code: 'ENOENT' });
  },
);

test('who may not mount hears what it takes to limit a disk', { skip: process.platform === 'win32' }, async t => {
  await using guard = await openGuard();
  const usual = process.env['PATH'];
  t.after(() => void (process.env['PATH'] = usual));
  process.env['PATH'] = temporary; // where nothing is that mounts
  await assert.rejects(mountLimitedDisk(join(temporary, 'none'), bytes, guard), (error: unknown) => {
    assert.ok(error instanceof HarnessError && error.reason === 'environment');
    assert.match(error.message, /No disk can be limited here/);
    assert.match(error.hint ?? '', /root/);
    return true;
  });
});
