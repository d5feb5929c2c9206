/** Sends batches to the leaders of their partitions, several requests in flight to each. */
import { nowMicros } from '../../support/clock.ts';
import type { Compression } from '../driver.ts';
import { PreciseTimer } from '../precise-timer.ts';
import type { Batch } from './batch.ts';
import type { ClusterView } from './cluster-view.ts';
import type { Connection } from './connection.ts';
import { Delivery, type DeliveryEvents, type DeliverySettings } from './delivery.ts';
import { type Leader, Leaders } from './leaders.ts';
import type { Outbox } from './outbox.ts';
import type { Place } from './place.ts';
import type { Addressed, ProduceFrames } from './produce-frames.ts';
import { readProduceResponse } from './produce-response.ts';
import { Reader } from './protocol/reader.ts';
import { seal } from './seal.ts';

export interface SenderEvents extends DeliveryEvents {
  /** Something left: there may be room for more. */
  moved(): void;
}

export interface SenderSettings extends DeliverySettings {
  readonly topics: readonly string[];
  /** Without answers (acks 0) a batch is done when the operating system has it. */
  readonly isAnswered: boolean;
  readonly compression: Compression;
  readonly maxInFlightRequests: number;
  readonly mostRequestBytes: number;
}

export class Sender {
  batches = 0;
  batchedMessages = 0;
  batchedBytes = 0;
  retriedMessages = 0;
  readonly #settings: SenderSettings;
  readonly #outbox: Outbox;
  readonly #frames: ProduceFrames;
  readonly #events: SenderEvents;
  readonly #leaders: Leaders;
  readonly #delivery: Delivery;
  readonly #timer = new PreciseTimer(() => this.dispatch());
  #isClosed = false;

  constructor(parts: {
    readonly settings: SenderSettings;
    readonly outbox: Outbox;
    readonly frames: ProduceFrames;
    readonly view: ClusterView;
    readonly events: SenderEvents;
  }) {
    const { settings, outbox, frames, view, events } = parts;
    this.#settings = settings;
    this.#outbox = outbox;
    this.#frames = frames;
    this.#events = events;
    this.#leaders = new Leaders(view, outbox.places, () => this.dispatch());
    this.#delivery = new Delivery({ settings, outbox, view, events, onChange: () => this.#proceed() });
  }

  /** Connects to every leader. @throws Error where one cannot be reached */
  async connect(): Promise<void> {
    this.#leaders.assign();
    await this.#leaders.connect();
  }

  /** Sends what is ready, as far as requests in flight allow, and comes again for the rest. */
  dispatch(): void {
    if (this.#isClosed) return;
    const now = nowMicros();
    let next = Infinity;
    for (const leader of this.#leaders.all()) next = Math.min(next, this.#serve(leader, now));
    this.#outbox.hasFull = false;
    this.#outbox.isFlushing &&= this.#outbox.waitingBytes > 0;
    this.#timer.wakeAt(next);
    this.#delivery.watch();
  }

  /** Leaders may have moved, or be back. */
  refreshed(): void {
    if (this.#isClosed) return;
    this.#leaders.assign();
    this.#delivery.identify();
    this.dispatch();
  }

  /** Settles when each broker has taken all that was sent to it without an answer. */
  async drained(): Promise<void> {
    const connections = [...this.#leaders.all()].flatMap(({ connection }) => connection ?? []);
    await Promise.all(connections.map(connection => connection.fence().catch(() => undefined)));
  }

  /** Sends nothing more and stops the timers. */
  close(): void {
    this.#isClosed = true;
    this.#timer.stop();
    this.#delivery.close();
  }

  /** Returns when to come again. */
  #serve(leader: Leader, now: number): number {
    const connection = this.#leaders.connectionOf(leader);
    if (connection === null) return Infinity;
    while (leader.inFlight < this.#settings.maxInFlightRequests) {
      const { request, next } = this.#collect(leader, now);
      if (request.length === 0) return next;
      this.#send(leader, connection, request);
    }
    return Infinity;
  }

  /** Takes at most one ready batch a place; says when the next will be ready where none is. */
  #collect(leader: Leader, now: number): { request: Addressed[]; next: number } {
    const { places, nextPlace } = leader;
    const request: Addressed[] = [];
    let bytes = 0;
    let next = Infinity;
    for (let i = 0; i < places.length; i++) {
      const place = places[(nextPlace + i) % places.length] as Place;
      const batch = place.queue[0];
      if (batch === undefined || place.needsIdentity) continue;
      const readyMicros = this.#outbox.readyAtMicros(place, batch, now);
      if (readyMicros > now) {
        next = Math.min(next, readyMicros);
        continue;
      }
      bytes += batch.end - batch.start;
      if (request.length > 0 && bytes > this.#settings.mostRequestBytes) {
        leader.nextPlace = (nextPlace + i) % places.length;
        break;
      }
      request.push({ batch: this.#outbox.take(place), topic: place.topic, partition: place.partition });
    }
    return { request: request.sort((a, b) => a.topic - b.topic), next };
  }

  #send(leader: Leader, connection: Connection, request: readonly Addressed[]): void {
    for (const { batch } of request) this.#prepare(batch);
    leader.inFlight++;
    const correlationId = connection.nextCorrelationId();
    const pieces = this.#frames.frame(correlationId, request);
    if (this.#settings.isAnswered) {
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
    if (!batch.isSealed) seal(batch, this.#settings.compression);
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
        if (addressed.partition !== partition || this.#settings.topics[addressed.topic] !== topic) continue;
        waiting.delete(addressed);
        this.#delivery.answered(addressed.batch, { code, baseOffset, atMicros });
        break;
      }
    });
    leader.inFlight--;
    for (const { batch } of waiting)
      this.#delivery.refused(batch, new Error('the broker says nothing of the partition'), 'fatal');
    this.#proceed();
  }

  #lost(leader: Leader, request: readonly Addressed[], error: Error): void {
    leader.inFlight--;
    if (this.#isClosed) return;
    // an answer that cannot be read to its end may have told of some of them
    for (const { batch } of request) if (batch.isInFlight) this.#delivery.refused(batch, error, 'refresh');
    this.#proceed();
  }

  #left(leader: Leader, request: readonly Addressed[], error: Error | null | undefined): void {
    leader.inFlight--;
    if (this.#isClosed) return;
    const atMicros = nowMicros();
    for (const { batch } of request) this.#delivery.left(batch, atMicros, error);
    this.#proceed();
  }

  #proceed(): void {
    this.#delivery.identify();
    this.dispatch();
    this.#events.moved();
  }
}
