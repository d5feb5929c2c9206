/** Opens connections and what they lead to, and tells what comes over them. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import type { LinkFault } from '../../src/support/link-fault.ts';
import { splitAddress } from '../../src/support/address.ts';

/** A fault that does nothing but what is said. */
export const fault = (parts: Partial<LinkFault>): LinkFault => ({
  direction: 'both',
  latencyMicros: 0,
  jitterMicros: 0,
  bandwidthBytesPerSecond: null,
  cut: false,
  halfOpen: false,
  reset: false,
  ...parts,
});

/** Something that listens. */
export interface Place extends AsyncDisposable {
  readonly address: string;
  /** The connections that it has taken. */
  readonly taken: readonly Socket[];
}

/** Something that listens, and does so with each connection, until the end of the scope. */
export async function listening(onConnection: (socket: Socket) => void): Promise<Place> {
  const taken: Socket[] = [];
  const server: Server = createServer({ allowHalfOpen: true, noDelay: true }, socket => {
    taken.push(socket);
    socket.on('error', () => undefined);
    onConnection(socket);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    address: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    taken,
    async [Symbol.asyncDispose]() {
      server.close();
      for (const socket of taken) socket.destroy();
    },
  };
}

/** A connection that stands. @throws the system's reason where it is refused */
export async function connected(address: string): Promise<Socket> {
  const socket = connect({ ...splitAddress(address), allowHalfOpen: true, noDelay: true });
  await once(socket, 'connect');
  socket.on('error', () => undefined);
  return socket;
}

/** All that a socket says from now on, until so many bytes or its end. */
export function bytesOf(socket: Socket, least = Infinity): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const pieces: Buffer[] = [];
    let bytes = 0;
    const settle = (): void => {
      socket.off('data', take);
      resolve(Buffer.concat(pieces));
    };
    const take = (piece: Buffer): void => {
      pieces.push(piece);
      bytes += piece.length;
      if (bytes >= least) settle();
    };
    socket.on('data', take);
    socket.once('end', settle);
    socket.once('error', reject);
    socket.resume();
  });
}

/** How long an answer to one message takes. */
export async function roundTripMillis(socket: Socket, message = Buffer.from('hello')): Promise<number> {
  const before = performance.now();
  socket.write(message);
  assert.deepEqual(await bytesOf(socket, message.length), message);
  return performance.now() - before;
}

/** What ends a connection: `end` for one that is closed in order, else the system's word. */
export const endOf = (socket: Socket): Promise<string> =>
  new Promise(resolve => {
    socket.once('end', () => resolve('end'));
    socket.once('error', error => resolve((error as NodeJS.ErrnoException).code ?? error.message));
    socket.resume();
  });

/** Asserts that this does not come to pass within a time in which it would, were it under way. */
export async function staysAway(work: Promise<unknown>, millis = 150): Promise<void> {
  assert.equal(await Promise.race([work.then(() => 'came'), pause(millis, 'stays away')]), 'stays away');
}

/** Asserts that the system refuses a connection there. */
export const refused = (address: string): Promise<void> => assert.rejects(connected(address), { code: 'ECONNREFUSED' });
