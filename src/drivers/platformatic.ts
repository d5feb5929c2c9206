/** The driver of @platformatic/kafka: JavaScript, with snappy and lz4 in WebAssembly and checksums in native code. */
import { clientSoftwareVersion } from '@platformatic/kafka';
import type { Driver } from './driver.ts';
import { absentParts } from './platformatic/absent-parts.ts';
import { consumerConfig, producerConfig } from './platformatic/config.ts';
import { openConsumer } from './platformatic/consumer.ts';
import { openProducer } from './platformatic/producer.ts';

export const driver: Driver = {
  capabilities: {
    host: 'thread',
    acks: [0, 1, 'all'],
    compressions: ['none', 'gzip', 'snappy', 'lz4', 'zstd'],
    idempotence: 'serial',
    linger: 'harness',
    clientPartitioners: ['murmur2'],
    groupProtocols: ['classic', 'consumer'],
    config: { producer: Object.keys(producerConfig), consumer: Object.keys(consumerConfig) },
  },
  clientVersion: async () => clientSoftwareVersion,
  absent: async () => absentParts(),
  openProducer,
  openConsumer,
};
