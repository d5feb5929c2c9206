/** A producer on @platformatic/kafka: one `send` per request and leader, with the library's callbacks. */
import { apiVersionsV3, clientSoftwareName, clientSoftwareVersion, type ProduceResult } from '@platformatic/kafka';
import { type BatchClient, BatchedProducer, type BatchOutcome, type PlacedBatch } from '../batched-producer.ts';
import type {
  EffectiveSettings,
  MessageBlock,
  ProducerConnection,
  ProducerEvents,
  ProducerOptions,
} from '../driver.ts';
import { baseOptions, cannotOpen, closeClient, learnTopics, publicError } from './client.ts';
import { type Backoff, producerConfig, retriesWithin, translate } from './config.ts';
import { Messages, type PlatformaticMessage } from './messages.ts';
import { murmur2Partitioner } from './partitioner.ts';
import { answersWithin, type ProduceAnswer, WatchedProducer } from './requests.ts';

type Batch = PlacedBatch<PlatformaticMessage>;
type ProducerSettings = ReturnType<typeof producerSettings>;

/** What frames a record is some ten bytes long: of small messages a batch of a megabyte would be more than brokers take. */
const mostMessagesPerBatch = 4_000;

/** Connects, and learns the leaders of all partitions. */
export async function openProducer(options: ProducerOptions, events: ProducerEvents): Promise<ProducerConnection> {
  const { settings: translated, backoff } = translate(producerConfig, options.config);
  const settings = producerSettings(options, translated, backoff);
  const producer = new WatchedProducer(settings);
  try {
    const { topics } = await learnTopics(producer, options.topics, settings);
    if (options.idempotence) await producer.initIdempotentProducer({});
    const leaders = options.topics.map(topic => topics.get(topic)?.partitions.map(({ leader }) => leader) ?? []);
    const effective = effectiveSettings(options, settings, backoff);
    return new BatchedProducer(new PlatformaticClient(producer, options, { leaders, effective }), options, events);
  } catch (cause) {
    await closeClient(
      () => [producer.connections],
      async () => undefined,
      () => producer.close(),
    );
    throw cannotOpen('producer', options, cause);
  }
}

/** The library's own three attempts would give up long before the delivery time-out is up. */
function producerSettings(
  options: ProducerOptions,
  translated: ReturnType<typeof translate>['settings'],
  backoff: Backoff,
) {
  const requestTimeout = Math.ceil(options.requestTimeoutMicros / 1e3);
  return {
    ...baseOptions(options, translated, backoff),
    requestTimeout,
    timeout: requestTimeout,
    retries: translated.retries ?? retriesWithin(options.deliveryTimeoutMicros / 1e3, backoff),
    maxInflights: options.maxInFlightRequests,
    idempotent: options.idempotence,
    compression: options.compression,
    ...(options.clientPartitioner === 'murmur2' ? { partitioner: murmur2Partitioner() } : {}),
    ...options.options,
  };
}

function effectiveSettings(options: ProducerOptions, settings: ProducerSettings, backoff: Backoff): EffectiveSettings {
  const linger = options.queue === 'requests' ? 'until a batch is full' : `${options.lingerMicros} µs`;
  return {
    'tcp.nodelay': true,
    acks: options.acks,
    'enable.idempotence': settings.idempotent,
    linger: `${linger}, by Highwater's accumulator`,
    'batch.size': options.batchSizeBytes,
    'batch.messages.max': mostMessagesPerBatch,
    'max.in.flight.requests.per.connection': settings.maxInflights,
    'compression.type': settings.compression,
    'request.timeout.ms': settings.requestTimeout,
    timeout: settings.timeout,
    'delivery.timeout.ms': Math.ceil(options.deliveryTimeoutMicros / 1e3),
    retries: settings.retries,
    'retry.backoff.ms': backoff.firstMillis,
    'retry.backoff.max.ms': backoff.mostMillis,
    'metadata.max.age.ms': settings.metadataMaxAge,
    'socket.connection.setup.timeout.ms': settings.connectTimeout,
    partitioner:
      options.clientPartitioner === 'murmur2'
        ? 'compatibilityPartitioner, round robin without a key'
        : 'explicit partition',
  };
}

