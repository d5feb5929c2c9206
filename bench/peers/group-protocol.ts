/** Chooses how the consumer of a driver gets its partitions. */
import type { loadDriver } from '../../src/index.ts';

type Driver = Awaited<ReturnType<typeof loadDriver>>;

/** A plain group, where the driver has one; else what it has. */
export function groupProtocolOf({ capabilities: { groupProtocols } }: Driver) {
  const protocol = groupProtocols.find(name => name === 'classic') ?? groupProtocols[0];
  if (protocol === undefined) throw new Error('the driver has no consumers');
  return protocol;
}
