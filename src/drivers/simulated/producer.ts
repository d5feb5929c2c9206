/** A producer of the simulated broker: batches, queues at the shared servers, and acknowledges when the clock gets there. Hot. */
import { setTimeout as sleep } from 'node:timers/promises';
import { nowMicros } from '../../support/clock.ts';
import type { MessageBlock, ProducerConnection, ProducerCounters, ProducerEvents, ProducerOptions } from '../driver.ts';
import { Acknowledger } from './acknowledger.ts';
import { Arrivals } from './arrivals.ts';
import { BatchCounters, MessageSizes } from './batch-counters.ts';
import { Batcher } from './batcher.ts';
import { joinStall } from './generator-stall.ts';
import { Control } from './memory.ts';
import { MessageTable } from './message-table.ts';
import { PreciseTimer } from '../precise-timer.ts';
import { handleOf, type SimulatedHandle } from './settings.ts';
import { TimedQueue } from './timed-queue.ts';

export class SimulatedProducer implements ProducerConnection {
  readonly effective;
  readonly #options: ProducerOptions;
  readonly #events: ProducerEvents;
  readonly #handle: SimulatedHandle;
  readonly #control: Control;
  readonly #arrivals: Arrivals;
  readonly #messages = new MessageTable();
  /** Tickets by the end of their service. */
  readonly #ends = new TimedQueue();
  /** When the client forgets what is never answered: it holds its place in the buffer until then. */
  readonly #forgotten = new TimedQueue();
  readonly #acknowledger: Acknowledger;
  readonly #sizes: MessageSizes;
  readonly #counters: BatchCounters;
  /** Null without linger: then messages arrive within `submit`, in its order. */
  readonly #batcher: Batcher | null;
  readonly #timer = new PreciseTimer(() => this.#turn());
  #calls = 0;
  /** Messages that were submitted and neither acknowledged nor forgotten; not counted with acks 0. */
  #unacknowledged = 0;
  /** How many of these the client holds at most. */
  #limit = Infinity;
  #hasRefused = false;
  /** With acks 0: tickets that `departed` has not been called for. */
  readonly #departing = { first: 0, count: 0 };
  #stall: Disposable | null = null;

