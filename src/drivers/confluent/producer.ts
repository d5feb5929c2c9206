/** A producer on librdkafka: it batches and lingers by itself, and reports on every message. Its hot part runs once a message. */
import type {
  DeliveryReport,
  LibrdKafkaError,
  MessageHeader,
  PartitionMetadata,
  Producer,
} from '@confluentinc/kafka-javascript';
import { nowMicros } from '../../support/clock.ts';
import type {
  EffectiveSettings,
  MessageBlock,
  ProducerConnection,
  ProducerCounters,
  ProducerEvents,
  ProducerOptions,
} from '../driver.ts';
import { BatchStatistics } from './batch-statistics.ts';
import { connectClient, createClient, disconnectClient } from './client.ts';
import { DeliveryRuns } from './delivery-runs.ts';
import { librdkafkaMessage, loadLibrary } from './library.ts';
import { Messages } from './messages.ts';
import { effectiveProducer, type MostHeld, mostHeld, producerSettings } from './producer-settings.ts';

/** librdkafka's code for a queue that takes no more. */
const queueIsFull = -184;

/** One flush ends linger for so long; it is repeated while something waits. */
const flushMillis = 100;

/** How long closing waits for the leaders to have read what was sent with acks 0. */
const departureMillis = 2_000;

/** A client that refused messages takes some again when so much of what it may hold is free. */
const roomShare = 0.25;

/** Connects, and learns the leaders of all partitions. */
export async function openProducer(options: ProducerOptions, events: ProducerEvents): Promise<ProducerConnection> {
  const settings = producerSettings(options);
  const { Producer: LibraryProducer } = loadLibrary();
  const client = createClient('producer', options, settings, all => new LibraryProducer({ ...all, dr_cb: true }));
  const partitions = await connectClient(client, 'producer', options);
  client.setPollInBackground(true);
  const leaders = leadersOf(options.topics, partitions);
  const held = mostHeld(options, settings, leaders.length, partitions.flat().length);
  const effective = effectiveProducer(options, settings, held);
  return new ConfluentProducer({ client, options, events, effective, leaders, mostHeld: held });
}

/** What is under the library's producer: it returns librdkafka's code, where the library would make an error for each full queue. */
interface NativeProducer {
  produce(
    topic: string,
    partition: number,
    value: Buffer | null,
    key: Buffer | null,
    timestamp: undefined,
    opaque: number,
    headers: MessageHeader[] | undefined,
  ): number;
}

/** A partition of each leader. */
interface Led {
  readonly topic: string;
  readonly partition: number;
}

function leadersOf(topics: readonly string[], partitions: readonly (readonly PartitionMetadata[])[]): Led[] {
  const byLeader = new Map<number, Led>();
  for (const [index, ofTopic] of partitions.entries()) {
    for (const { id, leader } of ofTopic) byLeader.set(leader, { topic: topics[index] as string, partition: id });
  }
  return [...byLeader.values()];
}

interface Parts {
  readonly client: Producer;
  readonly options: ProducerOptions;
  readonly events: ProducerEvents;
  readonly effective: EffectiveSettings;
  readonly leaders: readonly Led[];
  readonly mostHeld: MostHeld;
}

class ConfluentProducer implements ProducerConnection {
  readonly effective: EffectiveSettings;
  readonly #parts: Parts;
  readonly #client: Producer;
  readonly #native: NativeProducer;
  readonly #topics: readonly string[];
  readonly #mostHeld: MostHeld;
  readonly #messages: Messages;
  readonly #runs: DeliveryRuns;
  readonly #statistics = new BatchStatistics();
  readonly #errors = new Map<string, Error>();
  /** With the client and not yet reported on. */
  #held = 0;
  #heldBytes = 0;
  /** Handed over since the beginning, with bytes of keys, values and headers. */
  #taken = 0;
  #takenBytes = 0;
  #refused = false;
  #isFlushing = false;
  #isClosed = false;
  #turn: NodeJS.Immediate | null = null;
  /** When the first report of this turn came: those after it were there by then. */
  #turnMicros = 0;

