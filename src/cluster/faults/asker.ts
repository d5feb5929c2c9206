/** Asks the nodes of a cluster of which some may be away: over one lasting connection to each, with short patience. */
import { setTimeout as wait } from 'node:timers/promises';
import type { ClientSecurity } from '../../drivers/driver.ts';
import { Connection } from '../../drivers/wire/connection.ts';
import type { Api } from '../../drivers/wire/protocol/apis.ts';
import { splitAddress } from '../../support/address.ts';

/** Where nodes are asked, and how. */
export interface AskerOptions {
  /** By id: `host:port`. */
  readonly addresses: ReadonlyMap<number, string>;
  readonly security: ClientSecurity;
  /** Nodes that are known not to answer just now: they are not asked as long as there are others. */
  readonly isSilent: (node: number) => boolean;
}

const patienceMillis = 1_000;
/** A node that has not answered for so long may not answer at all: the next one is asked too. */
const hedgeMillis = 200;
const mostFrameBytes = 64 * 2 ** 20;

const none = Symbol('no answer yet');

export class Asker implements Disposable {
  readonly #options: AskerOptions;
  readonly #connections = new Map<number, Promise<Connection>>();
  /** In the order in which they are asked: who has failed to answer may know less than the others, and comes last. */
  #line: number[];
  #isClosed = false;

  constructor(options: AskerOptions) {
    this.#options = options;
    this.#line = [...options.addresses.keys()];
  }

  /** The nodes that may answer: all of them where none is expected to. */
  get answering(): readonly number[] {
    const answering = this.#line.filter(node => !this.#options.isSilent(node));
    return answering.length === 0 ? this.#line : answering;
  }

  knows(node: number): boolean {
    return this.#options.addresses.has(node);
  }

  /** Asks one node. @throws Error where it does not answer within a second */
  async ask<T>(node: number, api: Api<T>): Promise<T> {
    try {
      const connection = await this.#connect(node);
      return await connection.request(api);
    } catch (error) {
      this.putLast(node);
      throw error;
    }
  }

  /** Asks one node after the other until one answers. @throws AggregateError where none does */
  async askAny<T>(api: Api<T>): Promise<T> {
    const answers: Promise<T>[] = [];
    for (const node of this.answering) {
      const answer = this.ask(node, api);
      answers.push(answer);
      const failed = answer.then(
        () => new Promise<never>(() => {}),
        () => none,
      );
      const first = Promise.any(answers).catch(() => none);
      const found = await Promise.race([first, failed, wait(hedgeMillis, none)]);
      if (typeof found !== 'symbol') return found as T;
    }
    return Promise.any(answers);
  }

  /** What a node knows may be old, for it was away: others are asked first. */
  putLast(node: number): void {
    this.#line = [...this.#line.filter(other => other !== node), node];
  }

  [Symbol.dispose](): void {
    this.#isClosed = true;
    for (const connecting of this.#connections.values()) {
      void connecting.then(
        connection => connection.destroy(new Error('nothing more is asked')),
        () => {},
      );
    }
  }

  #connect(node: number): Promise<Connection> {
    if (this.#isClosed) throw new Error('nothing more is asked');
    const standing = this.#connections.get(node);
    if (standing !== undefined) return standing;
    const connecting = this.#open(node);
    this.#connections.set(node, connecting);
    return connecting;
  }

  async #open(node: number): Promise<Connection> {
    const forget = (): void => void this.#connections.delete(node);
    try {
      const connection = await Connection.open({
        ...splitAddress(this.#options.addresses.get(node) ?? ''),
        clientId: 'highwater-faults',
        security: this.#options.security,
        connectTimeoutMillis: patienceMillis,
        requestTimeoutMillis: patienceMillis,
        mostFrameBytes,
      });
      connection.onClosed = forget;
      return connection;
    } catch (error) {
      forget();
      throw error;
    }
  }
}
