/** A producer on kafkajs: batches by Highwater's accumulator, one `sendBatch` per request and leader. */
import type { Socket } from 'node:net';
import {
  CompressionTypes,
  type ICustomPartitioner,
  type IHeaders,
  type Message,
  Partitioners,
  type Producer,
  type RecordMetadata,
  type TopicMessages,
} from 'kafkajs';
import { nowMicros } from '../../support/clock.ts';
import { stampBytes, stampHeader } from '../../support/stamp.ts';
import { Accumulator, type Batch } from '../accumulator.ts';
import type { MessageBlock, ProducerConnection, ProducerEvents, ProducerOptions } from '../driver.ts';
import { adapted, openKafka } from './client.ts';
import { producerConfig, translate } from './config.ts';

/** kafkajs copies a partition's list once per message when it groups a send: beyond some 500 messages that outweighs the rest. */
const mostMessagesPerBatch = 500;

/** With acks 0: how much a socket may hold before the adapter waits for it. */
const mostUnwrittenBytes = 1_048_576;

const noLeader = -1;

/** Connects, learns the leaders of all partitions and opens a connection to each. */
export async function openProducer(options: ProducerOptions, events: ProducerEvents): Promise<ProducerConnection> {
  const sockets = new Set<Socket>();
  const translated = translate(producerConfig, options.config);
  const kafka = openKafka(
    options,
    { ...translated.client, requestTimeout: Math.ceil(options.requestTimeoutMicros / 1e3) },
    socket => {
      sockets.add(socket);
      socket.on('close', () => sockets.delete(socket));
    },
  );
  const retried = { messages: 0 };
  const settings = {
    ...translated.producer,
    allowAutoTopicCreation: false,
    idempotent: options.idempotence,
    maxInFlightRequests: options.maxInFlightRequests,
    createPartitioner: countingRetries(
      options.clientPartitioner === 'murmur2' ? Partitioners.DefaultPartitioner : explicitPartitioner,
      retried,
    ),
    ...options.options,
  };
  const producer = kafka.producer(settings);
  await producer.connect();
  const leaders = await leadersOf(kafka, options.topics);
  return new KafkajsProducer({ producer, options, events, leaders, sockets, retried });
}

/** A message as kafkajs takes it, which remembers whether its partition was asked for. */
interface TrackedMessage extends Message {
  wasSent: boolean;
}

const explicitPartitioner: ICustomPartitioner = () => args => args.message.partition as number;

/** Counts messages that are sent again: kafkajs asks for a message's partition once an attempt. */
function countingRetries(create: ICustomPartitioner, retried: { messages: number }): ICustomPartitioner {
  return () => {
    const choose = create();
    return args => {
      const message = args.message as TrackedMessage;
      if (message.wasSent) retried.messages++;
      else message.wasSent = true;
      return choose(args);
    };
  };
}

async function leadersOf(kafka: ReturnType<typeof openKafka>, topics: readonly string[]): Promise<number[][]> {
  const admin = kafka.admin();
  await admin.connect();
  try {
    const metadata = await admin.fetchTopicMetadata({ topics: [...topics] });
    return topics.map(topic => {
      const partitions = metadata.topics.find(({ name }) => name === topic)?.partitions ?? [];
      return partitions.toSorted((a, b) => a.partitionId - b.partitionId).map(({ leader }) => leader);
    });
  } finally {
    await admin.disconnect();
  }
}

interface Parts {
  readonly producer: Producer;
  readonly options: ProducerOptions;
  readonly events: ProducerEvents;
  /** By topic and partition. */
  readonly leaders: readonly (readonly number[])[];
  readonly sockets: ReadonlySet<Socket>;
  readonly retried: { readonly messages: number };
}

class KafkajsProducer implements ProducerConnection {
  readonly effective;
  readonly #parts: Parts;
  readonly #accumulator: Accumulator<Message>;
  /** Places per topic: its partitions, and one for messages whose partition kafkajs chooses. */
  readonly #places: number;
  readonly #mostWaitingBytes: number;
  readonly #headers: readonly IHeaders[];
  #refused = false;
  #stalled = false;

