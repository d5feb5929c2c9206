/** Knows who leads which partition, keeps one connection to each broker that is needed, and learns anew when leadership moves. */
import { setTimeout as pause } from 'node:timers/promises';
import { splitAddress } from '../../support/address.ts';
import { HarnessError } from '../../support/errors.ts';
import type { ClientOptions } from '../driver.ts';
import { publicMessageOf } from '../security.ts';
import { AuthenticationError, Connection, UnspokenVersionError } from './connection.ts';
import { fetchVersions } from './fetch-request.ts';
import { produceVersion } from './produce-frames.ts';
import {
  apiKeys,
  type BrokerAddress,
  type HostAddress,
  initProducerId,
  type Metadata,
  metadata,
  type ProducerId,
} from './protocol/apis.ts';
import { BrokerError, noError, remedyOf } from './protocol/errors.ts';

export interface ClusterViewOptions {
  readonly client: ClientOptions;
  readonly connectTimeoutMillis: number;
  readonly requestTimeoutMillis: number;
  readonly mostFrameBytes: number;
  /** Between two attempts to learn who leads. */
  readonly backoffMillis: number;
  /** How often opening tries again where no broker answers or a topic has no leader yet. */
  readonly retries: number;
  /** How old what is known may get. */
  readonly metadataMaxAgeMillis: number;
  /** Hears that leaders may have changed, or that a broker may be reached again. */
  readonly onRefreshed: () => void;
}

const noLeader = -1;

/** What this engine speaks, and a broker must. */
const spokenVersions = [
  ['Produce', apiKeys.produce, [produceVersion, produceVersion]],
  ['Fetch', apiKeys.fetch, fetchVersions],
  ['Metadata', 3, [7, 7]],
  ['ListOffsets', 2, [4, 4]],
] as const;

/** No more attempts than this while opening, whatever the client's setting of `retries`: a test that waits for ever shows nothing. */
const mostOpeningRetries = 5;
const mostIdentityRetries = 100;

export class ClusterView implements AsyncDisposable {
  readonly #options: ClusterViewOptions;
  #brokers = new Map<number, BrokerAddress>();
  /** By topic: the leader of each partition. */
  #leaders: number[][] = [];
  readonly #byNode = new Map<number, Connection>();
  readonly #opening = new Map<number, Promise<Connection>>();
  readonly #open = new Set<Connection>();
  #refreshing = false;
  #timer: NodeJS.Timeout | null = null;
  #isClosed = false;

  private constructor(options: ClusterViewOptions) {
    this.#options = options;
  }

  /** Learns the leaders of all topics. @throws HarnessError `environment` where no broker answers, or one refuses the client or lacks a topic */
  static async open(options: ClusterViewOptions): Promise<ClusterView> {
    const view = new ClusterView(options);
    try {
      await view.#learnPatiently();
    } catch (error) {
      await view[Symbol.asyncDispose]();
      throw error;
    }
    view.#refreshLater(options.metadataMaxAgeMillis);
    return view;
  }

  partitionsOf(topic: number): number {
    return this.#leaders[topic]?.length ?? 0;
  }

  /** The node that leads; −1 where none is known to. */
  leaderOf(topic: number, partition: number): number {
    return this.#leaders[topic]?.[partition] ?? noLeader;
  }

  /** The connection to a broker, opened if there is none. @throws Error where it cannot be opened */
  async connect(nodeId: number): Promise<Connection> {
    const standing = this.#byNode.get(nodeId);
    if (standing !== undefined) return standing;
    const known = this.#opening.get(nodeId);
    if (known !== undefined) return known;
    const opening = this.#connectTo(this.#brokers.get(nodeId));
    this.#opening.set(nodeId, opening);
    try {
      const connection = await opening;
      if (!connection.isClosed) this.#byNode.set(nodeId, connection);
      return connection;
    } finally {
      this.#opening.delete(nodeId);
    }
  }

