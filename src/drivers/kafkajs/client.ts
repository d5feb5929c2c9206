/** Opens a kafkajs client as the benchmark wants it: no Nagle, no idle timer, no log on the console. */
import { createRequire } from 'node:module';
import { Kafka, type KafkaConfig, logLevel } from 'kafkajs';
import { HarnessError, messageOf } from '../../support/errors.ts';
import type { ClientOptions } from '../driver.ts';
import { Connections } from './connections.ts';

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
  const { prototype } = createRequire(import.meta.url)('kafkajs/src/network/requestQueue') as {
    prototype: RequestQueue;
  };
  const schedule = prototype.scheduleCheckPendingRequests;
  prototype.scheduleCheckPendingRequests = function scheduleIfNeeded(this: RequestQueue): void {
    if (this.pending.length > 0 || this.throttledUntil > Date.now()) schedule.call(this);
  };
}

/** A client that says nothing by itself: its errors come back through promises. */
export function openKafka(
  { brokers, clientId }: Pick<ClientOptions, 'brokers' | 'clientId'>,
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
    ...settings,
  });
}

/** The error of a client that could not be opened. */
export const cannotOpen = (what: string, { brokers, topics }: ClientOptions, cause: unknown): HarnessError =>
  new HarnessError(
    'environment',
    `kafkajs cannot open a ${what} for ${topics.join(', ')} at ${brokers.join(', ')}: ${messageOf(cause)}`,
    { hint: 'Check that the brokers run, that this host reaches them, and that the topics exist.', cause },
  );

/** What the adapter does to kafkajs, for the result. */
export const adapted = { 'tcp.nodelay': true, 'idle.timer': 'patched' } as const;
