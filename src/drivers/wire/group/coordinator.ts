/** Speaks to the broker that keeps a group, on a connection of its own: a broker answers in order, and fetches take their time. */
import { setTimeout as pause } from 'node:timers/promises';
import type { ClusterView } from '../cluster-view.ts';
import { AuthenticationError, type Connection, UnspokenVersionError } from '../connection.ts';
import type { Api } from '../protocol/apis.ts';
import { BrokerError, remedyOf } from '../protocol/errors.ts';
import { findCoordinator, groupApis } from '../protocol/groups.ts';
import { MalformedFrameError } from '../protocol/reader.ts';

/** How long somebody goes on asking. */
export interface Patience {
  /** Between two attempts. */
  readonly backoffMillis: number;
  readonly mostMillis: number;
  /** Whether the answer is of use to nobody any more. */
  readonly isOver: () => boolean;
}

export class GroupCoordinator {
  readonly #view: ClusterView;
  readonly #groupId: string;
  #connection: Connection | null = null;
  #connecting: Promise<Connection> | null = null;
  #isClosed = false;

  constructor(view: ClusterView, groupId: string) {
    this.#view = view;
    this.#groupId = groupId;
  }

  /**
   * Asks the group's broker, once it is found. Where that does not keep the group any more, or is gone, the next question finds another.
   * @throws BrokerError where the broker says no; any other Error where none can be asked
   */
  async ask<T>(apiOn: (connection: Connection) => Api<T>): Promise<T> {
    const connection = await this.#connect();
    try {
      return await connection.request(apiOn(connection));
    } catch (error) {
      if (error instanceof BrokerError && remedyOf(error.code) === 'coordinator') this.#leave(connection);
      throw error;
    }
  }

  /** Asks until there is an answer, as long as that may help. @throws Error the last one */
  async askPatiently<T>(apiOn: (connection: Connection) => Api<T>, patience: Patience): Promise<T> {
    const until = performance.now() + patience.mostMillis;
    for (;;) {
      try {
        return await this.ask(apiOn);
      } catch (error) {
        if (this.#isClosed || patience.isOver() || !isPassing(error) || performance.now() > until) throw error;
        await pause(patience.backoffMillis);
        if (patience.isOver()) throw error;
      }
    }
  }

  close(): void {
    this.#isClosed = true;
    this.#connection?.destroy(new Error('the member was closed'));
  }

  async #connect(): Promise<Connection> {
    if (this.#connection?.isClosed === false) return this.#connection;
    this.#connecting ??= this.#find();
    try {
      this.#connection = await this.#connecting;
      if (this.#isClosed) this.close();
      return this.#connection;
    } finally {
      this.#connecting = null;
    }
  }

  /** Any broker knows where the group is kept. */
  async #find(): Promise<Connection> {
    if (this.#isClosed) throw new Error('the member was closed');
    const asked = await this.#view.openApart();
    let connection = asked;
    try {
      asked.versionOf(...groupApis.findCoordinator);
      const address = await asked.request(findCoordinator(this.#groupId));
      if (`${address.host}:${address.port}` !== asked.address) {
        asked.destroy(new Error('another broker keeps the group'));
        connection = await this.#view.openApart(address);
      }
      for (const [name, key, versions] of Object.values(groupApis)) connection.versionOf(name, key, versions);
      return connection;
    } catch (error) {
      connection.destroy(error as Error);
      throw error;
    }
  }

  #leave(connection: Connection): void {
    connection.destroy(new Error('the broker does not keep the group'));
  }
}

/** Whether to ask again may help. */
export function isPassing(error: unknown): boolean {
  if (error instanceof BrokerError) return ['retry', 'refresh', 'coordinator'].includes(remedyOf(error.code));
  return ![UnspokenVersionError, AuthenticationError, MalformedFrameError].some(kind => error instanceof kind);
}
