/** A producer on Highwater's own protocol engine. */
import { nowMicros } from '../../support/clock.ts';
import type {
  EffectiveSettings,
  MessageBlock,
  ProducerConnection,
  ProducerCounters,
  ProducerEvents,
  ProducerOptions,
} from '../driver.ts';
import type { Batch } from './batch.ts';
import { cannotOpen, ClusterView } from './cluster-view.ts';
import { producerDefaults, settingsOf } from './config.ts';
import { Outbox } from './outbox.ts';
import type { Place } from './place.ts';
import { ProduceFrames } from './produce-frames.ts';
import { Sender, type SenderEvents } from './sender.ts';
import { noLongerThan } from '../../support/wait.ts';

/** Answers to what a producer asks are small. */
const mostFrameBytes = 2 ** 26;

/** A broker remembers the last five batches of an idempotent producer in a partition (KIP-98): more in flight could not be told from repeats. */
const mostIdempotentInFlight = 5;

/**
 * A saturating load sends requests of no more than this, unless one batch is larger. A broker allocates a whole request at once, and its
 * collector treats what takes half a region (1 MiB with the usual heaps) apart: smaller requests get through faster (measured:
 * 3.6 M messages/s against 2.7 with 1 MiB).
 */
const saturatingRequestBytes = 393_216;

/** How long closing with acks 0 waits until the brokers have appended what was sent. */
const drainMillis = 2_000;

/** Connects to the leaders of all partitions. @throws HarnessError `environment` where that is not possible */
export async function openProducer(options: ProducerOptions, events: ProducerEvents): Promise<ProducerConnection> {
  const settings = settingsOf(producerDefaults, options.config);
  let producer: WireProducer | null = null;
  const view = await ClusterView.open({
    client: options,
    connectTimeoutMillis: settings['socket.connection.setup.timeout.ms'],
    requestTimeoutMillis: Math.ceil(options.requestTimeoutMicros / 1e3),
    mostFrameBytes,
    backoffMillis: settings['retry.backoff.ms'],
    retries: settings.retries,
    metadataMaxAgeMillis: settings['metadata.max.age.ms'],
    onRefreshed: () => producer?.refreshed(),
  });
  try {
    producer = new WireProducer({ options, events, view, settings });
    await producer.connect();
    return producer;
  } catch (cause) {
    await view[Symbol.asyncDispose]();
    throw cannotOpen(options, cause);
  }
}

type Settings = ReturnType<typeof settingsOf<typeof producerDefaults>>;

function requestsInFlight({ idempotence, maxInFlightRequests }: ProducerOptions): number {
  return idempotence ? Math.min(mostIdempotentInFlight, maxInFlightRequests) : maxInFlightRequests;
}

function effectiveSettings(options: ProducerOptions, settings: Settings): EffectiveSettings {
  const linger = options.queue === 'requests' ? 'until a batch is full' : `${options.lingerMicros} µs`;
  return {
    ...settings,
    'tcp.nodelay': true,
    acks: options.acks,
    'enable.idempotence': options.idempotence,
    linger,
    'batch.size': options.batchSizeBytes,
    'max.in.flight.requests.per.connection': requestsInFlight(options),
    'compression.type': options.compression,
    'request.timeout.ms': Math.ceil(options.requestTimeoutMicros / 1e3),
    'delivery.timeout.ms': Math.ceil(options.deliveryTimeoutMicros / 1e3),
    partitioner: 'explicit partition',
  };
}

interface Parts {
  readonly options: ProducerOptions;
  readonly events: ProducerEvents;
  readonly view: ClusterView;
  readonly settings: Settings;
}

class WireProducer implements ProducerConnection {
  readonly effective: EffectiveSettings;
  readonly #options: ProducerOptions;
  readonly #events: ProducerEvents;
  readonly #view: ClusterView;
  readonly #outbox: Outbox;
  readonly #sender: Sender;
  /** Whether the load is to fill the client: then what waits is bounded, and only full batches leave. */
  readonly #fillsBatches: boolean;
  readonly #mostWaitingBytes: number;
  #refused = false;
  #isClosed = false;

