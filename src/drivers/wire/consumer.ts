/** A group's member on Highwater's own protocol engine: it reads the partitions that fall to its number, without a group at the broker. */
import { nowMicros } from '../../support/clock.ts';
import type { ConsumerConnection, ConsumerEvents, ConsumerOptions, EffectiveSettings } from '../driver.ts';
import { cannotOpen, ClusterView } from './cluster-view.ts';
import { consumerDefaults, settingsOf } from './config.ts';
import type { Connection } from './connection.ts';
import { fetchFrame, fetchVersions } from './fetch-request.ts';
import { type FetchedRegion, readFetchResponse } from './fetch-response.ts';
import { locate } from './offsets.ts';
import { apiKeys } from './protocol/apis.ts';
import { BrokerError, noError, offsetOutOfRange, remedyOf } from './protocol/errors.ts';
import { MalformedFrameError, Reader } from './protocol/reader.ts';
import { RecordDelivery } from './record-delivery.ts';
import { RecordView } from './record-view.ts';

/** A batch that is larger than what was asked for comes whole, and with it what stands around it. */
const frameSlackBytes = 2 ** 27;

/** A partition that the member reads. */
interface Position {
  readonly topic: number;
  readonly partition: number;
  /** From where on it is to be fetched; −1 while that is not known. */
  offset: number;
  /** Not asked for before this instant: the last answer asked for patience. */
  notBeforeMicros: number;
  /** The broker has answered a fetch. */
  isReady: boolean;
}

/** The fetches from one broker: one at a time. */
interface Fetcher {
  isFetching: boolean;
  isConnecting: boolean;
}

/** Finds its partitions and where each begins; `ready` settles once every one of them was fetched from. @throws HarnessError `environment` */
export async function openConsumer(options: ConsumerOptions, events: ConsumerEvents): Promise<ConsumerConnection> {
  const settings = settingsOf(consumerDefaults, options.config);
  let member: WireMember | null = null;
  const view = await ClusterView.open({
    client: options,
    connectTimeoutMillis: settings['socket.connection.setup.timeout.ms'],
    requestTimeoutMillis: settings['request.timeout.ms'] + settings['fetch.max.wait.ms'],
    mostFrameBytes: settings['fetch.max.bytes'] + frameSlackBytes,
    backoffMillis: settings['retry.backoff.ms'],
    retries: Infinity,
    metadataMaxAgeMillis: settings['metadata.max.age.ms'],
    onRefreshed: () => member?.poll(),
  });
  member = new WireMember({ options, events, view, settings });
  try {
    await member.begin();
    return member;
  } catch (cause) {
    await view[Symbol.asyncDispose]();
    throw cannotOpen(options, cause);
  }
}

type Settings = ReturnType<typeof settingsOf<typeof consumerDefaults>>;

interface Parts {
  readonly options: ConsumerOptions;
  readonly events: ConsumerEvents;
  readonly view: ClusterView;
  readonly settings: Settings;
}

class WireMember implements ConsumerConnection {
  readonly effective: EffectiveSettings;
  readonly ready: Promise<void>;
  readonly #parts: Parts;
  readonly #positions: Position[] = [];
  readonly #fetchers = new Map<number, Fetcher>();
  readonly #delivery: RecordDelivery;
  readonly #isolation: 0 | 1;
  readonly #becomeReady: () => void;
  #timer: NodeJS.Timeout | null = null;
  #isClosed = false;

