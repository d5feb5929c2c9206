/** The driver of kafkajs: pure JavaScript, unmaintained since 2023, and what many services still run. */
import { createRequire } from 'node:module';
import type { Driver } from './driver.ts';
import { absentParts } from './kafkajs/absent-parts.ts';
import { consumerConfig, producerConfig } from './kafkajs/config.ts';
import { openConsumer } from './kafkajs/consumer.ts';
import { openProducer } from './kafkajs/producer.ts';

export const driver: Driver = {
  capabilities: {
    host: 'thread',
    acks: [0, 1, 'all'],
    compressions: ['none', 'gzip'],
    idempotence: 'serial',
    linger: 'harness',
    clientPartitioners: ['murmur2'],
    groupProtocols: ['classic'],
    config: { producer: Object.keys(producerConfig), consumer: Object.keys(consumerConfig) },
  },
  clientVersion: async () =>
    (createRequire(import.meta.resolve('kafkajs'))('kafkajs/package.json') as { version: string }).version,
  absent: async () => absentParts(),
  openProducer,
  openConsumer,
};
