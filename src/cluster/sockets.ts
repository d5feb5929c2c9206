/** Opens plain connections to addresses, as programs that speak no Kafka do: to see whether somebody listens, and how. */
import { connect, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import type { ClientTls } from '../drivers/driver.ts';
import { tlsOptions } from '../drivers/security.ts';
import { splitAddress } from '../support/address.ts';

/** Begins to connect, with TLS where it is given; `ready` is called once bytes may be written. */
export function openSocket(address: string, tls: ClientTls | null, ready: () => void): Socket {
  const place = splitAddress(address);
  return tls === null ? connect(place, ready) : connectTls({ ...place, ...tlsOptions(tls) }, ready);
}

const connectMillis = 1_000;

function untilOpen(open: (ready: () => void) => Socket, timeoutMillis: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = open(() => {
      socket.destroy();
      resolve();
    });
    socket.setTimeout(timeoutMillis, () => socket.destroy(new Error(`no answer within ${timeoutMillis / 1e3} s`)));
    socket.once('error', reject);
    socket.once('close', () => reject(new Error('the connection was closed')));
  });
}

/** Settles when a TCP connection stands; rejects with the system's reason. */
export const knock = (address: string, timeoutMillis = connectMillis): Promise<void> =>
  untilOpen(ready => openSocket(address, null, ready), timeoutMillis);

/** Whether what listens there speaks TLS, with whatever certificate. */
export const speaksTls = (address: string, timeoutMillis = connectMillis): Promise<boolean> =>
  untilOpen(ready => connectTls({ ...splitAddress(address), rejectUnauthorized: false }, ready), timeoutMillis).then(
    () => true,
    () => false,
  );
