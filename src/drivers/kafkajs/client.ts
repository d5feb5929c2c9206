/** Opens a kafkajs client as the benchmark wants it: no Nagle, no idle timer, no log on the console. */
import { createRequire } from 'node:module';
import { Kafka, type KafkaConfig, logLevel, type Mechanism, type SASLOptions } from 'kafkajs';
import { HarnessError } from '../../support/errors.ts';
import type { ClientOptions, ClientSasl } from '../driver.ts';
import { publicMessageOf, tlsOptions } from '../security.ts';
import { Connections } from './connections.ts';
import { oauthBearer } from './oauth-bearer.ts';

interface RequestQueue {
  readonly pending: readonly unknown[];
  readonly throttledUntil: number;
  scheduleCheckPendingRequests: (this: RequestQueue) => void;
}

let isPatched = false;

/**
 * After its first response every connection of kafkajs 2.2.4 re-arms a 1 ms timer for ever, also when nothing is pending
 * (tulios/kafkajs#1751): a thousand wake-ups a second per connection, which are not the load's. Here it sleeps when it may.
 */
function patchIdleTimer(): void {
  if (isPatched) return;
  isPatched = true;
  const { prototype } = createRequire(import.meta.resolve('kafkajs'))('kafkajs/src/network/requestQueue') as {
    prototype: RequestQueue;
  };
  const schedule = prototype.scheduleCheckPendingRequests;
  prototype.scheduleCheckPendingRequests = function scheduleIfNeeded(this: RequestQueue): void {
    if (this.pending.length > 0 || this.throttledUntil > Date.now()) schedule.call(this);
  };
}

const saslOptions = (sasl: ClientSasl): SASLOptions | Mechanism =>
  sasl.mechanism === 'oauthbearer' ? oauthBearer(sasl.token) : ({ ...sasl } as SASLOptions);

/** A client that says nothing by itself: its errors come back through promises. */
export function openKafka(
  { brokers, clientId, security: { tls, sasl } }: Pick<ClientOptions, 'brokers' | 'clientId' | 'security'>,
  settings: Partial<KafkaConfig>,
  connections = new Connections(),
): Kafka {
  patchIdleTimer();
  return new Kafka({
    // kafkajs asks for every attempt to connect anew, and gives up at once where there are none
    brokers: async () => (connections.isClosed ? [] : [...brokers]),
    clientId,
    logLevel: logLevel.NOTHING,
    socketFactory: connections.open,
    ...(tls === null ? {} : { ssl: tlsOptions(tls) }),
    ...(sasl === null ? {} : { sasl: saslOptions(sasl) }),
    ...settings,
  });
}

/** The error of a client that could not be opened. */
export const cannotOpen = (what: string, { brokers, topics, security }: ClientOptions, cause: unknown): HarnessError =>
  new HarnessError(
    'environment',
    `kafkajs cannot open a ${what} for ${topics.join(', ')} at ${brokers.join(', ')}: ${publicMessageOf(cause, security)}`,
    { hint: 'Check that the brokers run, that this host reaches them, and that the topics exist.', cause },
  );

/** What the adapter does to kafkajs, for the result. */
export const adapted = { 'tcp.nodelay': true, 'idle.timer': 'patched' } as const;