  constructor(parts: Parts) {
    const { options, leaders } = parts;
    this.#parts = parts;
    this.#places = Math.max(...leaders.map(({ length }) => length)) + 1;
    const places = leaders.reduce((sum, { length }) => sum + length + 1, 0);
    const fillsBatches = options.queue === 'requests';
    // with so much waiting at least one place has a full batch
    this.#mostWaitingBytes = fillsBatches ? options.batchSizeBytes * places : Infinity;
    this.#headers = options.content.headerSets.map(headersOf);
    this.#accumulator = new Accumulator({
      // a saturating load fills batches at once: to send less than full ones would measure impatience
      lingerMicros: fillsBatches ? Infinity : options.lingerMicros,
      batchSizeBytes: options.batchSizeBytes,
      mostMessagesPerBatch,
      maxInFlightRequests: options.idempotence ? 1 : options.maxInFlightRequests,
      // an uncompressed request is encoded without waiting; gzip runs on other threads, and a later request may overtake
      order: options.compression === 'none' ? 'turn' : 'place',
      leaderOf: place => leaders[Math.floor(place / this.#places)]?.[place % this.#places] ?? noLeader,
      send: (batches, done) => void this.#send(batches, done),
    });
    this.effective = {
      ...adapted,
      acks: options.acks,
      'enable.idempotence': options.idempotence,
      linger: fillsBatches
        ? "until a batch is full, by Highwater's accumulator"
        : `${options.lingerMicros} µs, by Highwater's accumulator`,
      'batch.size': options.batchSizeBytes,
      'batch.messages.max': mostMessagesPerBatch,
      'max.in.flight.requests.per.connection': options.idempotence ? 1 : options.maxInFlightRequests,
      'compression.type': options.compression,
      'request.timeout.ms': Math.ceil(options.requestTimeoutMicros / 1e3),
      partitioner: options.clientPartitioner === 'murmur2' ? 'kafkajs DefaultPartitioner' : 'explicit partition',
    };
  }

  submit(block: MessageBlock, from: number): number {
    if (this.#stalled) {
      this.#refused = true;
      return 0;
    }
    let i = from;
    for (; i < block.count && this.#accumulator.waitingBytes < this.#mostWaitingBytes; i++) this.#add(block, i);
    this.#refused = i < block.count;
    this.#accumulator.dispatch();
    return i - from;
  }

  flush(): void {
    this.#accumulator.flush();
  }

  counters() {
    const { batches, batchedMessages, batchedBytes } = this.#accumulator;
    return { batches, batchedMessages, batchedBytes, retriedMessages: this.#parts.retried.messages };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#accumulator.close();
    await this.#parts.producer.disconnect();
  }

  #add(block: MessageBlock, i: number): void {
    const { content } = this.#parts.options;
    const offset = block.bodyOffset[i] as number;
    const length = block.bodyLength[i] as number;
    const isStamped = content.stampIn === 'value';
    const value = length < 0 ? null : Buffer.allocUnsafe(length + (isStamped ? stampBytes : 0));
    if (value !== null) {
      if (isStamped) block.stamps.copy(value, 0, i * stampBytes, (i + 1) * stampBytes);
      content.bodies.copy(value, isStamped ? stampBytes : 0, offset, offset + length);
    }
    const key = content.keys[block.key[i] as number] ?? null;
    const partition = block.partition[i] as number;
    const message: TrackedMessage = { key, value, wasSent: false };
    if (partition >= 0) message.partition = partition;
    const headers = this.#headers[block.headers[i] as number];
    if (!isStamped) {
      const stamp = Buffer.from(block.stamps.subarray(i * stampBytes, (i + 1) * stampBytes));
      message.headers = { ...headers, [stampHeader]: stamp };
    } else if (headers !== undefined) message.headers = headers;
    const place = (block.topic[i] as number) * this.#places + (partition >= 0 ? partition : this.#places - 1);
    this.#accumulator.add(place, block.firstTicket + i, message, (value?.length ?? 0) + (key?.length ?? 0));
  }

  async #send(batches: Batch<Message>[], done: () => void): Promise<void> {
    const { producer, options, events } = this.#parts;
    try {
      const records = await producer.sendBatch({
        topicMessages: this.#topicMessages(batches),
        acks: options.acks === 'all' ? -1 : options.acks,
        timeout: Math.ceil(options.requestTimeoutMicros / 1e3),
        compression: options.compression === 'gzip' ? CompressionTypes.GZIP : CompressionTypes.None,
      });
      const atMicros = nowMicros();
      if (options.acks === 0) {
        await this.#untilWritten();
        const writtenMicros = nowMicros();
        for (const batch of batches)
          forRuns(batch.tickets, (first, count) => events.departed(first, count, writtenMicros));
      } else for (const batch of batches) this.#acknowledge(batch, records, atMicros);
    } catch (error) {
      const atMicros = nowMicros();
      const cause = error instanceof Error ? error : new Error(String(error));
      for (const batch of batches)
        forRuns(batch.tickets, (first, count) => events.failed(first, count, atMicros, cause));
    }
    done();
    this.#welcome();
  }

