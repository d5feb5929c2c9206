/** Names the temporary folders of local brokers after their owner, so that the next start finds those of the dead. */
import { execFile } from 'node:child_process';
import { mkdtemp, readdir, readFile, realpath, rm } from 'node:fs/promises';
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

/** The command that unmounts what is mounted on a folder. Where nothing is any more, that is well: somebody else was there before. */
export const unmountCommand = (folder: string): readonly [program: string, ...args: string[]] => [
  'sh',
  '-c',
  'umount -l "$0" || ! mountpoint -q "$0"',
  folder,
];

/** Unmounts what is mounted on a folder, even where somebody still uses it. */
export async function unmount(folder: string): Promise<void> {
  const [program, ...args] = unmountCommand(folder);
  await promisify(execFile)(program, args);
}

/** The kernel writes what would end a word by its number. */
const placeOf = (mount: string): string =>
  (mount.split(' ')[1] ?? '').replaceAll(/\\([0-7]{3})/g, (_, octal: string) =>
    String.fromCharCode(Number.parseInt(octal, 8)),
  );

/** Unmounts the disks of brokers that were mounted below a folder; Linux alone has some. */
async function unmountBelow(folder: string): Promise<void> {
  const mounts = await readFile('/proc/self/mounts', 'utf8').catch(() => '');
  const places = mounts.split('\n').map(placeOf);
  for (const place of places.filter(one => one.startsWith(`${folder}/`))) await unmount(place);
}

/** Removes the folders whose owners are dead: those of a host that crashed, or whose guard was killed too. */
export async function removeDeadFolders(under = tmpdir()): Promise<void> {
  const place = await realpath(under); // mounts have no other name
  const ownerOf = (name: string) => Number(name.slice(prefix.length).split('-')[0]);
  const names = (await readdir(under)).filter(name => name.startsWith(prefix));
  const dead = names.filter(name => !isProcessAlive(ownerOf(name)));
  for (const name of dead) {
    const folder = join(place, name);
    await unmountBelow(folder);
    await removeFolder(folder);
  }
}
