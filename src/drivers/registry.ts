/** Lists the drivers. Loading is lazy: a missing native addon hurts only its own driver. */
import { keysOf } from '../support/registry.ts';
import type { Driver } from './driver.ts';
import { loadRelease } from './releases/load.ts';
import { clientPackages, type PackagedDriver, type Release } from './releases/packages.ts';

export const drivers = {
  kafkajs: () => import('./kafkajs.ts'),
  confluent: () => import('./confluent.ts'),
  platformatic: () => import('./platformatic.ts'),
  wire: () => import('./wire.ts'),
  simulated: () => import('./simulated.ts'),
} satisfies Record<string, () => Promise<{ driver: Driver }>>;

export type DriverName = keyof typeof drivers;

export const driverNames = keysOf(drivers);

/** The drivers of which a release can be named. */
export const packagedDrivers = keysOf(clientPackages);

/** A driver's name and, where a scenario pins one, the release of its client. */
export interface DriverChoice {
  readonly name: DriverName;
  readonly version: string | null;
}

/** A choice as scenarios write it: `kafkajs`, `confluent@1.9.0`. */
export type DriverReference = DriverName | `${PackagedDriver}@${string}`;

/** The choice as it is written. */
export const referenceTo = ({ name, version }: DriverChoice): DriverReference =>
  version === null ? name : `${name as PackagedDriver}@${version}`;

/** The release that a reference names; null where it means what is installed. */
export function releaseOf(reference: DriverReference): Release | null {
  const [driver, version] = reference.split('@');
  return version === undefined ? null : { driver: driver as PackagedDriver, version };
}

/**
 * Loads a driver's module, on the release that is named or on the installed one.
 * @throws HarnessError `environment` where a native addon is missing, or a release was not fetched
 */
export async function loadDriver(reference: DriverReference): Promise<Driver> {
  const release = releaseOf(reference);
  if (release !== null) return loadRelease(release);
  const { driver } = await drivers[reference as DriverName]();
  return driver;
}
