/** Opens a kafkajs client as the benchmark wants it: no Nagle, no idle timer, no log on the console. */
import { createRequire } from 'node:module';
import { connect, isIP, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { type ISocketFactory, Kafka, type KafkaConfig, logLevel } from 'kafkajs';
import type { ClientOptions } from '../driver.ts';

const keepAliveMillis = 60_000;

/** kafkajs leaves Nagle's algorithm on, which holds small requests back; every other client turns it off. */
export function socketFactory(onSocket: (socket: Socket) => void = () => undefined): ISocketFactory {
  return ({ host, port, ssl, onConnect }) => {
    const servername = isIP(host) ? {} : { servername: host };
    const socket = ssl
      ? connectTls({ host, port, ...servername, ...ssl }, onConnect)
      : connect({ host, port }, onConnect);
    socket.setKeepAlive(true, keepAliveMillis);
    socket.setNoDelay(true);
    onSocket(socket);
    return socket;
  };
}

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
  onSocket?: (socket: Socket) => void,
): Kafka {
  patchIdleTimer();
  return new Kafka({
    brokers: [...brokers],
    clientId,
    logLevel: logLevel.NOTHING,
    socketFactory: socketFactory(onSocket),
    ...settings,
  });
}

/** What the adapter does to kafkajs, for the result. */
export const adapted = { 'tcp.nodelay': true, 'idle.timer': 'patched' } as const;