  #topicMessages(batches: readonly Batch<Message>[]): TopicMessages[] {
    const { topics } = this.#parts.options;
    const byTopic = Map.groupBy(batches, ({ place }) => Math.floor(place / this.#places));
    return [...byTopic].map(([topic, ofTopic]) => ({
      topic: topics[topic] as string,
      messages:
        ofTopic.length === 1 ? (ofTopic[0] as Batch<Message>).messages : ofTopic.flatMap(({ messages }) => messages),
    }));
  }

  #acknowledge({ place, tickets }: Batch<Message>, records: readonly RecordMetadata[], atMicros: number): void {
    const { options, events } = this.#parts;
    const partition = place % this.#places === this.#places - 1 ? -1 : place % this.#places;
    const topic = options.topics[Math.floor(place / this.#places)];
    const record = records.find(({ topicName, partition: of }) => topicName === topic && of === partition);
    const baseOffset = partition < 0 || record?.baseOffset === undefined ? -1 : Number(record.baseOffset);
    forRuns(tickets, (first, count, index) =>
      events.acknowledged(first, count, atMicros, partition, baseOffset < 0 ? -1 : baseOffset + index),
    );
  }

  /** With acks 0 nothing pushes back but the socket: waits until it has let go of most of what it holds. */
  async #untilWritten(): Promise<void> {
    while (this.#unwrittenBytes() > mostUnwrittenBytes) {
      this.#stalled = true;
      const [fullest] = [...this.#parts.sockets].toSorted((a, b) => b.writableLength - a.writableLength);
      await new Promise<void>(resolve => {
        fullest?.once('drain', resolve);
        fullest?.once('close', resolve);
      });
    }
    this.#stalled = false;
  }

  #unwrittenBytes(): number {
    let most = 0;
    for (const { writableLength } of this.#parts.sockets) most = Math.max(most, writableLength);
    return most;
  }

  /** Calls for more where some was refused and there is room again. */
  #welcome(): void {
    if (!this.#refused || this.#stalled || this.#accumulator.waitingBytes >= this.#mostWaitingBytes) return;
    this.#refused = false;
    this.#parts.events.writable();
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

/** kafkajs takes headers as an object, with an array where a name repeats. */
function headersOf(headers: readonly { readonly name: string; readonly value: Buffer }[]): IHeaders {
  const byName = Map.groupBy(headers, ({ name }) => name);
  return Object.fromEntries(
    [...byName].map(([name, same]) => [
      name,
      same.length === 1 ? (same[0] as { value: Buffer }).value : same.map(({ value }) => value),
    ]),
  ) as IHeaders;
}
