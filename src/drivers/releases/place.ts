/** Says where a fetched release is kept, and whether it is there whole. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { defaultCacheFolder } from '../../support/cache.ts';
import { clientPackages, type Release, versionSeenFrom } from './packages.ts';

/** What is kept of one release. */
export interface ReleasePlace {
  /** Holds the lock, the release and, after a failure, the log of its build. */
  readonly home: string;
  /** Holds `node_modules`. It appears whole, or not at all. */
  readonly folder: string;
}

/** A native addon is built for one Node and one machine; the other clients run everywhere. */
const addonKey = `-node${process.versions.modules}-${process.platform}-${process.arch}`;

/** Where a release is, or would be. */
export function placeOf({ driver, version }: Release, cacheFolder: string = defaultCacheFolder()): ReleasePlace {
  const key = `${driver}-${version}${driver === 'confluent' ? addonKey : ''}`;
  const home = join(cacheFolder, 'clients', key);
  return { home, folder: join(home, 'release') };
}

/** Whether the folder holds the release. It was put there in one step, so its package is enough to look at. */
export const holdsRelease = (folder: string, { driver, version }: Release): boolean =>
  // looked at first: where there is nothing, a search for packages goes on in the folders above
  existsSync(packageFolder(folder, driver)) && versionSeenFrom(driver, join(folder, 'module.js')) === version;

/** The package of the driver's client within a release's folder. */
export const packageFolder = (folder: string, driver: Release['driver']): string =>
  join(folder, 'node_modules', ...clientPackages[driver].split('/'));
