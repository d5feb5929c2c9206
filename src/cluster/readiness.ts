/** Waits until the brokers of a cluster serve, by asking them. */
import { setTimeout as pause } from 'node:timers/promises';
import { publicMessageOf } from '../drivers/security.ts';
import { HarnessError } from '../support/errors.ts';
import { type Access, impatient, withAdmin } from './admin.ts';
import { refusalOf } from './refusals.ts';
import { knock } from './sockets.ts';

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
export function describeMembers(access: Access): Promise<ClusterMembers> {
  return withAdmin(
    access,
    async admin => {
      const { clusterId, brokers: found } = await admin.describeCluster();
      const nodes = found.map(({ nodeId, host, port }) => ({ id: nodeId, host, port }));
      return { clusterId, nodes: nodes.toSorted((a, b) => a.id - b.id) };
    },
    impatient,
  );
}

const pollMillis = 40;
/** What waiting for brokers depends on. */
export interface WaitOptions {
  readonly timeoutMillis: number;
  readonly signal: AbortSignal | undefined;
}

/** Brokers that have just started may not have read yet whom they know: for so long a refusal is not their last word. */
const settlingMillis = 5_000;

/**
 * Waits until one broker sees all of them. Asks through plain connections first, which cost next to nothing while the
 * brokers start.
 * @throws HarnessError 'environment' when they do not within the bound, or do not let this client in; the signal's reason when
 * it is aborted
 */
export async function untilServing(access: Access, { timeoutMillis, signal }: WaitOptions): Promise<ClusterMembers> {
  const { brokers } = access;
  const deadline = performance.now() + timeoutMillis;
  let refusedSince = Infinity;
  for (;;) {
    signal?.throwIfAborted();
    const found = await whoServes(access);
    if ('members' in found) return found.members;
    const { reason, refusal } = found;
    refusedSince = refusal === undefined ? Infinity : Math.min(refusedSince, performance.now());
    if (refusal !== undefined && performance.now() - refusedSince > settlingMillis) throw refusal;
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

/** All brokers, or why they are not there, or not for this client. */
type Found =
  | { readonly members: ClusterMembers }
  | { readonly reason: string; readonly refusal: HarnessError | undefined };

async function whoServes(access: Access): Promise<Found> {
  try {
    await Promise.all(access.brokers.map(broker => knock(broker)));
    const members = await describeMembers(access);
    if (members.nodes.length >= access.brokers.length) return { members };
    return { reason: `${members.nodes.length} of them joined`, refusal: undefined };
  } catch (error) {
    return { reason: publicMessageOf(error, access.security), refusal: refusalOf(access, error) };
  }
}