  /** Throws a usage error where the options carry no simulated broker. */
  constructor(options: ProducerOptions, events: ProducerEvents) {
    const handle = handleOf(options.simulatedBroker);
    const partitions = handle.topics * handle.partitionsPerTopic;
    this.#options = options;
    this.#events = events;
    this.#handle = handle;
    this.#control = new Control(handle.control);
    this.#arrivals = new Arrivals(handle, options.producer, this.#control);
    const { acks, producer } = options;
    const acknowledged = { messages: this.#messages, ends: this.#ends, events: acks === 0 ? null : events };
    this.#acknowledger = new Acknowledger(handle, producer, this.#control, acknowledged);
    this.#sizes = new MessageSizes(options.content);
    this.#counters = new BatchCounters(partitions, options.batchSizeBytes);
    this.#batcher = options.lingerMicros === 0 ? null : new Batcher(partitions, options, this.#batchArrives);
    this.effective = {
      acks: options.acks,
      linger: `${options.lingerMicros} µs`,
      'batch.size': options.batchSizeBytes,
      buffer: handle.settings.buffer,
    };
  }

  submit(block: MessageBlock, from: number): number {
    const offered = block.count - from;
    if (offered <= 0) return 0;
    const now = nowMicros();
    this.#acknowledger.resume();
    this.#batcher?.closeDue(now);
    this.#limit = this.#mostUnacknowledged(block, from);
    const taken = Math.min(offered, Math.max(0, this.#limit - this.#unacknowledged));
    if (taken > 0) this.#enter(block, from, taken, now);
    if (taken < offered) this.#hasRefused = true;
    this.#timer.wakeAt(this.#nextMicros());
    return taken;
  }

  flush(): void {
    this.#batcher?.closeAll(nowMicros());
    this.#acknowledger.release();
    this.#timer.wakeAt(this.#nextMicros());
  }

  counters(): ProducerCounters {
    return this.#counters.toData();
  }

  windowBeginsAt(micros: number): void {
    this.#stall ??= joinStall(this.#handle, micros);
  }

  /**
   * Ends the connection. What departed with acks 0 is the broker's already, which has no thread but this one: closing waits
   * until it is served, no longer than the delivery time-out. What else has no outcome gets none.
   */
  async [Symbol.asyncDispose](): Promise<void> {
    this.flush();
    const deadlineMicros = nowMicros() + this.#options.deliveryTimeoutMicros;
    while (this.#options.acks === 0 && this.#ends.size > 0 && nowMicros() < deadlineMicros) await sleep(1);
    this.#timer.stop();
    this.#stall?.[Symbol.dispose]();
  }

  /** How many messages the client may hold unacknowledged, where the i-th of a block stands for the size of all. */
  #mostUnacknowledged(block: MessageBlock, i: number): number {
    const { acks, queue, maxInFlightRequests, batchSizeBytes } = this.#options;
    const { buffer } = this.#handle.settings;
    if (acks === 0) return Infinity;
    if (buffer !== 'unlimited') return buffer;
    if (queue === 'unbounded') return Infinity;
    return Math.max(1, Math.floor((maxInFlightRequests * batchSizeBytes) / this.#sizes.of(block, i)));
  }

  #enter(block: MessageBlock, from: number, count: number, atMicros: number): void {
    const first = block.firstTicket + from;
    this.#messages.add(block, from, count);
    for (let i = 0; i < count; i++) this.#messages.place(first + i, this.#partitionOf(block, from + i));
    if (this.#batcher === null) this.#arriveAtOnce(block, from, count, atMicros);
    else this.#linger(this.#batcher, block, from, count, atMicros);
    if (this.#options.acks === 0) this.#depart(first, count);
    else this.#unacknowledged += count;
  }

  /** Topic and partition as one number. Messages whose partition is left to the client go round by ticket. */
  #partitionOf(block: MessageBlock, i: number): number {
    const { partitionsPerTopic } = this.#handle;
    const partition = block.partition[i] as number;
    const chosen = partition < 0 ? (block.firstTicket + i) % partitionsPerTopic : partition;
    return (block.topic[i] as number) * partitionsPerTopic + chosen;
  }

  #arriveAtOnce(block: MessageBlock, from: number, count: number, atMicros: number): void {
    const call = this.#calls++;
    const first = block.firstTicket + from;
    for (let i = 0; i < count; i++) {
      this.#counters.addMessage(this.#messages.partition(first + i), this.#sizes.of(block, from + i), call);
    }
    this.#control.queueLock.acquire();
    for (let ticket = first; ticket < first + count; ticket++) this.#arrive(ticket, atMicros);
    this.#control.queueLock.release();
  }

  // oxlint-disable-next-line max-params -- a part of a block is three numbers, and this runs for every one
  #linger(batcher: Batcher, block: MessageBlock, from: number, count: number, atMicros: number): void {
    for (let i = from; i < from + count; i++) {
      const ticket = block.firstTicket + i;
      batcher.add(this.#messages.partition(ticket), ticket, this.#sizes.of(block, i), atMicros);
    }
  }

  readonly #batchArrives = (tickets: Float64Array, count: number, bytes: number, atMicros: number): void => {
    this.#counters.addBatch(count, bytes);
    this.#control.queueLock.acquire();
    for (let i = 0; i < count; i++) this.#arrive(tickets[i] as number, atMicros);
    this.#control.queueLock.release();
  };

  #arrive(ticket: number, atMicros: number): void {
    const sequence = this.#messages.sequence(ticket);
    if (this.#arrivals.isUnanswered(sequence, this.#messages.dueMicros(ticket))) {
      this.#messages.end(ticket);
      if (this.#options.acks !== 0) this.#forgotten.push(atMicros + this.#options.deliveryTimeoutMicros, ticket);
      return;
    }
    this.#acknowledger.arrived(ticket);
    this.#ends.push(this.#arrivals.serve(sequence, atMicros), ticket);
  }

  #depart(first: number, count: number): void {
    if (this.#departing.count === 0) {
      this.#departing.first = first;
      queueMicrotask(this.#announceDeparted);
    }
    this.#departing.count += count;
  }

  readonly #announceDeparted = (): void => {
    const { first, count } = this.#departing;
    this.#departing.count = 0;
    this.#events.departed(first, count, nowMicros());
  };

  /** Does what is due: closes batches, acknowledges, forgets. */
  #turn(): void {
    const now = nowMicros();
    this.#batcher?.closeDue(now);
    this.#unacknowledged -= this.#acknowledger.acknowledgeDue(now);
    for (; this.#forgotten.headMicros <= now; this.#unacknowledged--) this.#forgotten.take();
    this.#timer.wakeAt(this.#nextMicros());
    this.#offerRoom();
  }

  #nextMicros(): number {
    const closeMicros = this.#batcher === null ? Infinity : this.#batcher.nextCloseMicros;
    return Math.min(closeMicros, this.#ends.headMicros, this.#forgotten.headMicros);
  }

  #offerRoom(): void {
    if (!this.#hasRefused || this.#unacknowledged >= this.#limit) return;
    this.#hasRefused = false;
    this.#events.writable();
  }
}
