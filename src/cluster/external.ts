/** Finds the brokers of a cluster that is somebody else's, or says why they cannot be reached. */
import { setTimeout as pause } from 'node:timers/promises';
import { publicMessageOf } from '../drivers/security.ts';
import { HarnessError, messageOf } from '../support/errors.ts';
import type { Access } from './admin.ts';
import { type ClusterMembers, describeMembers } from './readiness.ts';
import { whyClosed } from './refusals.ts';
import { knock } from './sockets.ts';

const pausesMillis = [500, 1_000];
const knockMillis = 3_000;

const inWords: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'connection refused',
  ENOTFOUND: 'unknown host',
  EAI_AGAIN: 'the name could not be looked up',
  EHOSTUNREACH: 'no route to the host',
  ENETUNREACH: 'no route to the network',
  ETIMEDOUT: 'no answer',
};

/** Why a connection failed, for people; several addresses of one name fail with one code and no message. */
function reasonOf(error: unknown): string {
  return inWords[(error as NodeJS.ErrnoException).code ?? ''] ?? messageOf(error);
}

const hint = 'Check the addresses and that the brokers run; leave them out to have a local Kafka started.';

/** The first of the addresses that takes connections. */
async function untilReachable(brokers: readonly string[], signal: AbortSignal | undefined): Promise<string> {
  const startMillis = performance.now();
  let failures: unknown[] = [];
  for (const pauseMillis of [0, ...pausesMillis]) {
    await pause(pauseMillis, undefined, signal === undefined ? {} : { signal });
    try {
      return await Promise.any(brokers.map(async broker => knock(broker, knockMillis).then(() => broker)));
    } catch (error) {
      failures = (error as AggregateError).errors;
    }
  }
  const seconds = ((performance.now() - startMillis) / 1e3).toFixed(1);
  const reasons = [...new Set(failures.map(reasonOf))].join(', ');
  const tries = pausesMillis.length + 1;
  throw new HarnessError(
    'environment',
    `No broker at ${brokers.join(', ')} (${reasons} after ${tries} tries, ${seconds} s).`,
    {
      hint,
      cause: failures[0],
    },
  );
}

/** Asserts that every broker is where the cluster says: clients go there, whatever address they began with. */
async function requireReachable({ nodes }: ClusterMembers): Promise<void> {
  for (const { id, host, port } of nodes) {
    const address = `${host}:${port}`;
    try {
      await knock(address, knockMillis);
    } catch (cause) {
      throw new HarnessError(
        'environment',
        `Broker ${id} is to be reached at ${address}, as the cluster says, but cannot be (${reasonOf(cause)}).`,
        { hint: "Correct the broker's advertised.listeners: this host must be able to reach that address.", cause },
      );
    }
  }
}

/** The error of something that listens and says nothing that a client understands. */
function silent({ brokers: [reached], security }: Access, cause: unknown): HarnessError {
  const missing = security.sasl === null ? ' It may be one that demands SASL: set cluster.security.sasl.' : '';
  return new HarnessError(
    'environment',
    `What listens at ${reached} does not answer as a Kafka broker (${publicMessageOf(cause, security)}).`,
    { hint: `Check that this is a listener for clients.${missing}`, cause },
  );
}

/** Addresses of some brokers → the whole cluster. @throws HarnessError 'environment' where it does not answer within a bound */
export async function findExternalCluster(
  { brokers, security }: Access,
  signal?: AbortSignal,
): Promise<ClusterMembers> {
  const access: Access = { brokers: [await untilReachable(brokers, signal)], security };
  let members: ClusterMembers;
  try {
    members = await describeMembers(access);
  } catch (cause) {
    throw (await whyClosed(access, cause)) ?? silent(access, cause);
  }
  await requireReachable(members);
  return members;
}
