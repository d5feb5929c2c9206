/** Names the temporary folders of local brokers after their owner, so that the next start finds those of the dead. */
import { execFile } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { promisify } from 'node:util';
import { isProcessAlive } from '../support/cache.ts';

/** The host stands in the name because containers may share a folder, but not their processes. */
const prefix = `highwater-kafka-${hostname().replaceAll(/[^A-Za-z0-9]/g, '')}-`;

/** Makes the folder of a cluster that this process owns. */
export const makeClusterFolder = (under = tmpdir()): Promise<string> =>
  mkdtemp(join(under, `${prefix}${process.pid}-`));

/** Whether a folder is one that such a cluster of this host made. */
export const isClusterFolder = (path: string): boolean => basename(path).startsWith(prefix);

/** Removes a folder into which a process that was just killed may still be writing. */
export const removeFolder = (folder: string): Promise<void> =>
  rm(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });

/** Unmounts the disks of brokers that were mounted below a folder; Linux alone has some. */
async function unmountBelow(folder: string): Promise<void> {
  const mounts = await readFile('/proc/self/mounts', 'utf8').catch(() => '');
  const places = mounts.split('\n').map(line => (line.split(' ')[1] ?? '').replaceAll('\\040', ' '));
  const below = places.filter(place => place.startsWith(`${folder}/`));
  for (const place of below) await promisify(execFile)('umount', ['-l', place]);
}

/** Removes the folders whose owners are dead: those of a host that crashed, or whose guard was killed too. */
export async function removeDeadFolders(under = tmpdir()): Promise<void> {
  const ownerOf = (name: string) => Number(name.slice(prefix.length).split('-')[0]);
  const names = (await readdir(under)).filter(name => name.startsWith(prefix));
  const dead = names.filter(name => !isProcessAlive(ownerOf(name)));
  for (const name of dead) {
    const folder = join(under, name);
    await unmountBelow(folder);
    await removeFolder(folder);
  }
}
