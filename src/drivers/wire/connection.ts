/** One connection to one broker: TCP or TLS, authenticated, with many requests in flight. Answers come in the order of the requests. */
import { connect as connectTcp, isIP, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import type { ClientSecurity } from '../driver.ts';
import { tlsOptions } from '../security.ts';
import { type Api, apiVersions, saslAuthenticate, saslHandshake, type VersionRanges } from './protocol/apis.ts';
import { BrokerError, requireSuccess, unsupportedVersion } from './protocol/errors.ts';
import { Frames, type OnFrame } from './protocol/frames.ts';
import { MalformedFrameError, Reader } from './protocol/reader.ts';
import { Writer } from './protocol/writer.ts';
import { authenticate, mechanismName } from './sasl.ts';

export interface ConnectionOptions {
  readonly host: string;
  readonly port: number;
  readonly clientId: string;
  readonly security: ClientSecurity;
  readonly connectTimeoutMillis: number;
  /** How long an answer may take before the connection is given up. */
  readonly requestTimeoutMillis: number;
  /** The largest frame that is taken from the broker. */
  readonly mostFrameBytes: number;
}

/** A request that was written and is not answered. */
interface Pending {
  readonly correlationId: number;
  readonly sentMillis: number;
  readonly onFrame: OnFrame;
  /** Hears why no answer will come. */
  readonly onError: (error: Error) => void;
}

/** The broker does not let this client in: to try again is of no use. */
export class AuthenticationError extends Error {
  constructor(message: string, cause: unknown) {
    super(message, { cause });
    this.name = 'AuthenticationError';
  }
}

/** The broker lacks a request, or the version of it, that this engine speaks. */
export class UnspokenVersionError extends Error {
  constructor(message: string, cause?: unknown) {
    super(message, { cause });
    this.name = 'UnspokenVersionError';
  }
}

const readBufferBytes = 262_144;
const keepAliveMillis = 60_000;
/** Answered requests that stay in the list before it is cut. */
const mostAnswered = 64;

export class Connection {
  readonly address: string;
  /** Hears once of the end of the connection, after all requests in flight have. */
  onClosed: (error: Error) => void = () => undefined;
  readonly #options: ConnectionOptions;
  readonly #socket: Socket;
  readonly #frames: Frames;
  readonly #pending: Pending[] = [];
  /** The first of `#pending` that is not answered: to shift the array for every answer would copy it. */
  #firstPending = 0;
  #nextCorrelationId = 1;
  #versions: VersionRanges = new Map();
  #overdue: NodeJS.Timeout | null = null;
  #isClosed = false;

  private constructor(options: ConnectionOptions, socket: Socket) {
    this.#options = options;
    this.address = `${options.host}:${options.port}`;
    this.#frames = new Frames((bytes, start, end) => this.#answer(bytes, start, end), options.mostFrameBytes);
    this.#socket = socket;
  }

  /**
   * Connects, agrees on versions and authenticates.
   * @throws AuthenticationError where the broker refuses the client; any other Error where it cannot be reached or understood
   */
  static async open(options: ConnectionOptions): Promise<Connection> {
    const { promise: connected, resolve } = Promise.withResolvers<void>();
    let connection: Connection | undefined;
    const take = (bytes: Buffer): void => connection?.take(bytes);
    const socket = openSocket(options, { onConnect: resolve, onBytes: take });
    connection = new Connection(options, socket);
    const { promise: failed, reject } = Promise.withResolvers<never>();
    connection.onClosed = reject;
    socket.on('error', error => connection?.destroy(error));
    socket.on('close', () => connection?.destroy(new Error(`the connection to ${connection.address} was closed`)));
    const late = setTimeout(
      () =>
        connection?.destroy(
          new Error(`no connection to ${connection.address} within ${options.connectTimeoutMillis} ms`),
        ),
      options.connectTimeoutMillis,
    );
    try {
      await Promise.race([connected.then(() => connection?.greet()), failed]);
    } catch (error) {
      connection.destroy(error instanceof Error ? error : new Error(String(error)));
      throw error;
    } finally {
      clearTimeout(late);
    }
    connection.onClosed = () => undefined;
    return connection;
  }

  get isClosed(): boolean {
    return this.#isClosed;
  }

  /** The newest version of an API that both sides speak. @throws UnspokenVersionError where there is none */
  versionOf(name: string, key: number, [oldest, newest]: readonly [number, number]): number {
    const range = this.#versions.get(key);
    const version = Math.min(newest, range?.[1] ?? -1);
    if (range === undefined || version < oldest || version < range[0])
      throw new UnspokenVersionError(
        `the broker at ${this.address} speaks ${name} ${range === undefined ? 'not at all' : `v${range[0]} to v${range[1]}`}, this engine v${oldest} to v${newest}`,
      );
    return version;
  }

  /** Sends a request, and reads the answer. @throws what its reading throws, an Error where the connection ends */
  async request<T>(api: Api<T>): Promise<T> {
    const correlationId = this.nextCorrelationId();
    const header = new Writer()
      .int32(0)
      .int16(api.key)
      .int16(api.version)
      .int32(correlationId)
      .string(this.#options.clientId)
      .toBuffer();
    const frame = Buffer.concat([header, api.body]);
    frame.writeInt32BE(frame.length - 4, 0);
    const { promise, resolve, reject } = Promise.withResolvers<T>();
    const onFrame: OnFrame = (bytes, start, end) => {
      try {
        resolve(api.read(new Reader(bytes, start, end)));
      } catch (error) {
        reject(error as Error);
        if (error instanceof MalformedFrameError) throw error;
      }
    };
    this.send(correlationId, [frame], onFrame, reject);
    return promise;
  }

  nextCorrelationId(): number {
    const id = this.#nextCorrelationId;
    this.#nextCorrelationId = (id + 1) & 0x7fffffff;
    return id;
  }

  /** Writes a finished frame that carries that correlation id, in pieces that must stay as they are until the answer. */
  send(correlationId: number, pieces: readonly Buffer[], onFrame: OnFrame, onError: (error: Error) => void): void {
    if (this.#isClosed) {
      queueMicrotask(() => onError(new Error(`the connection to ${this.address} is closed`)));
      return;
    }
    this.#pending.push({ correlationId, sentMillis: performance.now(), onFrame, onError });
    if (this.#overdue === null) this.#watch(this.#options.requestTimeoutMillis);
    this.#write(pieces);
  }

  /** Writes a finished frame that the broker does not answer, in pieces that must stay as they are until it is `written`. */
  sendUnanswered(pieces: readonly Buffer[], written: (error: Error | null | undefined) => void): void {
    this.#write(pieces, written);
  }

  /** Settles when the broker has done with everything that was sent before: it answers in order. @throws Error where the connection ends first */
  async fence(): Promise<void> {
    await this.request(apiVersions(0));
  }

  /** Ends the connection; requests in flight hear of it. */
  destroy(error: Error): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    if (this.#overdue !== null) clearTimeout(this.#overdue);
    this.#socket.destroy();
    const unanswered = this.#pending.splice(this.#firstPending);
    for (const { onError } of unanswered) onError(error);
    this.onClosed(error);
  }

  /** Takes bytes from the socket. */
  take(bytes: Buffer): void {
    if (this.#isClosed) return;
    try {
      this.#frames.push(bytes);
    } catch (error) {
      this.destroy(error as Error);
    }
  }

  /** Agrees on versions and authenticates: the first that is said on a connection. */
  async greet(): Promise<void> {
    const newest = await this.request(apiVersions(3));
    const { code, ranges } = newest.code === unsupportedVersion ? await this.request(apiVersions(0)) : newest;
    requireSuccess(code);
    this.#versions = ranges;
    const { sasl } = this.#options.security;
    if (sasl === null) return;
    try {
      const name = mechanismName(sasl);
      const { code: handshake, mechanisms } = await this.request(saslHandshake(name));
      requireSuccess(handshake, `${name} is not among ${mechanisms.join(', ')}`);
      await authenticate(sasl, message => this.request(saslAuthenticate(message)));
    } catch (cause) {
      if (this.#isClosed && !(cause instanceof BrokerError)) throw cause;
      throw new AuthenticationError((cause as Error).message, cause);
    }
  }

  #write(pieces: readonly Buffer[], written?: (error: Error | null | undefined) => void): void {
    const last = pieces.length - 1;
    if (last === 0) {
      this.#socket.write(pieces[0] as Buffer, written);
      return;
    }
    this.#socket.cork();
    for (let i = 0; i < last; i++) this.#socket.write(pieces[i] as Buffer);
    this.#socket.write(pieces[last] as Buffer, written);
    this.#socket.uncork();
  }

  #answer(bytes: Buffer, start: number, end: number): void {
    if (this.#isClosed) return;
    const pending = this.#pending[this.#firstPending];
    const correlationId = bytes.readInt32BE(start);
    if (pending?.correlationId !== correlationId)
      throw new MalformedFrameError(`it answers request ${correlationId}, not ${pending?.correlationId ?? 'any'}`);
    this.#firstPending++;
    if (this.#firstPending === this.#pending.length || this.#firstPending === mostAnswered) {
      this.#pending.splice(0, this.#firstPending);
      this.#firstPending = 0;
    }
    try {
      pending.onFrame(bytes, start + 4, end);
    } catch (error) {
      pending.onError(error as Error);
      throw error;
    }
  }

  /** Looks, when an answer could be overdue, whether one is. */
  #watch(waitMillis: number): void {
    this.#overdue = setTimeout(() => {
      this.#overdue = null;
      const oldest = this.#pending[this.#firstPending];
      if (oldest === undefined) return;
      const leftMillis = oldest.sentMillis + this.#options.requestTimeoutMillis - performance.now();
      if (leftMillis > 0) this.#watch(leftMillis);
      else this.destroy(new Error(`no answer from ${this.address} within ${this.#options.requestTimeoutMillis} ms`));
    }, Math.ceil(waitMillis));
    this.#overdue.unref(); // the socket keeps the process alive
  }
}

/** A socket without Nagle's algorithm, whose bytes come in a buffer that is used again where the operating system's allow it. */
function openSocket(
  { host, port, security }: ConnectionOptions,
  { onConnect, onBytes }: { onConnect: () => void; onBytes: (bytes: Buffer) => void },
): Socket {
  const { tls } = security;
  const servername = isIP(host) ? {} : { servername: host };
  const socket =
    tls === null
      ? connectTcp(
          {
            host,
            port,
            onread: {
              buffer: Buffer.allocUnsafeSlow(readBufferBytes),
              callback(count, buffer) {
                onBytes((buffer as Buffer).subarray(0, count));
                return true;
              },
            },
          },
          onConnect,
        )
      : connectTls({ host, port, ...servername, ...tlsOptions(tls) }, onConnect).on('data', onBytes);
  socket.setNoDelay(true);
  socket.setKeepAlive(true, keepAliveMillis);
  return socket;
}
