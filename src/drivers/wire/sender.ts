/** Sends batches to the leaders of their partitions, several requests in flight to each, and sends again what may be sent again. */
import { nowMicros } from '../../support/clock.ts';
import { PreciseTimer } from '../precise-timer.ts';
import type { Batch } from './batch.ts';
import type { ClusterView } from './cluster-view.ts';
import type { Connection } from './connection.ts';
import type { Outbox } from './outbox.ts';
import type { Place } from './place.ts';
import type { Addressed, ProduceFrames } from './produce-frames.ts';
import { readProduceResponse } from './produce-response.ts';
import { BrokerError, duplicateSequence, noError, remedyOf } from './protocol/errors.ts';
import { Reader } from './protocol/reader.ts';
import { seal } from './seal.ts';
import type { Compression } from '../driver.ts';

/** Hears what became of batches. */
export interface SenderEvents {
  acknowledged(batch: Batch, atMicros: number, place: Place, baseOffset: number): void;
  failed(batch: Batch, error: Error): void;
  departed(batch: Batch, atMicros: number): void;
  /** Something left: there may be room for more. */
  moved(): void;
}

export interface SenderOptions {
  readonly topics: readonly string[];
  /** Without answers (acks 0) a batch is done when the operating system has it. */
  readonly isAnswered: boolean;
  readonly compression: Compression;
  readonly maxInFlightRequests: number;
  readonly mostRequestBytes: number;
  readonly deliveryTimeoutMicros: number;
  readonly retries: number;
  readonly backoffMicros: number;
  readonly mostBackoffMicros: number;
}

/** A broker that leads some of the places. */
interface Leader {
  readonly nodeId: number;
  connection: Connection | null;
  isConnecting: boolean;
  inFlight: number;
  places: Place[];
  /** Which of them is looked at first: with small requests each has its turn. */
  nextPlace: number;
}

export class Sender {
  batches = 0;
  batchedMessages = 0;
  batchedBytes = 0;
  retriedMessages = 0;
  readonly #options: SenderOptions;
  readonly #outbox: Outbox;
  readonly #frames: ProduceFrames;
  readonly #view: ClusterView;
  readonly #events: SenderEvents;
  readonly #leaders = new Map<number, Leader>();
  readonly #timer = new PreciseTimer(() => this.dispatch());
  #deadline: NodeJS.Timeout | null = null;
  #isIdentifying = false;
  #isClosed = false;

  constructor(parts: {
    readonly options: SenderOptions;
    readonly outbox: Outbox;
    readonly frames: ProduceFrames;
    readonly view: ClusterView;
    readonly events: SenderEvents;
  }) {
    this.#options = parts.options;
    this.#outbox = parts.outbox;
    this.#frames = parts.frames;
    this.#view = parts.view;
    this.#events = parts.events;
  }

