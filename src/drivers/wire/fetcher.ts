/** Fetches from the partitions that a member owns, wherever they are led, and hands over what comes. Who owns them is others' business. Hot. */
import { nowMicros } from '../../support/clock.ts';
import type { ConsumerEvents, ConsumerOptions } from '../driver.ts';
import type { ClusterView } from './cluster-view.ts';
import type { ConsumerSettings } from './config.ts';
import type { Connection } from './connection.ts';
import { fetchFrame, fetchVersions } from './fetch-request.ts';
import { type FetchedRegion, readFetchResponse } from './fetch-response.ts';
import { locate } from './offsets.ts';
import { type Beginning, type Position, positionAt } from './position.ts';
import { apiKeys } from './protocol/apis.ts';
import { BrokerError, noError, offsetOutOfRange, remedyOf } from './protocol/errors.ts';
import { MalformedFrameError, Reader } from './protocol/reader.ts';
import { type Fetched, RecordDelivery } from './record-delivery.ts';
import { RecordView } from './record-view.ts';
import { AbortedTransactions } from './transactions.ts';

export interface FetcherParts {
  readonly options: ConsumerOptions;
  readonly events: ConsumerEvents;
  readonly view: ClusterView;
  readonly settings: ConsumerSettings;
  /** Hears why no more will come. */
  readonly onFailed: (error: Error) => void;
}

/** The fetches from one broker: one at a time. */
interface Turn {
  isFetching: boolean;
  isConnecting: boolean;
}

export class Fetcher {
  /** Settles once the first assignment is complete and every partition was fetched from. */
  readonly ready: Promise<void>;
  readonly #parts: FetcherParts;
  readonly #turns = new Map<number, Turn>();
  readonly #delivery: RecordDelivery;
  readonly #isolation: 0 | 1;
  readonly #becomeReady: () => void;
  #positions: readonly Position[] = [];
  #timer: NodeJS.Timeout | null = null;
  #hasBegun = false;
  #isClosed = false;

