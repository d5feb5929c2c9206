/** Which client library runs a side: `kafkajs`, or with a version `confluent@1.9.0`. */
import { z } from 'zod';
import { driverNames, type DriverName as KnownDriver } from '../../drivers/registry.ts';

/** Drivers that stand for an npm package, so that a release can be named. */
const packagedDrivers = driverNames.filter(name => name !== 'wire' && name !== 'simulated');

const versioned = new RegExp(`^(${packagedDrivers.join('|')})@(\\d+\\.\\d+\\.\\d+(?:-[0-9A-Za-z.-]+)?)$`);

/** A driver's name and, where the scenario pins one, the release. */
export interface DriverChoice {
  readonly name: KnownDriver;
  readonly version: string | null;
}

function toChoice(written: string): DriverChoice {
  const [name, version = null] = written.split('@');
  return { name: name as DriverChoice['name'], version };
}

export const DriverName = z
  .union([z.enum(driverNames), z.string().regex(versioned, { abort: true })])
  .transform(toChoice);
