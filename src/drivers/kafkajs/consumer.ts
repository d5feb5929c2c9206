/** A group member on kafkajs: whole batches per partition, handed over as they come. */
import type { Batch as KafkajsBatch, Consumer, KafkaMessage } from 'kafkajs';
import { nowMicros } from '../../support/clock.ts';
import { readStamp, type Stamp, stampHeader } from '../../support/stamp.ts';
import type { ConsumerConnection, ConsumerEvents, ConsumerOptions, RecordBatch } from '../driver.ts';
import { commitEvery } from './commits.ts';
import { adapted, openKafka } from './client.ts';
import { consumerConfig, translate } from './config.ts';

/** Java's defaults, where kafkajs has others. */
const javaFetch = { minBytes: 1, maxBytes: 52_428_800, maxBytesPerPartition: 1_048_576, maxWaitTimeInMs: 500 };

/** Joins the group; `ready` settles once the member has its partitions and each of their brokers has answered a fetch. */
export async function openConsumer(options: ConsumerOptions, events: ConsumerEvents): Promise<ConsumerConnection> {
  const translated = translate(consumerConfig, options.config);
  const kafka = openKafka(options, translated.client);
  const settings = {
    ...javaFetch,
    ...translated.consumer,
    groupId: options.groupId,
    allowAutoTopicCreation: false,
    ...options.options,
  };
  const consumer = kafka.consumer(settings);
  const ready = watchReadiness(consumer, options, events);
  await consumer.connect();
  await consumer.subscribe({ topics: [...options.topics], fromBeginning: options.start === 'earliest' });
  const view = new KafkajsRecords(options.stampIn);
  const commits = commitEvery(consumer, Math.max(1, Math.round(options.autoCommitMicros / 1e3)));
  await consumer.run({
    autoCommit: false,
    eachBatch: async ({ batch }) => {
      const receivedMicros = nowMicros();
      view.show(options.topics.indexOf(batch.topic), batch);
      events.batch(view, receivedMicros);
      commits.read(batch.topic, batch.partition, view.nextOffset);
    },
  });
  return {
    effective: {
      ...adapted,
      'group.protocol': 'classic',
      'partition.assignment.strategy': 'roundrobin',
      'auto.offset.reset': options.start,
      'auto.commit.interval.ms': Math.round(options.autoCommitMicros / 1e3),
      'fetch.min.bytes': settings.minBytes,
      'fetch.max.bytes': settings.maxBytes,
      'fetch.max.wait.ms': settings.maxWaitTimeInMs,
      'max.partition.fetch.bytes': settings.maxBytesPerPartition,
    },
    ready,
    async [Symbol.asyncDispose]() {
      await commits[Symbol.asyncDispose]();
      await consumer.disconnect();
    },
  };
}

/** Follows kafkajs's own events: joined, then every broker that was asked has answered. */
function watchReadiness(consumer: Consumer, { topics }: ConsumerOptions, events: ConsumerEvents): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const asked = new Set<unknown>();
  const answered = new Set<unknown>();
  let hasJoined = false;
  consumer.on(consumer.events.GROUP_JOIN, ({ payload }) => {
    hasJoined = true;
    const assigned = Object.entries(payload.memberAssignment);
    for (const [topic, partitions] of assigned) {
      events.assigned(
        topics.indexOf(topic),
        partitions.toSorted((a, b) => a - b),
      );
    }
    if (assigned.every(([, partitions]) => partitions.length === 0)) resolve();
  });
  consumer.on(consumer.events.FETCH_START, ({ payload }) => void asked.add((payload as { nodeId: unknown }).nodeId));
  consumer.on(consumer.events.FETCH, ({ payload }) => {
    answered.add((payload as unknown as { nodeId: unknown }).nodeId);
    if (hasJoined && answered.isSupersetOf(asked)) resolve();
  });
  consumer.on(consumer.events.CRASH, ({ payload }) => {
    if (payload.restart) return;
    reject(payload.error);
    events.failed(payload.error);
  });
  // a member that fails later has said so through its events
  promise.catch(() => undefined);
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
