/** Holds the releases of clients that a package-lock.json pins against those that are installed. */
import { clientPackages, type PackagedDriver, versionSeenFrom } from './packages.ts';

/** A client of which another release is pinned than is used. */
export interface OtherRelease {
  readonly package: string;
  readonly pinned: string;
  readonly installed: string;
}

/** The drivers, by name, whose package the lock file pins to another release than the installed one. Nothing for what is no lock file. */
export function otherReleases(lockFile: string, drivers: readonly string[]): OtherRelease[] {
  return drivers.filter(isPackaged).flatMap(driver => {
    const name = clientPackages[driver];
    const [pinned, installed] = [pinnedIn(lockFile, name), versionSeenFrom(driver, import.meta.url)];
    const isOther = pinned !== undefined && installed !== undefined && pinned !== installed;
    return isOther ? [{ package: name, pinned, installed }] : [];
  });
}

const isPackaged = (driver: string): driver is PackagedDriver => Object.hasOwn(clientPackages, driver);

function pinnedIn(lockFile: string, name: string): string | undefined {
  try {
    const { packages } = JSON.parse(lockFile) as { packages?: Record<string, { version?: string }> };
    return packages?.[`node_modules/${name}`]?.version;
  } catch {
    return undefined;
  }
}