/** Settles when every broker has answered all that it was asked: one answers in order, so that acks 0 are behind it too. */
async function untilAnswered({ connections }: WatchedProducer): Promise<void> {
  const connected = [...connections].filter(([, connection]) => connection.isConnected());
  const ask = apiVersionsV3.api.async;
  await Promise.all(connected.map(([, connection]) => ask(connection, clientSoftwareName, clientSoftwareVersion)));
}

class PlatformaticClient implements BatchClient<PlatformaticMessage> {
  readonly effective: EffectiveSettings;
  readonly leaders: readonly (readonly number[])[];
  readonly maxInFlightRequests: number;
  readonly mostMessagesPerBatch = mostMessagesPerBatch;
  /** The library writes what it is given in order: compressing by gzip, which it awaits, holds back what comes behind. */
  readonly order = 'turn';
  readonly #producer: WatchedProducer;
  readonly #messages: Messages;
  readonly #options: ProducerOptions;
  readonly #acks: number;

  constructor(
    producer: WatchedProducer,
    options: ProducerOptions,
    { leaders, effective }: Pick<BatchClient<PlatformaticMessage>, 'leaders' | 'effective'>,
  ) {
    this.effective = effective;
    this.leaders = leaders;
    this.#producer = producer;
    this.#options = options;
    this.#messages = new Messages(options.topics, options.content);
    this.#acks = options.acks === 'all' ? -1 : options.acks;
    // the library's idempotent producer has one request in flight
    this.maxInFlightRequests = options.idempotence ? 1 : options.maxInFlightRequests;
  }

  get madeBytes(): number {
    return this.#messages.madeBytes;
  }

  make(block: MessageBlock, i: number): PlatformaticMessage {
    return this.#messages.make(block, i);
  }

  send(batches: readonly Batch[], done: (outcomeOf: (batch: Batch) => BatchOutcome) => void): void {
    const [first, ...others] = batches as [Batch, ...Batch[]];
    const messages = others.length === 0 ? first.messages : batches.flatMap(batch => batch.messages);
    this.#producer.send({ messages: messages as never, acks: this.#acks }, (error, result) => {
      this.#messages.giveBack(messages);
      done(error === null ? this.#outcomesOf(result) : this.#outcomesOfFailure(error));
    });
  }

  retriedMessages(): number {
    return this.#producer.resentMessages;
  }

  close(quiet: () => void): Promise<void> {
    const producer = this.#producer;
    return closeClient(
      () => [producer.connections],
      () => untilAnswered(producer),
      () => {
        quiet();
        return producer.close();
      },
    );
  }

  #outcomesOf(result: ProduceResult | undefined): (batch: Batch) => BatchOutcome {
    if (this.#acks === 0) return () => -1;
    const offsetOf = this.#offsetsIn(result?.offsets ?? []);
    return batch => {
      // which partitions the library chose it does not tell
      if (batch.partition < 0) return -1;
      return offsetOf(batch) ?? new Error('the broker said nothing of the partition');
    };
  }

  /** Of several leaders, or of several partitions of one, some may have taken what they were sent. */
  #outcomesOfFailure(cause: Error): (batch: Batch) => BatchOutcome {
    const { produced } = cause as { produced?: ProduceResult };
    const error = publicError(cause, this.#options);
    const offsetOf = this.#offsetsIn([...answersWithin(cause), ...(produced?.offsets ?? [])]);
    return batch => offsetOf(batch) ?? error;
  }

  #offsetsIn(answers: readonly ProduceAnswer[]): (batch: Batch) => number | undefined {
    const offsets = new Map(answers.map(({ topic, partition, offset }) => [`${topic}:${partition}`, Number(offset)]));
    return ({ topic, partition }) => offsets.get(`${this.#options.topics[topic]}:${partition}`);
  }
}
