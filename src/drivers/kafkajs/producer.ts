/** A producer on kafkajs: batches by Highwater's accumulator, one `sendBatch` per request and leader. */
import { CompressionTypes, type Kafka, type Producer, type RecordMetadata, type TopicMessages } from 'kafkajs';
import { nowMicros } from '../../support/clock.ts';
import { Accumulator, type Batch } from '../accumulator.ts';
import type {
  EffectiveSettings,
  MessageBlock,
  ProducerConnection,
  ProducerCounters,
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

const noLeader = -1;

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
    return new KafkajsProducer({ producer, options, events, leaders, connections, retried });
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
  readonly events: ProducerEvents;
  /** By topic and partition. */
  readonly leaders: readonly (readonly number[])[];
  readonly connections: Connections;
  readonly retried: { readonly messages: number };
}

class KafkajsProducer implements ProducerConnection {
  readonly effective: EffectiveSettings;
  readonly #parts: Parts;
  readonly #accumulator: Accumulator<TrackedMessage>;
  readonly #messages: Messages;
  /** Places per topic: its partitions, and one for messages whose partition kafkajs chooses. */
  readonly #places: number;
  /** Whether the load is to fill the client: then what waits is bounded, and only full batches leave. */
  readonly #fillsBatches: boolean;
  readonly #mostWaitingBytes: number;
  #refused = false;
  #isClosed = false;

  constructor(parts: Parts) {
    const { options, leaders } = parts;
    this.#parts = parts;
    this.#messages = new Messages(options.content);
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
      maxInFlightRequests: requestsInFlight(options),
      deliveryTimeoutMicros: options.deliveryTimeoutMicros,
      // an uncompressed request is encoded without waiting; gzip runs on other threads, and a later request may overtake
      order: options.compression === 'none' ? 'turn' : 'place',
      leaderOf: place => leaders[Math.floor(place / this.#places)]?.[place % this.#places] ?? noLeader,
      send: (batches, done) => void this.#send(batches, done),
      sent: () => this.#welcome(),
      expired: batch => this.#expire(batch),
    });
    this.effective = effectiveSettings(options);
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
    return { batches, batchedMessages, batchedBytes, retriedMessages: this.#parts.retried.messages };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const { connections, producer } = this.#parts;
    this.#accumulator.close();
    await connections.close(() => producer.disconnect());
    this.#isClosed = true;
  }

  #add(block: MessageBlock, i: number): void {
    const topic = block.topic[i] as number;
    const partition = block.partition[i] as number;
    const ticket = block.firstTicket + i;
    if (partition >= (this.#parts.leaders[topic] as readonly number[]).length) {
      queueMicrotask(() => this.#fail([ticket], new Error(`there is no partition ${partition}`)));
      return;
    }
    const message = this.#messages.make(block, i);
    const place = topic * this.#places + (partition >= 0 ? partition : this.#places - 1);
    this.#accumulator.add(place, ticket, message, this.#messages.madeBytes);
  }

  async #send(batches: Batch<TrackedMessage>[], done: () => void): Promise<void> {
    const answer = await this.#request(batches).catch(asError);
    const atMicros = nowMicros();
    for (const batch of batches) {
      if (batch.isExpired) continue;
      if (answer instanceof Error) this.#fail(batch.tickets, answer);
      else if (this.#parts.options.acks === 0) this.#depart(batch.tickets, atMicros);
      else this.#acknowledge(batch, answer, atMicros);
    }
    done();
    this.#welcome();
  }

  /** Sends one request; settles when it is answered, or with acks 0 when it has left. */
  async #request(batches: readonly Batch<TrackedMessage>[]): Promise<RecordMetadata[]> {
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

  #topicMessages(batches: readonly Batch<TrackedMessage>[]): TopicMessages[] {
    const { topics } = this.#parts.options;
    const byTopic = Map.groupBy(batches, ({ place }) => Math.floor(place / this.#places));
    return [...byTopic].map(([topic, ofTopic]) => ({
      topic: topics[topic] as string,
      messages:
        ofTopic.length === 1
          ? (ofTopic[0] as Batch<TrackedMessage>).messages
          : ofTopic.flatMap(({ messages }) => messages),
    }));
  }

  #acknowledge({ place, tickets }: Batch<TrackedMessage>, records: readonly RecordMetadata[], atMicros: number): void {
    const partition = place % this.#places === this.#places - 1 ? -1 : place % this.#places;
    const topic = this.#parts.options.topics[Math.floor(place / this.#places)];
    const record = records.find(
      ({ topicName, partition: of }) => topicName === topic && (partition < 0 || of === partition),
    );
    // kafkajs passes over partitions without a leader, and those that moved to a broker which had answered before
    if (record === undefined) return this.#fail(tickets, new Error('kafkajs was told nothing of the partition'));
    const baseOffset = partition < 0 ? -1 : Number(record.baseOffset ?? -1);
    if (this.#isClosed) return;
    const { events } = this.#parts;
    forRuns(tickets, (first, count, index) =>
      events.acknowledged(first, count, atMicros, partition, baseOffset < 0 ? -1 : baseOffset + index),
    );
  }

  #depart(tickets: readonly number[], atMicros: number): void {
    forRuns(tickets, (first, count) => this.#tell(events => events.departed(first, count, atMicros)));
  }

  #expire({ tickets }: Batch<TrackedMessage>): void {
    this.#fail(tickets, new Error('no acknowledgement came within the delivery time-out'));
    this.#welcome();
  }

  #fail(tickets: readonly number[], error: Error): void {
    const atMicros = nowMicros();
    forRuns(tickets, (first, count) => this.#tell(events => events.failed(first, count, atMicros, error)));
  }

  /** kafkajs goes on for a while with what it had begun when it was closed. */
  #tell(call: (events: ProducerEvents) => void): void {
    if (!this.#isClosed) call(this.#parts.events);
  }

  /** Calls for more where some was refused and there is room again. */
  #welcome(): void {
    if (!this.#refused || this.#accumulator.waitingBytes >= this.#mostWaitingBytes) return;
    this.#refused = false;
    this.#tell(events => events.writable());
  }
}

const asError = (error: unknown): Error => (error instanceof Error ? error : new Error(String(error)));

/** Calls for each run of consecutive tickets, with the index at which it begins. */
function forRuns(tickets: readonly number[], call: (first: number, count: number, index: number) => void): void {
  let start = 0;
  for (let i = 1; i <= tickets.length; i++) {
    if (i < tickets.length && tickets[i] === (tickets[i - 1] as number) + 1) continue;
    call(tickets[start] as number, i - start, start);
    start = i;
  }
}