  /** Any connection that stands, or can be opened. @throws Error where no broker can be reached */
  async anyConnection(): Promise<Connection> {
    for (const connection of this.#open) if (!connection.isClosed) return connection;
    return this.#reachAny(address => this.#connectTo(address));
  }

  /** Another connection, to that broker or to any, which the caller ends. @throws Error where it cannot be opened */
  async openApart(address?: HostAddress): Promise<Connection> {
    return address === undefined ? this.#reachAny(any => this.#openTo(any)) : this.#openTo(address);
  }

  /** An identity for an idempotent producer. A cluster's first one takes a while. @throws Error where the cluster gives none */
  async newProducerId(): Promise<ProducerId> {
    for (let attempt = 0; ; attempt++) {
      try {
        const connection = await this.anyConnection();
        return await connection.request(initProducerId());
      } catch (error) {
        if (!isPassing(error) || attempt >= mostIdentityRetries) throw error;
        await pause(this.#options.backoffMillis);
      }
    }
  }

  /** Learns soon who leads now, and says so; what is asked meanwhile is answered by the same attempt. */
  refreshSoon(): void {
    if (this.#refreshing || this.#isClosed) return;
    this.#refreshing = true;
    this.#refreshLater(this.#options.backoffMillis);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isClosed = true;
    if (this.#timer !== null) clearTimeout(this.#timer);
    for (const connection of this.#open) connection.destroy(new Error('the client was closed'));
  }

  #refreshLater(waitMillis: number): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.#refresh(), waitMillis);
    // while brokers are away, nothing else keeps the process from ending
    if (!this.#refreshing) this.#timer.unref();
  }

  async #refresh(): Promise<void> {
    this.#refreshing = true;
    try {
      this.#take(await this.#ask());
      this.#refreshing = false;
      if (this.#isClosed) return;
      this.#refreshLater(this.#options.metadataMaxAgeMillis);
    } catch {
      if (this.#isClosed) return;
      this.#refreshLater(this.#options.backoffMillis);
    }
    this.#options.onRefreshed();
  }

  async #ask(): Promise<Metadata> {
    const connection = await this.anyConnection();
    return connection.request(metadata(this.#options.client.topics));
  }

  /** Takes over what is known of leaders; of topics that the broker cannot name just now, what was known stays. */
  #take({ brokers, topics }: Metadata): void {
    this.#brokers = new Map(brokers.map(broker => [broker.nodeId, broker]));
    // the connection that asked is as good as another to the same broker
    for (const { nodeId, host, port } of brokers) {
      const standing = [...this.#open].find(({ address }) => address === `${host}:${port}`);
      if (standing !== undefined && !this.#byNode.has(nodeId)) this.#byNode.set(nodeId, standing);
    }
    this.#leaders = this.#options.client.topics.map((name, index) => {
      const topic = topics.find(candidate => candidate.name === name);
      if (topic === undefined || topic.code !== noError) return this.#leaders[index] ?? [];
      const leaders = Array.from({ length: topic.partitions.length }, () => noLeader);
      for (const { partition, leader } of topic.partitions) if (partition in leaders) leaders[partition] = leader;
      return leaders;
    });
  }

  async #learnPatiently(): Promise<void> {
    const { client, retries, backoffMillis } = this.#options;
    for (let attempt = 0; ; attempt++) {
      try {
        const learnt = await this.#ask();
        for (const { code, name } of learnt.topics) if (code !== noError) throw new BrokerError(code, name);
        this.#take(learnt);
        if (!this.#leaders.some(leaders => leaders.includes(noLeader))) return;
        throw new Error('a partition has no leader');
      } catch (cause) {
        const isFinal = cause instanceof AuthenticationError || (cause instanceof BrokerError && !isPassing(cause));
        if (isFinal || attempt >= Math.min(retries, mostOpeningRetries)) throw cannotOpen(client, cause);
        await pause(backoffMillis * (attempt + 1));
      }
    }
  }

  async #reachAny(open: (address: BrokerAddress) => Promise<Connection>): Promise<Connection> {
    let last: unknown = new Error('no broker is known');
    for (const address of [...this.#brokers.values(), ...this.#bootstrap()]) {
      try {
        return await open(address);
      } catch (error) {
        if (error instanceof AuthenticationError) throw error;
        last = error;
      }
    }
    throw last;
  }

  #forget(connection: Connection): void {
    this.#open.delete(connection);
    for (const [nodeId, standing] of this.#byNode) if (standing === connection) this.#byNode.delete(nodeId);
  }

  #bootstrap(): BrokerAddress[] {
    return this.#options.client.brokers.map(address => ({ nodeId: noLeader, ...splitAddress(address) }));
  }

  async #connectTo(broker: BrokerAddress | undefined): Promise<Connection> {
    if (broker === undefined) throw new Error('the broker is not known any more');
    const connection = await this.#openTo(broker);
    this.#open.add(connection);
    connection.onClosed = () => this.#forget(connection);
    if (this.#isClosed) connection.destroy(new Error('the client was closed'));
    return connection;
  }

  async #openTo({ host, port }: HostAddress): Promise<Connection> {
    if (this.#isClosed) throw new Error('the client was closed');
    const { client, connectTimeoutMillis, requestTimeoutMillis, mostFrameBytes } = this.#options;
    const { clientId, security } = client;
    const connection = await Connection.open({
      host,
      port,
      clientId,
      security,
      connectTimeoutMillis,
      requestTimeoutMillis,
      mostFrameBytes,
    });
    try {
      for (const [name, key, versions] of spokenVersions) connection.versionOf(name, key, versions);
    } catch (error) {
      connection.destroy(error as Error);
      throw error;
    }
    return connection;
  }
}

/** Whether to ask again may help. */
const isPassing = (error: unknown): boolean => error instanceof BrokerError && remedyOf(error.code) !== 'fatal';

/** The error of a client that could not be opened. */
export function cannotOpen({ brokers, topics, security }: ClientOptions, cause: unknown): HarnessError {
  const hint = hintFor(cause);
  const where = `${topics.join(', ')} at ${brokers.join(', ')}`;
  return new HarnessError(
    'environment',
    `wire cannot open a client for ${where}: ${publicMessageOf(cause, security)}`,
    {
      hint,
      cause,
    },
  );
}

function hintFor(cause: unknown): string {
  if (cause instanceof AuthenticationError)
    return 'Check the mechanism, the name and the password or token under cluster.security.';
  if (cause instanceof UnspokenVersionError) return 'Take a Kafka that has it, or another driver or group protocol.';
  return 'Check that the brokers run, that this host reaches them, and that the topics exist.';
}
