/** A group member on kafkajs: whole batches per partition, handed over as they come. */
import type { Batch as KafkajsBatch, Consumer, KafkaMessage } from 'kafkajs';
import { nowMicros } from '../../support/clock.ts';
import { readStamp, type Stamp, stampHeader } from '../../support/stamp.ts';
import type { ConsumerConnection, ConsumerEvents, ConsumerOptions, EffectiveSettings, RecordBatch } from '../driver.ts';
import { adapted, cannotOpen, openKafka } from './client.ts';
import { type Commits, commitEvery } from './commits.ts';
import { consumerConfig, translate } from './config.ts';
import { Connections } from './connections.ts';

/** Java's defaults, where kafkajs has others. */
const javaDefaults = {
  minBytes: 1,
  maxBytes: 52_428_800,
  maxBytesPerPartition: 1_048_576,
  maxWaitTimeInMs: 500,
  readUncommitted: true,
};

/** kafkajs's own defaults, under Kafka's names. */
const kafkajsDefaults = { retries: 5, 'session.timeout.ms': 30_000, 'heartbeat.interval.ms': 3_000 };

/** Joins the group; `ready` settles once the member has its partitions and each of their brokers has answered a fetch. */
export async function openConsumer(options: ConsumerOptions, events: ConsumerEvents): Promise<ConsumerConnection> {
  const connections = new Connections();
  const translated = translate(consumerConfig, options.config);
  const kafka = openKafka(options, translated.client, connections);
  const settings = {
    ...javaDefaults,
    ...translated.consumer,
    groupId: options.groupId,
    allowAutoTopicCreation: false,
    ...options.options,
  };
  const consumer = kafka.consumer(settings);
  const member = new KafkajsMember({ consumer, options, events, connections, settings });
  try {
    await member.join();
    return member;
  } catch (cause) {
    await member[Symbol.asyncDispose]();
    throw cannotOpen('consumer', options, cause);
  }
}

function effectiveSettings(options: ConsumerOptions, settings: typeof javaDefaults): EffectiveSettings {
  return {
    ...adapted,
    ...kafkajsDefaults,
    'group.protocol': 'classic',
    'partition.assignment.strategy': 'roundrobin',
    'auto.offset.reset': options.start,
    'auto.commit.interval.ms': Math.round(options.autoCommitMicros / 1e3),
    'fetch.min.bytes': settings.minBytes,
    'fetch.max.bytes': settings.maxBytes,
    'fetch.max.wait.ms': settings.maxWaitTimeInMs,
    'max.partition.fetch.bytes': settings.maxBytesPerPartition,
    'isolation.level': settings.readUncommitted ? 'read_uncommitted' : 'read_committed',
    ...options.config,
  };
}

interface Parts {
  readonly consumer: Consumer;
  readonly options: ConsumerOptions;
  readonly events: ConsumerEvents;
  readonly connections: Connections;
  readonly settings: typeof javaDefaults;
}

class KafkajsMember implements ConsumerConnection {
  readonly effective: EffectiveSettings;
  readonly ready: Promise<void>;
  readonly #parts: Parts;
  readonly #commits: Commits;
  readonly #view: KafkajsRecords;
  #isClosing = false;

  constructor(parts: Parts) {
    const { consumer, options, settings } = parts;
    this.#parts = parts;
    this.#view = new KafkajsRecords(options.stampIn);
    this.#commits = commitEvery(consumer, Math.max(1, Math.round(options.autoCommitMicros / 1e3)));
    this.effective = effectiveSettings(options, settings);
    this.ready = untilReady(consumer);
    this.ready.catch(() => undefined); // a member that fails says so through its events
    this.#followEvents();
  }

