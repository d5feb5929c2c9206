/** Opens producers and consumers of a simulated broker for tests, with settings that do nothing unless a test asks for it. */
import assert from 'node:assert/strict';
import {
  type ConsumerConnection,
  type ConsumerOptions,
  type MessageBlock,
  type ProducerConnection,
  type ProducerEvents,
  type ProducerOptions,
  plainText,
} from '../../../src/drivers/driver.ts';
import {
  createSimulatedBroker,
  driver,
  type SimulatedBroker,
  type SimulatedSettings,
} from '../../../src/drivers/simulated.ts';
import { emptyStamp, stampColumn } from '../../../src/support/stamp.ts';

const harmless: SimulatedSettings = {
  serviceTime: { kind: 'fixed', micros: 0 },
  servers: 1,
  freeze: [],
  buffer: 'unlimited',
  unanswered: 0,
  lose: 0,
  duplicate: 0,
  reorder: 0,
  retain: 'unlimited',
  generatorStall: null,
};

/** A broker that does what the settings say and nothing else. */
export function aBroker(
  settings: Partial<SimulatedSettings> = {},
  { topics = 1, partitionsPerTopic = 1, seed = 42 } = {},
): SimulatedBroker {
  return createSimulatedBroker({ ...harmless, ...settings }, { topics, partitionsPerTopic, seed });
}

const topics = ['topic-0', 'topic-1', 'topic-2'];
const client = { brokers: [], clientId: 'test', topics, config: {}, options: {}, security: plainText };

/** Messages `firstTicket` … of 124 bytes in topic 0, partition `ticket % partitions`, due at their ticket in µs. */
export function aBlock(firstTicket: number, count: number, { producer = 0, partitions = 1 } = {}): MessageBlock {
  const stamps = stampColumn(count);
  const partition = new Int32Array(count);
  for (let i = 0; i < count; i++) {
    stamps.write(i, 7, producer, firstTicket + i, firstTicket + i);
    partition[i] = (firstTicket + i) % partitions;
  }
  return {
    count,
    firstTicket,
    topic: new Int32Array(count),
    partition,
    key: new Int32Array(count).fill(-1),
    bodyOffset: new Int32Array(count),
    bodyLength: new Int32Array(count).fill(100),
    headers: new Int32Array(count).fill(-1),
    stamps: stamps.bytes,
  };
}

/** What a producer heard of a message. */
export interface Heard {
  readonly ticket: number;
  readonly atMicros: number;
  readonly partition: number;
  readonly offset: number;
}

export interface TestProducer {
  readonly connection: ProducerConnection;
  readonly acknowledged: Heard[];
  readonly departed: number[];
  /** Settles when so many messages are acknowledged (with acks 0: have departed). */
  readonly heardOf: (count: number) => Promise<void>;
  /** Settles when the client takes messages again. */
  readonly writable: () => Promise<void>;
}

export async function openTestProducer(
  simulatedBroker: unknown,
  options: Partial<ProducerOptions> = {},
): Promise<TestProducer> {
  const acknowledged: Heard[] = [];
  const departed: number[] = [];
  let heard = Promise.withResolvers<void>();
  let writable = Promise.withResolvers<void>();
  const wake = (): void => {
    heard.resolve();
    heard = Promise.withResolvers();
  };
  const events: ProducerEvents = {
    // oxlint-disable-next-line max-params -- the contract's
    acknowledged(firstTicket, count, atMicros, partition, baseOffset) {
      for (let i = 0; i < count; i++) {
        const offset = baseOffset < 0 ? -1 : baseOffset + i;
        acknowledged.push({ ticket: firstTicket + i, atMicros, partition, offset });
      }
      wake();
    },
    failed(_firstTicket, _count, _atMicros, error) {
      throw error;
    },
    departed(firstTicket, count) {
      for (let i = 0; i < count; i++) departed.push(firstTicket + i);
      wake();
    },
    writable() {
      writable.resolve();
      writable = Promise.withResolvers();
    },
  };
  const connection = await driver.openProducer(
    {
      ...client,
      simulatedBroker,
      producer: 0,
      content: { bodies: Buffer.alloc(100), keys: [], headerSets: [], stampIn: 'value' },
      acks: 'all',
      idempotence: false,
      lingerMicros: 0,
      batchSizeBytes: 16_384,
      compression: 'none',
      maxInFlightRequests: 5,
      requestTimeoutMicros: 30e6,
      deliveryTimeoutMicros: 120e6,
      clientPartitioner: null,
      queue: 'unbounded',
      ...options,
    },
    events,
  );
  return {
    connection,
    acknowledged,
    departed,
    async heardOf(count) {
      while (acknowledged.length + departed.length < count) await heard.promise;
    },
    writable: () => writable.promise,
  };
}

/** A record as a consumer got it. */
export interface Received {
  readonly topic: number;
  readonly partition: number;
  readonly offset: number;
  readonly producer: number;
  readonly sequence: number;
  readonly dueMicros: number;
  readonly atMicros: number;
}

export interface TestConsumer {
  readonly connection: ConsumerConnection;
  readonly received: Received[];
  /** By topic: the partitions that were assigned. */
  readonly assigned: Map<number, readonly number[]>;
  /** Settles when so many records were received. */
  readonly receivedOf: (count: number) => Promise<void>;
}

export async function openTestConsumer(
  simulatedBroker: unknown,
  options: Partial<ConsumerOptions> = {},
): Promise<TestConsumer> {
  const received: Received[] = [];
  const assigned = new Map<number, readonly number[]>();
  const stamp = emptyStamp();
  let more = Promise.withResolvers<void>();
  const connection = await driver.openConsumer(
    {
      ...client,
      simulatedBroker,
      groupId: 'group',
      groupProtocol: 'classic',
      member: 0,
      members: 1,
      start: 'earliest',
      positions: null,
      commit: { kind: 'auto', everyMicros: 5e6 },
      stampIn: 'value',
      ...options,
    },
    {
      assigned: (topic, partitions) => void assigned.set(topic, partitions),
      revoking: () => undefined,
      batch(records, atMicros) {
        const { topic, partition } = records;
        for (let i = 0; i < records.count; i++) {
          assert.ok(records.readStamp(i, stamp));
          const { producer, sequence, dueMicros } = stamp;
          received.push({ topic, partition, offset: records.offset(i), producer, sequence, dueMicros, atMicros });
        }
        more.resolve();
        more = Promise.withResolvers();
      },
      failed(error) {
        throw error;
      },
    },
  );
  return {
    connection,
    received,
    assigned,
    async receivedOf(count) {
      while (received.length < count) await more.promise;
    },
  };
}
