/** The producer of a client that takes whole requests: batches by Highwater's accumulator, outcomes told in runs of tickets. */
import { nowMicros } from '../support/clock.ts';
import { Accumulator, type Batch } from './accumulator.ts';
import type {
  EffectiveSettings,
  MessageBlock,
  ProducerConnection,
  ProducerCounters,
  ProducerEvents,
  ProducerOptions,
} from './driver.ts';

/** Where a batch begins in the log, −1 where the client does not tell; or why nothing is known of it. */
export type BatchOutcome = number | Error;

/** What a client does for such a producer. */
export interface BatchClient<M> {
  readonly effective: EffectiveSettings;
  /** By topic and partition. */
  readonly leaders: readonly (readonly number[])[];
  readonly maxInFlightRequests: number;
  /** Where the client's cost per batch grows faster than the batch. */
  readonly mostMessagesPerBatch: number;
  /** See the accumulator. */
  readonly order: 'turn' | 'place';
  /** Bytes of the last message's key, value and headers. */
  readonly madeBytes: number;
  /** The i-th message of a block, which keeps nothing of the block's memory. */
  make(block: MessageBlock, i: number): M;
  /** Sends one request. Calls `done` once, when it is answered, or with acks 0 when the operating system has it. */
  send(batches: readonly PlacedBatch<M>[], done: (outcomeOf: (batch: PlacedBatch<M>) => BatchOutcome) => void): void;
  retriedMessages(): number;
  /** Settles soon, whatever the brokers do. Calls `quiet` as soon as nothing more is to be told. */
  close(quiet: () => void): Promise<void>;
}

export interface PlacedBatch<M> {
  /** Index into the producer's topics. */
  readonly topic: number;
  /** −1 where the client chooses each message's. */
  readonly partition: number;
  readonly messages: M[];
}

const noLeader = -1;

export class BatchedProducer<M> implements ProducerConnection {
  readonly effective: EffectiveSettings;
  readonly #client: BatchClient<M>;
  readonly #events: ProducerEvents;
  readonly #acks: ProducerOptions['acks'];
  readonly #accumulator: Accumulator<M>;
  /** Places per topic: its partitions, and one for messages whose partition the client chooses. */
  readonly #places: number;
  /** Whether the load is to fill the client: then what waits is bounded, and only full batches leave. */
  readonly #fillsBatches: boolean;
  readonly #mostWaitingBytes: number;
  #refused = false;
  #isClosed = false;

  constructor(client: BatchClient<M>, options: ProducerOptions, events: ProducerEvents) {
    const { leaders, mostMessagesPerBatch, maxInFlightRequests, order } = client;
    this.effective = client.effective;
    this.#client = client;
    this.#events = events;
    this.#acks = options.acks;
    this.#places = Math.max(...leaders.map(({ length }) => length)) + 1;
    const places = leaders.reduce((sum, { length }) => sum + length + 1, 0);
    const fillsBatches = options.queue === 'requests';
    this.#fillsBatches = fillsBatches;
    // with so much waiting at least one place has a full batch
    this.#mostWaitingBytes = fillsBatches ? options.batchSizeBytes * places : Infinity;
    this.#accumulator = new Accumulator({
      // a saturating load fills batches at once: to send less than full ones would measure impatience
      lingerMicros: fillsBatches ? Infinity : options.lingerMicros,
      batchSizeBytes: options.batchSizeBytes,
      mostMessagesPerBatch,
      maxInFlightRequests,
      deliveryTimeoutMicros: options.deliveryTimeoutMicros,
      order,
      leaderOf: place => leaders[Math.floor(place / this.#places)]?.[place % this.#places] ?? noLeader,
      send: (batches, done) => this.#send(batches, done),
      sent: () => this.#welcome(),
      expired: batch => this.#expire(batch),
    });
  }

  submit(block: MessageBlock, from: number): number {
    let i = from;
    for (; i < block.count && this.#accumulator.waitingBytes < this.#mostWaitingBytes; i++) this.#add(block, i);
    this.#refused = i < block.count;
    // a request of full batches alone waits until every place can have filled one
    if (!this.#fillsBatches || this.#refused) this.#accumulator.dispatch();
    return i - from;
  }

  flush(): void {
    this.#accumulator.flush();
  }

  counters(): ProducerCounters {
    const { batches, batchedMessages, batchedBytes } = this.#accumulator;
    return { batches, batchedMessages, batchedBytes, retriedMessages: this.#client.retriedMessages() };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#accumulator.close();
    await this.#client.close(() => (this.#isClosed = true));
    this.#isClosed = true;
  }

  #add(block: MessageBlock, i: number): void {
    const client = this.#client;
    const topic = block.topic[i] as number;
    const partition = block.partition[i] as number;
    const ticket = block.firstTicket + i;
    if (partition >= (client.leaders[topic] as readonly number[]).length) {
      queueMicrotask(() => this.#fail([ticket], new Error(`there is no partition ${partition}`)));
      return;
    }
    const message = client.make(block, i);
    const place = topic * this.#places + (partition >= 0 ? partition : this.#places - 1);
    this.#accumulator.add(place, ticket, message, client.madeBytes);
  }

  #send(batches: readonly Batch<M>[], done: () => void): void {
    const placed = batches.map(({ place, messages }) => ({ ...this.#placeOf(place), messages }));
    this.#client.send(placed, outcomeOf => {
      const atMicros = nowMicros();
      for (const [i, { isExpired, tickets }] of batches.entries()) {
        const batch = placed[i] as PlacedBatch<M>;
        if (!isExpired) this.#end(tickets, batch.partition, outcomeOf(batch), atMicros);
      }
      done();
      this.#welcome();
    });
  }

  #placeOf(place: number): { topic: number; partition: number } {
    const partition = place % this.#places;
    return { topic: Math.floor(place / this.#places), partition: partition === this.#places - 1 ? -1 : partition };
  }

  #end(tickets: readonly number[], partition: number, outcome: BatchOutcome, atMicros: number): void {
    if (this.#isClosed) return;
    const events = this.#events;
    if (outcome instanceof Error) this.#fail(tickets, outcome);
    else if (this.#acks === 0) forRuns(tickets, (first, count) => events.departed(first, count, atMicros));
    else
      forRuns(tickets, (first, count, index) =>
        events.acknowledged(first, count, atMicros, partition, outcome < 0 ? -1 : outcome + index),
      );
  }

  #expire({ tickets }: Batch<M>): void {
    this.#fail(tickets, new Error('no acknowledgement came within the delivery time-out'));
    this.#welcome();
  }

  #fail(tickets: readonly number[], error: Error): void {
    if (this.#isClosed) return;
    const atMicros = nowMicros();
    forRuns(tickets, (first, count) => this.#events.failed(first, count, atMicros, error));
  }

  /** Calls for more where some was refused and there is room again. */
  #welcome(): void {
    if (!this.#refused || this.#accumulator.waitingBytes >= this.#mostWaitingBytes) return;
    this.#refused = false;
    if (!this.#isClosed) this.#events.writable();
  }
}

/** Calls for each run of consecutive tickets, with the index at which it begins. */
function forRuns(tickets: readonly number[], call: (first: number, count: number, index: number) => void): void {
  let start = 0;
  for (let i = 1; i <= tickets.length; i++) {
    if (i < tickets.length && tickets[i] === (tickets[i - 1] as number) + 1) continue;
    call(tickets[start] as number, i - start, start);
    start = i;
  }
}
