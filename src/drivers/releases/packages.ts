/** Says which npm package a driver stands for, and whether a release of it is the installed one. */
import { readFileSync } from 'node:fs';
import { findPackageJSON } from 'node:module';

/** The drivers whose client is a package: of these a release can be named. */
export const clientPackages = {
  kafkajs: 'kafkajs',
  confluent: '@confluentinc/kafka-javascript',
  platformatic: '@platformatic/kafka',
} as const;

export type PackagedDriver = keyof typeof clientPackages;

/** One release of a driver's client. */
export interface Release {
  readonly driver: PackagedDriver;
  /** Exact: `1.9.0`. */
  readonly version: string;
}

/** For people: `kafkajs 2.2.3`, `@confluentinc/kafka-javascript 1.9.0`. */
export const titleOf = ({ driver, version }: Release): string => `${clientPackages[driver]} ${version}`;

/** The version of the driver's package that a module at this place would import; undefined where there is none. */
export function versionSeenFrom(driver: PackagedDriver, place: string | URL): string | undefined {
  const name = clientPackages[driver];
  try {
    const file = findPackageJSON(name, place);
    return file === undefined ? undefined : (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version;
  } catch {
    return undefined;
  }
}

/** Whether the release is the one that is installed with Highwater: it is used where it is. */
export const isInstalled = ({ driver, version }: Release): boolean =>
  versionSeenFrom(driver, import.meta.url) === version;