  constructor(parts: Parts) {
    this.#parts = parts;
    this.#client = parts.client;
    this.#native = parts.client.getClient() as NativeProducer;
    this.#topics = parts.options.topics;
    this.#mostHeld = parts.mostHeld;
    this.effective = parts.effective;
    this.#messages = new Messages(parts.options.content);
    this.#runs = new DeliveryRuns(parts.events, parts.options.acks === 0 ? 'departed' : 'acknowledged');
    parts.client.on('delivery-report', this.#report);
    parts.client.on('event.stats', ({ message }: { message: string }) => this.#statistics.add(message));
  }

  submit(block: MessageBlock, from: number): number {
    let i = from;
    while (i < block.count && this.#hasRoom(0) && this.#produce(block, i)) i++;
    if (i < block.count) this.#refused = true;
    return i - from;
  }

  flush(): void {
    if (!this.#isFlushing) void this.#flushAll();
  }

  counters(): ProducerCounters {
    const { batches, batchedMessages } = this.#statistics;
    const share = this.#taken === 0 ? 0 : Math.min(1, batchedMessages / this.#taken);
    return {
      batches,
      batchedMessages: Math.min(batchedMessages, this.#taken),
      batchedBytes: Math.round(this.#takenBytes * share),
      retriedMessages: Math.max(0, batchedMessages - this.#taken),
    };
  }

  async counted(): Promise<void> {
    if (Number(this.effective['statistics.interval.ms']) === 0) return;
    // the next report may have been written before the last message was sent
    await this.#statistics.next();
    await this.#statistics.next();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#isClosed) return;
    if (this.#parts.options.acks === 0) await this.#untilRead();
    this.#isClosed = true;
    if (this.#turn !== null) clearImmediate(this.#turn);
    this.#statistics.end();
    await disconnectClient(this.#client);
  }

  /** Hands a message over; false where the client takes no more for now. */
  #produce(block: MessageBlock, i: number): boolean {
    const messages = this.#messages;
    const ticket = block.firstTicket + i;
    const value = messages.value(block, i);
    const code = this.#native.produce(
      this.#topics[block.topic[i] as number] as string,
      block.partition[i] as number,
      value,
      messages.key(block, i),
      undefined,
      ticket,
      messages.headers(block, i),
    );
    const valueBytes = value === null ? 0 : value.length;
    if (code !== 0) {
      if (code === queueIsFull && this.#held > 0) return false;
      queueMicrotask(() => this.#refuse(ticket, code));
      return true;
    }
    this.#held++;
    this.#heldBytes += weightOf(valueBytes);
    this.#taken++;
    this.#takenBytes += valueBytes + messages.bytesBesideValue(block, i);
    return true;
  }

  /** A message that librdkafka did not take, and never will. */
  #refuse(ticket: number, code: number): void {
    if (this.#isClosed) return;
    this.#runs.tell();
    this.#parts.events.failed(ticket, 1, nowMicros(), this.#errorOf(librdkafkaMessage(code)));
  }

  readonly #report = (error: LibrdKafkaError | null, report: DeliveryReport): void => {
    if (this.#isClosed) return;
    this.#held--;
    this.#heldBytes -= weightOf(report.size);
    const failure = error === null ? null : this.#errorOf(error.message);
    if (this.#turn === null) {
      this.#turn = setImmediate(this.#endTurn);
      this.#turnMicros = nowMicros();
    }
    this.#runs.add(report.opaque as number, report.partition, report.offset, failure, this.#turnMicros);
    if (this.#refused && this.#hasRoom(roomShare)) this.#welcome();
  };

  /** Calls for more at once: by the end of the turn the client would have little left to send. */
  #welcome(): void {
    this.#refused = false;
    this.#runs.tell(); // the host counts what the client holds by what it was told
    this.#parts.events.writable();
  }

  /** Reports come a hundred at a time: when they have come, what is left of what they say is told. */
  readonly #endTurn = (): void => {
    this.#turn = null;
    this.#runs.tell();
  };

  /** Whether more than that share of what may be held is free. */
  #hasRoom(share: number): boolean {
    const { messages, bytes } = this.#mostHeld;
    return this.#heldBytes < bytes * (1 - share) && this.#held < messages * (1 - share);
  }

  #errorOf(message: string): Error {
    let error = this.#errors.get(message);
    if (error === undefined) this.#errors.set(message, (error = new Error(message)));
    return error;
  }

  async #flushAll(): Promise<void> {
    this.#isFlushing = true;
    while (this.#held > 0 && !this.#isClosed)
      await new Promise<void>(resolve => this.#client.flush(flushMillis, () => resolve()));
    this.#isFlushing = false;
  }

  /**
   * A broker answers a connection's requests in order: one that has told an end offset has appended what departed before.
   * It is not waited for long.
   */
  async #untilRead(): Promise<void> {
    const answers = this.#parts.leaders.map(
      ({ topic, partition }) =>
        new Promise<void>(resolve => {
          this.#client.queryWatermarkOffsets(topic, partition, departureMillis, () => resolve());
        }),
    );
    await Promise.all(answers);
  }
}

/** A message without a value weighs something too. */
const weightOf = (bytes: number): number => Math.max(1, bytes);
