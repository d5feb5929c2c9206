/** The driver of @confluentinc/kafka-javascript: librdkafka, the C client, under Node. */
import type { Driver } from './driver.ts';
import { absentParts } from './confluent/absent-parts.ts';
import { consumerConfig, producerConfig } from './confluent/config.ts';
import { openConsumer } from './confluent/consumer.ts';
import { libraryVersion, requireAddon } from './confluent/library.ts';
import { openProducer } from './confluent/producer.ts';

requireAddon();

export const driver: Driver = {
  capabilities: {
    host: 'process',
    acks: [0, 1, 'all'],
    compressions: ['none', 'gzip', 'snappy', 'lz4', 'zstd'],
    idempotence: 'pipelined',
    linger: 'client',
    clientPartitioners: ['murmur2', 'fnv1a', 'crc'],
    groupProtocols: ['classic', 'consumer'],
    config: { producer: Object.keys(producerConfig), consumer: Object.keys(consumerConfig) },
  },
  clientVersion: async () => libraryVersion(),
  absent: async () => absentParts(),
  openProducer,
  openConsumer,
};
