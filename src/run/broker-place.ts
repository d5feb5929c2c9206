/** Says where a trial's brokers work: beside the generator, on other hosts, or in its own threads. */
import { hostname, networkInterfaces } from 'node:os';
import { splitAddress } from '../support/address.ts';
import type { Ground } from './ground.ts';
import type { GeneratorMeasurement } from './measurement.ts';
import type { Pacing } from './pump.ts';

/**
 * Where brokers work that are listed so: `host:port`. Where `brokers` are proxies before them, `brokersAt` lists them. Of names other than
 * this host's own it is assumed that they are elsewhere.
 */
export function whereBrokersAre(
  { simulatedBroker, brokers, brokersAt = brokers }: Pick<Ground, 'simulatedBroker' | 'brokers' | 'brokersAt'>,
  pacing: Pacing,
): GeneratorMeasurement['brokers'] {
  if (simulatedBroker !== undefined) return 'simulated';
  if (pacing === 'nap') return 'here';
  const own = new Set(Object.values(networkInterfaces()).flatMap(of => of?.map(({ address }) => address) ?? []));
  const isHere = (broker: string): boolean => {
    const { host } = splitAddress(broker);
    return host === 'localhost' || host === hostname() || host.startsWith('127.') || own.has(host);
  };
  return brokersAt.some(isHere) ? 'here' : 'elsewhere';
}
