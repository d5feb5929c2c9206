/** A producer on kafkajs: batches by Highwater's accumulator, one `sendBatch` per request and leader. */
import { CompressionTypes, type Kafka, type Producer, type RecordMetadata, type TopicMessages } from 'kafkajs';
import { type BatchClient, BatchedProducer, type BatchOutcome, type PlacedBatch } from '../batched-producer.ts';
import type {
  EffectiveSettings,
  MessageBlock,
  ProducerConnection,
  ProducerEvents,
  ProducerOptions,
} from '../driver.ts';
import { adapted, cannotOpen, openKafka } from './client.ts';
import { producerConfig, translate } from './config.ts';
import { Connections } from './connections.ts';
import { Messages, type TrackedMessage } from './messages.ts';
import { partitionerFor } from './partitioner.ts';

/** kafkajs copies a partition's list once per message when it groups a send: beyond some 500 messages that outweighs the rest. */
const mostMessagesPerBatch = 500;

/** Connects, and learns the leaders of all partitions. */
export async function openProducer(options: ProducerOptions, events: ProducerEvents): Promise<ProducerConnection> {
  const connections = new Connections();
  const translated = translate(producerConfig, options.config);
  const requestTimeout = Math.ceil(options.requestTimeoutMicros / 1e3);
  const kafka = openKafka(options, { ...translated.client, requestTimeout }, connections);
  const retried = { messages: 0 };
  const producer = kafka.producer({
    ...translated.producer,
    allowAutoTopicCreation: false,
    idempotent: options.idempotence,
    maxInFlightRequests: options.maxInFlightRequests,
    createPartitioner: partitionerFor(options.clientPartitioner, retried),
    ...options.options,
  });
  try {
    await producer.connect();
    const leaders = await leadersOf(kafka, options.topics);
    return new BatchedProducer(
      new KafkajsClient({ producer, options, leaders, connections, retried }),
      options,
      events,
    );
  } catch (cause) {
    await connections.close(() => producer.disconnect());
    throw cannotOpen('producer', options, cause);
  }
}

async function leadersOf(kafka: Kafka, topics: readonly string[]): Promise<number[][]> {
  const admin = kafka.admin();
  try {
    await admin.connect();
    const metadata = await admin.fetchTopicMetadata({ topics: [...topics] });
    return topics.map(topic => {
      const partitions = metadata.topics.find(({ name }) => name === topic)?.partitions ?? [];
      return partitions.toSorted((a, b) => a.partitionId - b.partitionId).map(({ leader }) => leader);
    });
  } finally {
    await admin.disconnect();
  }
}

function effectiveSettings(options: ProducerOptions): EffectiveSettings {
  const linger = options.queue === 'requests' ? 'until a batch is full' : `${options.lingerMicros} µs`;
  return {
    ...adapted,
    retries: 5,
    ...options.config,
    acks: options.acks,
    'enable.idempotence': options.idempotence,
    linger: `${linger}, by Highwater's accumulator`,
    'batch.size': options.batchSizeBytes,
    'batch.messages.max': mostMessagesPerBatch,
    'max.in.flight.requests.per.connection': requestsInFlight(options),
    'compression.type': options.compression,
    'request.timeout.ms': Math.ceil(options.requestTimeoutMicros / 1e3),
    'delivery.timeout.ms': Math.ceil(options.deliveryTimeoutMicros / 1e3),
    partitioner: options.clientPartitioner === 'murmur2' ? 'kafkajs DefaultPartitioner' : 'explicit partition',
  };
}

/** kafkajs's idempotent producer sends one request at a time to each broker. */
const requestsInFlight = ({ idempotence, maxInFlightRequests }: ProducerOptions): number =>
  idempotence ? 1 : maxInFlightRequests;

interface Parts {
  readonly producer: Producer;
  readonly options: ProducerOptions;
  /** By topic and partition. */
  readonly leaders: readonly (readonly number[])[];
  readonly connections: Connections;
  readonly retried: { readonly messages: number };
}

type Batch = PlacedBatch<TrackedMessage>;

class KafkajsClient implements BatchClient<TrackedMessage> {
  readonly effective: EffectiveSettings;
  readonly leaders: readonly (readonly number[])[];
  readonly maxInFlightRequests: number;
  readonly mostMessagesPerBatch = mostMessagesPerBatch;
  /** An uncompressed request is encoded without waiting; gzip runs on other threads, and a later request may overtake. */
  readonly order: 'turn' | 'place';
  readonly #parts: Parts;
  readonly #messages: Messages;

  constructor(parts: Parts) {
    const { options, leaders } = parts;
    this.effective = effectiveSettings(options);
    this.leaders = leaders;
    this.maxInFlightRequests = requestsInFlight(options);
    this.order = options.compression === 'none' ? 'turn' : 'place';
    this.#parts = parts;
    this.#messages = new Messages(options.content);
  }

  get madeBytes(): number {
    return this.#messages.madeBytes;
  }

  make(block: MessageBlock, i: number): TrackedMessage {
    return this.#messages.make(block, i);
  }

  send(batches: readonly Batch[], done: (outcomeOf: (batch: Batch) => BatchOutcome) => void): void {
    void this.#request(batches).then(
      records => done(batch => this.#outcomeOf(batch, records)),
      error => done(() => asError(error)),
    );
  }

  retriedMessages(): number {
    return this.#parts.retried.messages;
  }

  close(): Promise<void> {
    const { connections, producer } = this.#parts;
    return connections.close(() => producer.disconnect());
  }

  /** Sends one request; settles when it is answered, or with acks 0 when it has left. */
  async #request(batches: readonly Batch[]): Promise<RecordMetadata[]> {
    const { producer, options, connections } = this.#parts;
    const records = await producer.sendBatch({
      topicMessages: this.#topicMessages(batches),
      acks: options.acks === 'all' ? -1 : options.acks,
      timeout: Math.ceil(options.requestTimeoutMicros / 1e3),
      compression: options.compression === 'gzip' ? CompressionTypes.GZIP : CompressionTypes.None,
    });
    if (options.acks === 0) await connections.untilWritten();
    return records;
  }

  #topicMessages(batches: readonly Batch[]): TopicMessages[] {
    const { topics } = this.#parts.options;
    return [...Map.groupBy(batches, ({ topic }) => topic)].map(([topic, ofTopic]) => ({
      topic: topics[topic] as string,
      messages: ofTopic.length === 1 ? (ofTopic[0] as Batch).messages : ofTopic.flatMap(({ messages }) => messages),
    }));
  }

  #outcomeOf({ topic, partition }: Batch, records: readonly RecordMetadata[]): BatchOutcome {
    const { acks, topics } = this.#parts.options;
    if (acks === 0) return -1;
    const name = topics[topic];
    const record = records.find(
      ({ topicName, partition: of }) => topicName === name && (partition < 0 || of === partition),
    );
    // kafkajs passes over partitions without a leader, and those that moved to a broker which had answered before
    if (record === undefined) return new Error('kafkajs was told nothing of the partition');
    return partition < 0 ? -1 : Number(record.baseOffset ?? -1);
  }
}

const asError = (error: unknown): Error => (error instanceof Error ? error : new Error(String(error)));
