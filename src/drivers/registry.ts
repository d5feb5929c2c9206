/** Lists the drivers. Loading is lazy: a missing native addon hurts only its own driver. */
import { keysOf } from '../support/registry.ts';
import type { Driver } from './driver.ts';

export const drivers = {
  kafkajs: () => import('./kafkajs.ts'),
  confluent: () => import('./confluent.ts'),
  platformatic: () => import('./platformatic.ts'),
  wire: () => import('./wire.ts'),
  simulated: () => import('./simulated.ts'),
} satisfies Record<string, () => Promise<{ driver: Driver }>>;

export type DriverName = keyof typeof drivers;

export const driverNames = keysOf(drivers);

/** Loads a driver's module. */
export async function loadDriver(name: DriverName): Promise<Driver> {
  const { driver } = await drivers[name]();
  return driver;
}