  async join(): Promise<void> {
    const { consumer, options } = this.#parts;
    await consumer.connect();
    await consumer.subscribe({ topics: [...options.topics], fromBeginning: options.start === 'earliest' });
    await consumer.run({ autoCommit: false, eachBatch: async ({ batch }) => this.#read(batch) });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const { connections, consumer, settings } = this.#parts;
    this.#isClosing = true;
    // kafkajs leaves the group only when its last fetch was answered
    await connections.close(async () => {
      await this.#commits[Symbol.asyncDispose]();
      await consumer.disconnect();
    }, settings.maxWaitTimeInMs);
  }

  #read(batch: KafkajsBatch): void {
    // the last commit is under way: whoever goes on from there will read this
    if (this.#isClosing) return;
    const receivedMicros = nowMicros();
    this.#view.show(this.#parts.options.topics.indexOf(batch.topic), batch);
    this.#parts.events.batch(this.#view, receivedMicros);
    this.#commits.read(batch.topic, batch.partition, this.#view.nextOffset);
  }

  #followEvents(): void {
    const { consumer, options, events } = this.#parts;
    consumer.on(consumer.events.REBALANCING, () => void this.#commits.commit());
    consumer.on(consumer.events.GROUP_JOIN, ({ payload: { memberAssignment } }) => {
      this.#commits.own(memberAssignment);
      for (const [index, topic] of options.topics.entries()) {
        const partitions = memberAssignment[topic] ?? [];
        events.assigned(
          index,
          partitions.toSorted((a, b) => a - b),
        );
      }
    });
    consumer.on(consumer.events.CRASH, ({ payload }) => {
      if (!payload.restart && !this.#isClosing) events.failed(payload.error);
    });
  }
}

/** Follows kafkajs's own events: joined, then every broker that was asked has answered. */
function untilReady(consumer: Consumer): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const asked = new Set<unknown>();
  const answered = new Set<unknown>();
  let hasJoined = false;
  consumer.on(consumer.events.GROUP_JOIN, ({ payload }) => {
    hasJoined = true;
    if (Object.values(payload.memberAssignment).every(partitions => partitions.length === 0)) resolve();
  });
  consumer.on(consumer.events.FETCH_START, ({ payload }) => void asked.add((payload as { nodeId: unknown }).nodeId));
  consumer.on(consumer.events.FETCH, ({ payload }) => {
    answered.add((payload as unknown as { nodeId: unknown }).nodeId);
    if (hasJoined && answered.isSupersetOf(asked)) resolve();
  });
  consumer.on(consumer.events.CRASH, ({ payload }) => {
    if (!payload.restart) reject(payload.error);
  });
  return promise;
}

/** A batch of kafkajs's messages, seen as records. */
class KafkajsRecords implements RecordBatch {
  topic = 0;
  partition = 0;
  count = 0;
  nextOffset = 0;
  readonly #stampIn: 'value' | 'header';
  #messages: readonly KafkaMessage[] = [];

  constructor(stampIn: 'value' | 'header') {
    this.#stampIn = stampIn;
  }

  show(topic: number, batch: KafkajsBatch): void {
    this.topic = topic;
    this.partition = batch.partition;
    this.count = batch.messages.length;
    this.nextOffset = Number(batch.lastOffset()) + 1;
    this.#messages = batch.messages;
  }

  offset(index: number): number {
    return Number(this.#at(index).offset);
  }

  readStamp(index: number, into: Stamp): boolean {
    const { value, headers } = this.#at(index);
    const carrier = this.#stampIn === 'value' ? value : headers?.[stampHeader];
    return Buffer.isBuffer(carrier) && readStamp(carrier, 0, into);
  }

  key(index: number): Buffer | null {
    return this.#at(index).key;
  }

  value(index: number): Buffer | null {
    return this.#at(index).value;
  }

  header(index: number, name: string): readonly Buffer[] {
    const found = this.#at(index).headers?.[name];
    if (found === undefined) return [];
    return (Array.isArray(found) ? found : [found]).map(value => Buffer.from(value));
  }

  #at(index: number): KafkaMessage {
    return this.#messages[index] as KafkaMessage;
  }
}
