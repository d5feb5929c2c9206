/**
 * Loads a driver once for each release of its client, all in one thread: its modules are loaded again under an address that names the
 * release's folder, and find their client there. Modules that drivers share stay one.
 */
import { registerHooks } from 'node:module';
import { extname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { HarnessError } from '../../support/errors.ts';
import type { Driver } from '../driver.ts';
import { clientPackages, isInstalled, type PackagedDriver, type Release, titleOf } from './packages.ts';
import { holdsRelease, placeOf } from './place.ts';

/** The parameter of a module's address that holds the folder of its release. */
const parameter = 'release';

/** Of this package: `.ts` as it is, `.js` once packed. */
const extension = extname(import.meta.filename);
const entryOf = (driver: PackagedDriver): URL => new URL(`../${driver}${extension}`, import.meta.url);
const modulesOf = (driver: PackagedDriver): string => new URL(`../${driver}/`, import.meta.url).href;

/**
 * The driver on that release of its client: the installed one where that is it, else one that was fetched.
 * @throws HarnessError `environment` where it was not fetched
 */
export async function loadRelease(release: Release): Promise<Driver> {
  const { driver, version } = release;
  if (isInstalled(release)) return driverAt(entryOf(driver));
  const { folder } = placeOf(release);
  if (!holdsRelease(folder, release)) {
    throw new HarnessError('environment', `${titleOf(release)} is not in ${folder}.`, {
      hint: 'Start the run again: it fetches the clients that it needs.',
    });
  }
  registerOnce();
  const entry = entryOf(driver);
  entry.searchParams.set(parameter, folder);
  const loaded = await driverAt(entry);
  const used = await loaded.clientVersion();
  if (used.split(' ')[0] !== version) {
    throw new HarnessError('bug', `The driver ${driver} was to use ${titleOf(release)} and uses ${used}.`);
  }
  return loaded;
}

async function driverAt(entry: URL): Promise<Driver> {
  const { driver } = (await import(entry.href)) as { readonly driver: Driver };
  return driver;
}

let isRegistered = false;

/** Tells this thread's loader of releases, at the first that is wanted: without one nothing is different. */
function registerOnce(): void {
  if (isRegistered) return;
  isRegistered = true;
  registerHooks({
    resolve(specifier, context, next) {
      const asking = releaseAsking(context.parentURL);
      if (asking === null) return next(specifier, context);
      if (isOf(clientPackages[asking.driver], specifier)) {
        return next(specifier, { ...context, parentURL: pathToFileURL(join(asking.folder, 'module.js')).href });
      }
      const found = next(specifier, context);
      return found.url.startsWith(modulesOf(asking.driver))
        ? { ...found, url: within(asking.folder, found.url) }
        : found;
    },
  });
}

/** The release that a module belongs to; null where it belongs to none. */
function releaseAsking(address: string | undefined): { driver: PackagedDriver; folder: string } | null {
  if (address === undefined || !address.includes(`?${parameter}=`)) return null;
  const folder = new URL(address).searchParams.get(parameter);
  const driver = (Object.keys(clientPackages) as PackagedDriver[]).find(
    name => address.startsWith(`${entryOf(name).href}?`) || address.startsWith(modulesOf(name)),
  );
  return folder === null || driver === undefined ? null : { driver, folder };
}

const isOf = (name: string, specifier: string): boolean => specifier === name || specifier.startsWith(`${name}/`);

function within(folder: string, address: string): string {
  const url = new URL(address);
  url.searchParams.set(parameter, folder);
  return url.href;
}