  constructor(parts: Parts) {
    const { options, settings } = parts;
    this.#parts = parts;
    this.#delivery = new RecordDelivery({
      view: new RecordView(options.stampIn),
      checksCrc: settings['check.crcs'],
      isOver: () => this.#isClosed,
      onBatch: view => parts.events.batch(view, nowMicros()),
    });
    this.#isolation = settings['isolation.level'] === 'read_committed' ? 1 : 0;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.ready = promise;
    this.#becomeReady = resolve;
    this.effective = {
      ...settings,
      'tcp.nodelay': true,
      'group.protocol': 'manual',
      'auto.offset.reset': options.start,
    };
  }

  /** Takes its share of the partitions, learns where each begins, and fetches. */
  async begin(): Promise<void> {
    const { options, events, view } = this.#parts;
    let dealt = 0;
    for (const topic of options.topics.keys()) {
      const own: number[] = [];
      for (let partition = 0; partition < view.partitionsOf(topic); partition++) {
        if (dealt++ % options.members === options.member) own.push(partition);
      }
      events.assigned(topic, own);
      for (const partition of own)
        this.#positions.push({ topic, partition, offset: -1, notBeforeMicros: 0, isReady: false });
    }
    await this.#locate(this.#positions);
    this.poll();
    this.#announce();
  }

  /** Asks every leader that is not being asked. */
  poll(): void {
    if (this.#isClosed) return;
    for (const nodeId of new Set(this.#positions.map(position => this.#leaderOf(position)))) {
      if (nodeId < 0) this.#parts.view.refreshSoon();
      else this.#ask(nodeId);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isClosed = true;
    if (this.#timer !== null) clearTimeout(this.#timer);
    await this.#parts.view[Symbol.asyncDispose]();
  }

  #leaderOf({ topic, partition }: Position): number {
    return this.#parts.view.leaderOf(topic, partition);
  }

  #ask(nodeId: number): void {
    let fetcher = this.#fetchers.get(nodeId);
    if (fetcher === undefined) this.#fetchers.set(nodeId, (fetcher = { isFetching: false, isConnecting: false }));
    if (fetcher.isFetching || fetcher.isConnecting) return;
    fetcher.isConnecting = true;
    this.#parts.view.connect(nodeId).then(
      connection => {
        fetcher.isConnecting = false;
        this.#fetch(nodeId, fetcher, connection);
      },
      () => {
        fetcher.isConnecting = false;
        this.#parts.view.refreshSoon();
      },
    );
  }

  /** Sends one fetch for those of the node's partitions that may be asked for now. */
  #fetch(nodeId: number, fetcher: Fetcher, connection: Connection): void {
    if (this.#isClosed) return;
    const now = nowMicros();
    const wanted = this.#positions.filter(
      position => position.offset >= 0 && position.notBeforeMicros <= now && this.#leaderOf(position) === nodeId,
    );
    if (wanted.length === 0) {
      this.#pollLater();
      return;
    }
    const { options, settings } = this.#parts;
    const version = connection.versionOf('Fetch', apiKeys.fetch, fetchVersions);
    const correlationId = connection.nextCorrelationId();
    const frame = fetchFrame(correlationId, wanted, {
      version,
      clientId: options.clientId,
      topics: options.topics,
      // the first answers show that the member is ready: they do not wait for records
      maxWaitMillis: wanted.every(({ isReady }) => isReady) ? settings['fetch.max.wait.ms'] : 0,
      minBytes: settings['fetch.min.bytes'],
      maxBytes: settings['fetch.max.bytes'],
      maxPartitionBytes: settings['max.partition.fetch.bytes'],
      isolation: this.#isolation,
    });
    fetcher.isFetching = true;
    const asked = wanted.map(({ offset }) => offset);
    connection.send(
      correlationId,
      [frame],
      (bytes, start, end) => {
        fetcher.isFetching = false;
        const { code, regions } = readFetchResponse(new Reader(bytes, start, end), version);
        const found = this.#advance(code, regions, wanted);
        // the broker gets the next records ready while these are read
        this.#fetch(nodeId, fetcher, connection);
        this.#deliverAll(bytes, found, asked, wanted);
      },
      () => {
        fetcher.isFetching = false;
        if (!this.#isClosed) this.#parts.view.refreshSoon();
      },
    );
  }

  /** Moves the positions behind what came; returns each one's region, null where it got none. */
  #advance(code: number, regions: readonly FetchedRegion[], wanted: readonly Position[]): (FetchedRegion | null)[] {
    return wanted.map(position => {
      const topic = this.#parts.options.topics[position.topic];
      const region = regions.find(({ partition, topic: of }) => partition === position.partition && of === topic);
      const worst = code === noError ? (region?.code ?? noError) : code;
      if (worst !== noError) {
        this.#putOff(position, worst);
        return null;
      }
      if (region === undefined) return null;
      position.isReady = true;
      if (region.nextOffset > position.offset) position.offset = region.nextOffset;
      return region;
    });
  }

  /** Hands over what came, oldest first in each partition. A batch that cannot be read is final: nothing may be passed over in silence. */
  #deliverAll(
    bytes: Buffer,
    regions: readonly (FetchedRegion | null)[],
    asked: readonly number[],
    wanted: readonly Position[],
  ): void {
    this.#announce();
    try {
      for (const [i, region] of regions.entries()) {
        if (region === null || region.end === region.start) continue;
        const { topic, partition } = wanted[i] as Position;
        this.#delivery.deliver(bytes, { region, topic, partition, fromOffset: asked[i] as number });
      }
    } catch (error) {
      if (!(error instanceof MalformedFrameError)) throw error;
      this.#isClosed = true;
      this.#parts.events.failed(error);
      throw error;
    }
  }

  /** A partition was refused: what can be done about it is done, and it is asked for again later. */
  #putOff(position: Position, code: number): void {
    const { events, view, settings } = this.#parts;
    if (code === offsetOutOfRange) {
      position.offset = -1;
      void this.#locate([position]).then(
        () => this.poll(),
        () => view.refreshSoon(),
      );
      return;
    }
    const remedy = remedyOf(code);
    position.notBeforeMicros = nowMicros() + settings['retry.backoff.ms'] * 1e3;
    if (remedy === 'refresh') view.refreshSoon();
    if (remedy !== 'fatal') return;
    position.notBeforeMicros = Infinity;
    events.failed(new BrokerError(code));
  }

  #pollLater(): void {
    const next = this.#positions.reduce(
      (soonest, { offset, notBeforeMicros }) => (offset < 0 ? soonest : Math.min(soonest, notBeforeMicros)),
      Infinity,
    );
    if (next === Infinity || this.#timer !== null) return;
    this.#timer = setTimeout(
      () => {
        this.#timer = null;
        this.poll();
      },
      Math.max(1, (next - nowMicros()) / 1e3),
    );
  }

  /** Finds where some partitions begin. @throws Error where a leader does not say */
  #locate(positions: readonly Position[]): Promise<void> {
    const { options, view } = this.#parts;
    return locate(positions, { view, topics: options.topics, start: options.start, isolation: this.#isolation });
  }

  #announce(): void {
    if (this.#positions.every(({ isReady }) => isReady)) this.#becomeReady();
  }
}
