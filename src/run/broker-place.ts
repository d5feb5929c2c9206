/** Says where a trial's brokers work: beside the generator, on other hosts, or in its own threads. */
import { hostname, networkInterfaces } from 'node:os';
import { splitAddress } from '../support/address.ts';
import type { GeneratorMeasurement } from './measurement.ts';
import type { Pacing } from './pump.ts';

/** Where brokers work that are listed so: `host:port`. Of names other than this host's own it is assumed that they are elsewhere. */
export function whereBrokersAre(
  { simulatedBroker, brokers }: { readonly simulatedBroker: unknown; readonly brokers: readonly string[] },
  pacing: Pacing,
): GeneratorMeasurement['brokers'] {
  if (simulatedBroker !== undefined) return 'simulated';
  if (pacing === 'nap') return 'here';
  const own = new Set(Object.values(networkInterfaces()).flatMap(of => of?.map(({ address }) => address) ?? []));
  const isHere = (broker: string): boolean => {
    const { host } = splitAddress(broker);
    return host === 'localhost' || host === hostname() || host.startsWith('127.') || own.has(host);
  };
  return brokers.some(isHere) ? 'here' : 'elsewhere';
}
