/** One proxy: listens, opens a connection to its target for each that it takes, and lets a fault loose on them. */
import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { splitAddress } from '../../support/address.ts';
import { HarnessError } from '../../support/errors.ts';
import type { Random } from '../../support/random.ts';
import type { LinkFault } from '../../support/link-fault.ts';
import { type Filter, Pipe } from './pipe.ts';
import { resetSocket } from './reset-socket.ts';
import { type Hindrance, unhindered, Way } from './way.ts';

/** What reads along on one connection, in both directions. */
export interface Filters {
  readonly toBroker: Filter;
  readonly fromBroker: Filter;
}

export interface RouteParts {
  /** `host:port`; need not listen yet. */
  readonly target: string;
  /** Called for each connection; none: bytes pass as they are. */
  readonly openFilters: (() => Filters) | null;
  readonly onNonsense: (error: Error) => void;
  /** Of the jitter. */
  readonly random: Random;
}

/** How long the peer of a connection that is closed in order may take to close its half. */
const hangUpMillis = 500;

/** A port that is free during a cut may become somebody's for a moment, as the near end of a connection. */
const takenMillis = 2_000;
const takenPollMillis = 50;

/** What a fault does in one of the directions. */
const hindranceOf = (fault: LinkFault | null, direction: 'toBroker' | 'fromBroker'): Hindrance =>
  fault === null || (fault.direction !== 'both' && fault.direction !== direction)
    ? unhindered
    : {
        latencyMicros: fault.latencyMicros,
        jitterMicros: fault.jitterMicros,
        bandwidthBytesPerSecond: fault.bandwidthBytesPerSecond,
        isStalled: fault.halfOpen,
      };

export class Route {
  readonly port: number;
  readonly #parts: RouteParts;
  readonly #toBroker: Way;
  readonly #fromBroker: Way;
  readonly #connections = new Set<Connection>();
  #server: Server | null = null;

  constructor(port: number, parts: RouteParts) {
    this.port = port;
    this.#parts = parts;
    this.#toBroker = new Way(parts.random.fork('toBroker'));
    this.#fromBroker = new Way(parts.random.fork('fromBroker'));
  }

  /** Takes connections from now on. @throws Error where the port is taken */
  async listen(): Promise<void> {
    if (this.#server !== null) return;
    const server = createServer({ allowHalfOpen: true, noDelay: true }, client => this.#accept(client));
    server.listen({ port: this.port, host: '127.0.0.1', exclusive: true, backlog: 1_024 });
    await once(server, 'listening');
    this.#server = server;
  }

  /** Does to what passes what the fault says, from now on. @throws HarnessError 'environment' where the port was taken while it was cut */
  async set(fault: LinkFault | null): Promise<void> {
    if (fault?.reset) for (const connection of this.#connections) connection.reset();
    this.#toBroker.hinder(hindranceOf(fault, 'toBroker'));
    this.#fromBroker.hinder(hindranceOf(fault, 'fromBroker'));
    if (!fault?.cut) return this.#listenAgain();
    // its port is free at once, so that the system refuses whoever comes; the server's own end is that of its last connection
    this.#server?.close();
    this.#server = null;
    for (const connection of this.#connections) connection.hangUp();
  }

  async #listenAgain(): Promise<void> {
    const deadline = performance.now() + takenMillis;
    for (;;) {
      try {
        return await this.listen();
      } catch (cause) {
        if ((cause as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw cause;
        if (performance.now() > deadline) {
          throw new HarnessError(
            'environment',
            `The link cannot carry again: another process took port ${this.port} during the cut.`,
            { hint: 'Run it again; end what opens many connections on this host.', cause },
          );
        }
        await wait(takenPollMillis);
      }
    }
  }

  #accept(client: Socket): void {
    const server = connect({ ...splitAddress(this.#parts.target), allowHalfOpen: true, noDelay: true });
    const filters = this.#parts.openFilters?.() ?? { toBroker: null, fromBroker: null };
    const onNonsense = (error: Error): void => {
      connection.reset();
      this.#parts.onNonsense(error);
    };
    const pipes = [
      new Pipe({ from: client, to: server, way: this.#toBroker, filter: filters.toBroker, onNonsense }),
      new Pipe({ from: server, to: client, way: this.#fromBroker, filter: filters.fromBroker, onNonsense }),
    ];
    const connection = new Connection([client, server], pipes, () => this.#connections.delete(connection));
    this.#connections.add(connection);
  }
}

/** A client's connection and the one to the broker that goes with it. */
class Connection {
  readonly #sockets: readonly Socket[];
  readonly #pipes: readonly Pipe[];
  readonly #onClosed: () => void;
  #isForgotten = false;

  constructor(sockets: readonly Socket[], pipes: readonly Pipe[], onClosed: () => void) {
    this.#sockets = sockets;
    this.#pipes = pipes;
    this.#onClosed = onClosed;
    for (const socket of sockets) {
      socket.on('close', () => {
        if (sockets.every(each => each.destroyed)) this.#forget();
      });
    }
  }

  /** Resets both at once. */
  reset(): void {
    this.#forget();
    for (const socket of this.#sockets) resetSocket(socket);
  }

  /** Closes both in order: what is under way is lost, and a peer that does not close its half is left after a while. */
  hangUp(): void {
    this.#forget();
    for (const socket of this.#sockets) {
      if (socket.connecting) {
        socket.destroy();
        continue;
      }
      socket.end();
      socket.resume(); // bytes that nobody has read would turn the end into a reset
      const late = setTimeout(() => socket.destroy(), hangUpMillis);
      socket.once('close', () => clearTimeout(late));
    }
  }

  #forget(): void {
    if (this.#isForgotten) return;
    this.#isForgotten = true;
    for (const pipe of this.#pipes) pipe.close();
    this.#onClosed();
  }
}