  constructor({ options, events, view, settings }: Parts) {
    this.#options = options;
    this.#events = events;
    this.#view = view;
    this.#fillsBatches = options.queue === 'requests';
    const { topics, clientId, acks } = options;
    const requestTimeoutMillis = Math.ceil(options.requestTimeoutMicros / 1e3);
    const frames = new ProduceFrames({ clientId, topics, acks, requestTimeoutMillis });
    this.#outbox = new Outbox({
      content: options.content,
      partitions: topics.map((_, topic) => view.partitionsOf(topic)),
      batchSizeBytes: options.batchSizeBytes,
      // a saturating load fills batches at once: to send less than full ones would measure impatience
      lingerMicros: this.#fillsBatches ? Infinity : options.lingerMicros,
      mostEncodedBytes: settings['max.request.size'] - frames.roomBytes,
      roomBytes: frames.roomBytes,
    });
    // with so much waiting at least one place has a full batch
    this.#mostWaitingBytes = this.#fillsBatches ? options.batchSizeBytes * (this.#outbox.places.length + 1) : Infinity;
    this.#sender = new Sender({
      outbox: this.#outbox,
      frames,
      view,
      events: this.#senderEvents(),
      settings: {
        topics,
        isAnswered: acks !== 0,
        compression: options.compression,
        maxInFlightRequests: requestsInFlight(options),
        mostRequestBytes: this.#fillsBatches
          ? Math.min(saturatingRequestBytes, settings['max.request.size'])
          : settings['max.request.size'],
        deliveryTimeoutMicros: options.deliveryTimeoutMicros,
        retries: settings.retries,
        backoffMicros: settings['retry.backoff.ms'] * 1e3,
        mostBackoffMicros: settings['retry.backoff.max.ms'] * 1e3,
      },
    });
    this.effective = effectiveSettings(options, settings);
  }

  /** Connects to the leaders, and gets an idempotent producer's identity. */
  async connect(): Promise<void> {
    await this.#sender.connect();
    if (!this.#options.idempotence) return;
    const producerId = await this.#view.newProducerId();
    for (const place of this.#outbox.places) place.assume(producerId);
  }

  /** Leaders may have moved. */
  refreshed(): void {
    this.#sender.refreshed();
  }

  submit(block: MessageBlock, from: number): number {
    const nowMillis = Date.now();
    const outbox = this.#outbox;
    let i = from;
    for (; i < block.count && outbox.waitingBytes < this.#mostWaitingBytes; i++) {
      if (outbox.hasPlaceFor(block, i)) outbox.add(block, i, nowMillis);
      else this.#refuse(block.firstTicket + i, block.partition[i] as number);
    }
    this.#refused = i < block.count;
    // a saturating load sends full batches alone
    if (!this.#fillsBatches || this.#refused || outbox.hasFull) this.#sender.dispatch();
    return i - from;
  }

  flush(): void {
    this.#outbox.isFlushing = true;
    this.#sender.dispatch();
  }

  counters(): ProducerCounters {
    const { batches, batchedMessages, batchedBytes, retriedMessages } = this.#sender;
    return { batches, batchedMessages, batchedBytes, retriedMessages };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#sender.close();
    if (this.#options.acks === 0) await noLongerThan(drainMillis, this.#sender.drained());
    await this.#view[Symbol.asyncDispose]();
  }

  #senderEvents(): SenderEvents {
    return {
      acknowledged: (batch, atMicros, place, baseOffset) => this.#acknowledged(batch, atMicros, place, baseOffset),
      failed: (batch, error) => {
        const atMicros = nowMicros();
        this.#forRuns(batch, (first, count) => this.#events.failed(first, count, atMicros, error));
      },
      departed: (batch, atMicros) =>
        this.#forRuns(batch, (first, count) => this.#events.departed(first, count, atMicros)),
      moved: () => this.#welcome(),
    };
  }

  #acknowledged(batch: Batch, atMicros: number, { partition }: Place, baseOffset: number): void {
    this.#forRuns(batch, (first, count, index) =>
      this.#events.acknowledged(first, count, atMicros, partition, baseOffset < 0 ? -1 : baseOffset + index),
    );
  }

  /** Calls for each run of consecutive tickets, with its first record's index in the batch. */
  #forRuns(batch: Batch, call: (first: number, count: number, index: number) => void): void {
    if (this.#isClosed) return;
    let index = 0;
    for (let run = 0; run < batch.runs; run++) {
      const count = batch.runCount[run] as number;
      call(batch.runFirst[run] as number, count, index);
      index += count;
    }
  }

  #refuse(ticket: number, partition: number): void {
    queueMicrotask(() => {
      if (!this.#isClosed) this.#events.failed(ticket, 1, nowMicros(), new Error(`there is no partition ${partition}`));
    });
  }

  /** Calls for more where some was refused and there is room again. */
  #welcome(): void {
    if (!this.#refused || this.#isClosed || this.#outbox.waitingBytes >= this.#mostWaitingBytes) return;
    this.#refused = false;
    this.#events.writable();
  }
}
