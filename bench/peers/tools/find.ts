/** Finds a peer's program. */
import { access, constants } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { NotFound, type Surroundings } from './tool.ts';

/**
 * The path of a program: in the folders given, in their `bin`, or on the path.
 * @throws NotFound where it is in none
 */
export async function findProgram(name: string, { folders }: Pick<Surroundings, 'folders'>): Promise<string> {
  const onPath = (process.env['PATH'] ?? '').split(delimiter).filter(Boolean);
  for (const folder of [...folders.flatMap(given => [given, join(given, 'bin')]), ...onPath]) {
    const path = join(folder, name);
    if (await isExecutable(path)) return path;
  }
  throw new NotFound(`${name} not found, see docs/peers.md`);
}

const isExecutable = (path: string): Promise<boolean> =>
  access(path, constants.X_OK).then(
    () => true,
    () => false,
  );