  /** Connects to every leader. @throws Error where one cannot be reached */
  async connect(): Promise<void> {
    this.#assignLeaders();
    await Promise.all(
      [...this.#leaders.values()].map(async leader => {
        leader.connection = await this.#view.connect(leader.nodeId);
      }),
    );
  }

  /** Sends what is ready, as far as requests in flight allow, and comes again for the rest. */
  dispatch(): void {
    if (this.#isClosed) return;
    const now = nowMicros();
    let next = Infinity;
    for (const leader of this.#leaders.values()) next = Math.min(next, this.#serve(leader, now));
    this.#outbox.hasFull = false;
    this.#outbox.isFlushing &&= this.#outbox.waitingBytes > 0;
    this.#timer.wakeAt(next);
    if (this.#deadline === null && this.#outbox.undone.size > 0)
      this.#awaitDeadline(this.#options.deliveryTimeoutMicros);
  }

  /** Leaders may have moved, or be back. */
  refreshed(): void {
    if (this.#isClosed) return;
    this.#assignLeaders();
    this.dispatch();
  }

  /** Settles when each broker has taken all that was sent to it without an answer. */
  async drained(): Promise<void> {
    const connections = [...this.#leaders.values()].flatMap(({ connection }) => connection ?? []);
    // a broker answers in the order of the requests: this answer comes when those before were appended
    await Promise.all(connections.map(connection => connection.fence().catch(() => undefined)));
  }

  /** Sends nothing more and stops the timers. */
  close(): void {
    this.#isClosed = true;
    this.#timer.stop();
    if (this.#deadline !== null) clearTimeout(this.#deadline);
  }

  /** Returns when to come again. */
  #serve(leader: Leader, now: number): number {
    const { connection } = leader;
    if (connection === null || connection.isClosed) {
      if (leader.places.some(({ queue }) => queue.length > 0)) this.#reconnect(leader);
      return Infinity;
    }
    while (leader.inFlight < this.#options.maxInFlightRequests) {
      const { request, next } = this.#collect(leader, now);
      if (request.length === 0) return next;
      this.#send(leader, connection, request);
    }
    return Infinity;
  }

  /** Takes at most one ready batch a place; says when the next will be ready where none is. */
  #collect(leader: Leader, now: number): { request: Addressed[]; next: number } {
    const { places } = leader;
    const request: Addressed[] = [];
    let bytes = 0;
    let next = Infinity;
    for (let i = 0; i < places.length; i++) {
      const place = places[(leader.nextPlace + i) % places.length] as Place;
      const batch = place.queue[0];
      if (batch === undefined || place.needsIdentity) continue;
      const readyMicros = this.#outbox.isReady(place, batch, now)
        ? place.notBeforeMicros
        : Math.max(place.notBeforeMicros, this.#outbox.readyAtMicros(batch));
      if (readyMicros > now) {
        next = Math.min(next, readyMicros);
        continue;
      }
      const size = batch.end - batch.start;
      if (request.length > 0 && bytes + size > this.#options.mostRequestBytes) {
        leader.nextPlace = (leader.nextPlace + i) % places.length;
        break;
      }
      bytes += size;
      request.push({ batch: this.#outbox.take(place), topic: place.topic, partition: place.partition });
    }
    return { request: request.sort((a, b) => a.topic - b.topic), next };
  }

  #send(leader: Leader, connection: Connection, request: Addressed[]): void {
    for (const { batch } of request) this.#prepare(batch);
    leader.inFlight++;
    const correlationId = connection.nextCorrelationId();
    const pieces = this.#frames.frame(correlationId, request);
    if (this.#options.isAnswered) {
      connection.send(
        correlationId,
        pieces,
        (bytes, start, end) => this.#answered(leader, request, new Reader(bytes, start, end)),
        error => this.#lost(leader, request, error),
      );
    } else {
      connection.sendUnanswered(pieces, error => this.#left(leader, request, error));
    }
    this.#events.moved();
  }

  #prepare(batch: Batch): void {
    const place = this.#outbox.places[batch.place] as Place;
    place.number(batch);
    if (!batch.isSealed) seal(batch, this.#options.compression);
    batch.isInFlight = true;
    place.inFlight.add(batch);
    if (batch.attempts++ > 0) {
      this.retriedMessages += batch.count;
      return;
    }
    this.batches++;
    this.batchedMessages += batch.count;
    this.batchedBytes += batch.payloadBytes;
  }

  #answered(leader: Leader, request: readonly Addressed[], reader: Reader): void {
    const atMicros = nowMicros();
    const waiting = new Set(request);
    readProduceResponse(reader, (topic, partition, code, baseOffset) => {
      for (const addressed of waiting) {
        if (addressed.partition !== partition || this.#options.topics[addressed.topic] !== topic) continue;
        waiting.delete(addressed);
        this.#landed(addressed.batch, { code, baseOffset, atMicros });
        break;
      }
    });
    leader.inFlight--;
    for (const { batch } of waiting)
      this.#refused(batch, new Error('the broker says nothing of the partition'), 'fatal');
    this.#proceed();
  }

  #landed(batch: Batch, { code, baseOffset, atMicros }: { code: number; baseOffset: number; atMicros: number }): void {
    if (code !== noError && code !== duplicateSequence) {
      this.#refused(batch, new BrokerError(code), remedyOf(code));
      return;
    }
    const place = this.#outbox.places[batch.place] as Place;
    this.#settle(batch);
    // a batch that the broker had already stands at an offset that it does not tell
    if (!batch.isExpired) this.#events.acknowledged(batch, atMicros, place, code === noError ? baseOffset : -1);
    this.#bury(batch);
  }

  /** Ends the attempt: the batch is in flight no more. */
  #settle(batch: Batch): void {
    batch.isInFlight = false;
    (this.#outbox.places[batch.place] as Place).inFlight.delete(batch);
  }

  /** The batch has its outcome: its memory serves another. */
  #bury(batch: Batch): void {
    this.#outbox.undone.delete(batch);
    this.#outbox.release(batch);
  }

  #refused(batch: Batch, error: Error, remedy: ReturnType<typeof remedyOf>): void {
    const place = this.#outbox.places[batch.place] as Place;
    this.#settle(batch);
    if (batch.isExpired) {
      this.#bury(batch);
      return;
    }
    const isBroken = remedy === 'sequence' && !place.hasOlderThan(batch);
    if (remedy === 'fatal' || batch.attempts > this.#options.retries || (isBroken && place.producerId === null)) {
      this.#fail(place, batch, error);
      return;
    }
    if (isBroken) place.needsIdentity = true;
    this.#retry(place, batch);
    if (remedy === 'refresh') this.#view.refreshSoon();
  }

  #retry(place: Place, batch: Batch): void {
    const { backoffMicros, mostBackoffMicros } = this.#options;
    // exponential, as KIP-580 has it, without the jitter: a run is to repeat
    const backoff = Math.min(mostBackoffMicros, backoffMicros * 2 ** (batch.attempts - 1));
    place.notBeforeMicros = nowMicros() + backoff;
    this.#outbox.giveBack(place, batch);
  }

  #fail(place: Place, batch: Batch, error: Error): void {
    // its sequence numbers are used up and missing in the log: the place needs another identity
    if (place.producerId !== null && batch.attempts > 0) place.needsIdentity = true;
    this.#events.failed(batch, error);
    this.#bury(batch);
  }

  #lost(leader: Leader, request: readonly Addressed[], error: Error): void {
    leader.inFlight--;
    if (this.#isClosed) return;
    for (const { batch } of request) this.#refused(batch, error, 'refresh');
    this.#proceed();
  }

  #left(leader: Leader, request: readonly Addressed[], error: Error | null | undefined): void {
    leader.inFlight--;
    if (this.#isClosed) return;
    const atMicros = nowMicros();
    for (const { batch } of request) {
      this.#settle(batch);
      if (!batch.isExpired && error) this.#events.failed(batch, error);
      else if (!batch.isExpired) this.#events.departed(batch, atMicros);
      this.#bury(batch);
    }
    if (error) this.#view.refreshSoon();
    this.#proceed();
  }

  #proceed(): void {
    if (!this.#isIdentifying && this.#outbox.places.some(isReadyForIdentity)) void this.#identify();
    this.dispatch();
    this.#events.moved();
  }

  /** Gets another producer id, for the places that need one and have nothing in flight. */
  async #identify(): Promise<void> {
    this.#isIdentifying = true;
    try {
      const producerId = await this.#view.newProducerId();
      for (const place of this.#outbox.places) if (isReadyForIdentity(place)) place.assume(producerId);
    } catch {
      this.#view.refreshSoon(); // and `refreshed` comes back here
    } finally {
      this.#isIdentifying = false;
    }
    this.dispatch();
  }

  #assignLeaders(): void {
    for (const leader of this.#leaders.values()) leader.places = [];
    let isComplete = true;
    for (const place of this.#outbox.places) {
      place.leaderId = this.#view.leaderOf(place.topic, place.partition);
      if (place.leaderId >= 0) this.#leaderWith(place.leaderId).places.push(place);
      else isComplete = false;
    }
    for (const leader of this.#leaders.values()) leader.nextPlace = 0;
    if (!isComplete) this.#view.refreshSoon();
    if (!this.#isIdentifying && this.#outbox.places.some(isReadyForIdentity)) void this.#identify();
  }

  #leaderWith(nodeId: number): Leader {
    let leader = this.#leaders.get(nodeId);
    if (leader === undefined) {
      leader = { nodeId, connection: null, isConnecting: false, inFlight: 0, places: [], nextPlace: 0 };
      this.#leaders.set(nodeId, leader);
    }
    return leader;
  }

  #reconnect(leader: Leader): void {
    if (leader.isConnecting) return;
    leader.isConnecting = true;
    leader.connection = null;
    this.#view.connect(leader.nodeId).then(
      connection => {
        leader.connection = connection;
        leader.isConnecting = false;
        this.dispatch();
      },
      () => {
        leader.isConnecting = false;
        if (!this.#isClosed) this.#view.refreshSoon();
      },
    );
  }

  #awaitDeadline(waitMicros: number): void {
    this.#deadline = setTimeout(() => this.#expire(), Math.ceil(waitMicros / 1e3));
  }

  /** Gives up what is too old, and comes again for the oldest of the others. */
  #expire(): void {
    this.#deadline = null;
    const bornMicros = nowMicros() - this.#options.deliveryTimeoutMicros;
    for (const batch of this.#outbox.undone) {
      if (batch.openedMicros > bornMicros) {
        this.#awaitDeadline(batch.openedMicros - bornMicros);
        break;
      }
      this.#giveUp(batch);
    }
    this.#proceed();
  }

  #giveUp(batch: Batch): void {
    const place = this.#outbox.places[batch.place] as Place;
    const error = new Error('no acknowledgement came within the delivery time-out');
    this.#outbox.undone.delete(batch);
    if (!batch.isInFlight) {
      this.#outbox.remove(place, batch);
      this.#fail(place, batch, error);
      return;
    }
    // its memory may still be on its way to the operating system: it is released with its request
    batch.isExpired = true;
    if (place.producerId !== null) place.needsIdentity = true;
    this.#events.failed(batch, error);
  }
}

const isReadyForIdentity = ({ needsIdentity, inFlight }: Place): boolean => needsIdentity && inFlight.size === 0;