  constructor(parts: FetcherParts) {
    const { options, settings } = parts;
    this.#parts = parts;
    this.#delivery = new RecordDelivery({
      view: new RecordView(options.stampIn),
      checksCrc: settings['check.crcs'],
      isOver: () => this.#isClosed,
      onBatch: view => parts.events.batch(view, nowMicros()),
      onLetGo: () => this.poll(),
      onFailed: error => this.#fail(error),
    });
    this.#isolation = settings['isolation.level'] === 'read_committed' ? 1 : 0;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.ready = promise;
    this.#becomeReady = resolve;
  }

  /** What is read from, and how far the host has come. */
  get positions(): readonly Position[] {
    return this.#positions;
  }

  /** Reads from these partitions, too. */
  add(beginnings: readonly Beginning[]): readonly Position[] {
    const added = beginnings.map(positionAt);
    this.#positions = [...this.#positions, ...added];
    return added;
  }

  /** Reads no more from some partitions: what waits is dropped. Returns where the host was, or, while it is busy with one, will be. */
  remove(isLeaving: (position: Position) => boolean): readonly Position[] {
    const removed = this.#positions.filter(isLeaving);
    for (const position of removed) position.isGone = true;
    this.#positions = this.#positions.filter(({ isGone }) => !isGone);
    return removed;
  }

  /** Settles once the host is not busy with any of them. */
  async doneWith(positions: readonly Position[]): Promise<void> {
    const { held } = this.#delivery;
    if (held !== null && positions.includes(held.position)) await held.isOver;
  }

  /** Finds where partitions begin that do not know. @throws Error where a leader does not say */
  async locate(): Promise<void> {
    const lost = this.#positions.filter(position => position.offset < 0 && !position.isLocating);
    if (lost.length > 0) await this.#locate(lost);
  }

  /** The first assignment is complete. */
  begin(): void {
    this.#hasBegun = true;
    this.poll();
    this.#announce();
  }

  /** Asks every leader that is not being asked. */
  poll(): void {
    if (this.#isClosed) return;
    const lost = this.#positions.filter(
      ({ offset, isLocating, notBeforeMicros }) => offset < 0 && !isLocating && notBeforeMicros !== Infinity,
    );
    if (lost.length > 0) void this.#locateAndPoll(lost);
    for (const nodeId of new Set(this.#positions.map(position => this.#leaderOf(position)))) {
      if (nodeId < 0) this.#parts.view.refreshSoon();
      else this.#ask(nodeId);
    }
  }

  /** Nothing is fetched or handed over any more. */
  close(): void {
    this.#isClosed = true;
    if (this.#timer !== null) clearTimeout(this.#timer);
  }

  #leaderOf({ topic, partition }: Position): number {
    return this.#parts.view.leaderOf(topic, partition);
  }

  #ask(nodeId: number): void {
    let turn = this.#turns.get(nodeId);
    if (turn === undefined) this.#turns.set(nodeId, (turn = { isFetching: false, isConnecting: false }));
    if (turn.isFetching || turn.isConnecting) return;
    turn.isConnecting = true;
    this.#parts.view.connect(nodeId).then(
      connection => {
        turn.isConnecting = false;
        this.#fetch(nodeId, turn, connection);
      },
      () => {
        turn.isConnecting = false;
        this.#parts.view.refreshSoon();
      },
    );
  }

  /** Sends one fetch for those of the node's partitions that may be asked for now; none while the host is busy. */
  #fetch(nodeId: number, turn: Turn, connection: Connection): void {
    if (this.#isClosed || this.#delivery.held !== null) return;
    const now = nowMicros();
    const wanted = this.#positions.filter(
      position => position.offset >= 0 && position.notBeforeMicros <= now && this.#leaderOf(position) === nodeId,
    );
    if (wanted.length === 0) {
      this.#pollLater();
      return;
    }
    const version = connection.versionOf('Fetch', apiKeys.fetch, fetchVersions);
    const correlationId = connection.nextCorrelationId();
    const frame = this.#frame(wanted, version, correlationId);
    turn.isFetching = true;
    const asked = wanted.map(({ offset }) => offset);
    connection.send(
      correlationId,
      [frame],
      (bytes, start, end) => {
        turn.isFetching = false;
        const { code, regions } = readFetchResponse(new Reader(bytes, start, end), version);
        const fetched = this.#advance(code, regions, { wanted, asked });
        // the broker gets the next records ready while these are read
        this.#fetch(nodeId, turn, connection);
        // a member that owns nothing any more is not ready by an answer that comes late
        if (this.#positions.length > 0) this.#announce();
        this.#handOver(bytes, fetched);
      },
      () => {
        turn.isFetching = false;
        if (!this.#isClosed) this.#parts.view.refreshSoon();
      },
    );
  }

  #frame(wanted: readonly Position[], version: number, correlationId: number): Buffer {
    const { options, settings } = this.#parts;
    return fetchFrame(correlationId, wanted, {
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
  }

  /** Moves the positions behind what came; returns what is to be handed over. */
  #advance(
    code: number,
    regions: readonly FetchedRegion[],
    { wanted, asked }: { wanted: readonly Position[]; asked: readonly number[] },
  ): Fetched[] {
    const fetched: Fetched[] = [];
    for (const [i, position] of wanted.entries()) {
      if (position.isGone) continue;
      const topic = this.#parts.options.topics[position.topic];
      const region = regions.find(({ partition, topic: of }) => partition === position.partition && of === topic);
      const worst = code === noError ? (region?.code ?? noError) : code;
      if (worst !== noError) {
        this.#putOff(position, worst);
        continue;
      }
      if (region === undefined) continue;
      position.isReady = true;
      if (region.nextOffset > position.offset) position.offset = region.nextOffset;
      const { start: at, end } = region;
      const fromOffset = asked[i] as number;
      if (at < end) fetched.push({ position, at, end, fromOffset, aborted: new AbortedTransactions(region.aborted) });
    }
    return fetched;
  }

  /** A batch that cannot be read is final: nothing may be passed over in silence. */
  #handOver(bytes: Buffer, fetched: readonly Fetched[]): void {
    try {
      this.#delivery.take(bytes, fetched);
    } catch (error) {
      if (error instanceof MalformedFrameError) this.#fail(error);
      throw error;
    }
  }

  #fail(error: Error): void {
    if (this.#isClosed) return;
    this.close();
    this.#parts.onFailed(error);
  }

  /** A partition was refused: what can be done about it is done, and it is asked for again later. */
  #putOff(position: Position, code: number): void {
    const { view, settings } = this.#parts;
    if (code === offsetOutOfRange) {
      position.offset = -1;
      void this.#locateAndPoll([position]);
      return;
    }
    const remedy = remedyOf(code);
    position.notBeforeMicros = nowMicros() + settings['retry.backoff.ms'] * 1e3;
    if (remedy === 'refresh') view.refreshSoon();
    if (remedy === 'fatal') this.#giveUp([position], new BrokerError(code));
  }

  #giveUp(positions: readonly Position[], error: Error): void {
    for (const position of positions) position.notBeforeMicros = Infinity;
    this.#parts.events.failed(error);
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
  async #locate(positions: readonly Position[]): Promise<void> {
    const { options, view } = this.#parts;
    for (const position of positions) position.isLocating = true;
    try {
      await locate(positions, { view, topics: options.topics, start: options.start, isolation: this.#isolation });
    } finally {
      for (const position of positions) {
        position.isLocating = false;
        if (position.offset >= 0) position.doneOffset = position.offset;
      }
    }
  }

  async #locateAndPoll(positions: readonly Position[]): Promise<void> {
    try {
      await this.#locate(positions);
      this.poll();
    } catch (error) {
      if (this.#isClosed) return;
      if (error instanceof BrokerError && remedyOf(error.code) === 'fatal') this.#giveUp(positions, error);
      else this.#parts.view.refreshSoon();
    }
  }

  #announce(): void {
    if (this.#hasBegun && this.#positions.every(({ isReady }) => isReady)) this.#becomeReady();
  }
}
