/** Waits until the brokers of a cluster serve, by asking them. */
import { connect } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { HarnessError, messageOf } from '../support/errors.ts';
import { impatient, withAdmin } from './admin.ts';

/** What a cluster says of itself. */
export interface ClusterMembers {
  readonly clusterId: string;
  readonly nodes: readonly ClusterNode[];
}

/** A broker as clients see it. */
export interface ClusterNode {
  readonly id: number;
  readonly host: string;
  readonly port: number;
}

/** Asks a cluster, once, who belongs to it. */
export function describeMembers(brokers: readonly string[]): Promise<ClusterMembers> {
  return withAdmin(
    brokers,
    async admin => {
      const { clusterId, brokers: found } = await admin.describeCluster();
      const nodes = found.map(({ nodeId, host, port }) => ({ id: nodeId, host, port }));
      return { clusterId, nodes: nodes.toSorted((a, b) => a.id - b.id) };
    },
    impatient,
  );
}

const pollMillis = 40;
const connectMillis = 1_000;

/** `127.0.0.1:9092`, `[::1]:9092` → its two parts. */
export function splitAddress(address: string): { host: string; port: number } {
  const colon = address.lastIndexOf(':');
  return { host: address.slice(0, colon).replace(/^\[(.*)\]$/, '$1'), port: Number(address.slice(colon + 1)) };
}

/** Settles when a TCP connection stands; rejects with the system's reason. */
export function knock(address: string, timeoutMillis = connectMillis): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect(splitAddress(address));
    socket.setTimeout(timeoutMillis, () => socket.destroy(new Error(`no answer within ${timeoutMillis / 1e3} s`)));
    socket.once('connect', () => {
      socket.destroy();
      resolve();
    });
    socket.once('error', reject);
  });
}

/** What waiting for brokers depends on. */
export interface WaitOptions {
  readonly timeoutMillis: number;
  readonly signal: AbortSignal | undefined;
}

/**
 * Waits until one broker sees all of them. Asks through plain connections first, which cost next to nothing while the
 * brokers start.
 * @throws HarnessError 'environment' when they do not within the bound; the signal's reason when it is aborted
 */
export async function untilServing(
  brokers: readonly string[],
  { timeoutMillis, signal }: WaitOptions,
): Promise<ClusterMembers> {
  const deadline = performance.now() + timeoutMillis;
  for (;;) {
    signal?.throwIfAborted();
    const reason = await Promise.all(brokers.map(broker => knock(broker)))
      .then(() => describeMembers(brokers))
      .then(
        members => (members.nodes.length >= brokers.length ? members : `${members.nodes.length} of them joined`),
        messageOf,
      );
    if (typeof reason !== 'string') return reason;
    if (performance.now() > deadline) {
      throw new HarnessError(
        'environment',
        `The brokers at ${brokers.join(', ')} did not serve within ${timeoutMillis / 1e3} s (${reason}).`,
        { hint: 'A busy host needs longer: end what else runs there, and start again.' },
      );
    }
    await pause(pollMillis);
  }
}
