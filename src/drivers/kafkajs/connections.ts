/** Keeps an eye on the sockets of one kafkajs client, which counts as sent what it has not written, and does not always close. */
import { once } from 'node:events';
import { connect, isIP, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import type { ISocketFactory } from 'kafkajs';
import { noLongerThan } from '../../support/wait.ts';

const keepAliveMillis = 60_000;

/** How long closing waits for answers, and then for brokers to take what was written and close their end. */
const answerMillis = 2_000;
const endMillis = 1_000;

/** kafkajs leaves Nagle's algorithm on, which holds small requests back; every other client turns it off. */
const openSocket: ISocketFactory = ({ host, port, ssl, onConnect }) => {
  const servername = isIP(host) ? {} : { servername: host };
  const socket = ssl
    ? connectTls({ host, port, ...servername, ...ssl }, onConnect)
    : connect({ host, port }, onConnect);
  socket.setKeepAlive(true, keepAliveMillis);
  socket.setNoDelay(true);
  return socket;
};

export class Connections {
  readonly #sockets = new Set<Socket>();
  #isClosed = false;

  get isClosed(): boolean {
    return this.#isClosed;
  }

  /** Opens a socket for kafkajs. Throws once the client was closed: kafkajs would go on with its attempts. */
  readonly open: ISocketFactory = parameters => {
    if (this.#isClosed) throw new Error('the client was closed');
    const socket = openSocket(parameters);
    this.#sockets.add(socket);
    socket.once('close', () => this.#sockets.delete(socket));
    return socket;
  };

  /** Settles when the operating system has all that was written so far; rejects where a connection broke before. */
  async untilWritten(): Promise<void> {
    await Promise.all([...this.#sockets].map(untilFlushed));
  }

  /**
   * Lets kafkajs disconnect, and then sees to it that it has: left alone, it waits for every answer until the request
   * time-out, and goes on with the attempts that it had begun.
   */
  async close(disconnect: () => Promise<void>, longerMillis = 0): Promise<void> {
    await noLongerThan(answerMillis + longerMillis, disconnect());
    this.#isClosed = true;
    // a broker closes its end when it has done with all that came: then also its end offsets count what was sent with acks 0
    const ending = [...this.#sockets].filter(({ writableEnded }) => writableEnded);
    await noLongerThan(endMillis, Promise.all(ending.map(socket => once(socket, 'close'))));
    for (const socket of this.#sockets) socket.destroy(new Error('the client was closed'));
  }
}

/** Settles when a socket has written everything: an empty write is done when those before it are. */
const untilFlushed = async (socket: Socket): Promise<void> => {
  if (socket.writableLength === 0) return;
  await new Promise<void>((resolve, reject) => socket.write('', error => (error ? reject(error) : resolve())));
};
