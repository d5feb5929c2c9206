/** The driver of Highwater's own protocol engine: plain sockets, record batches encoded in place, nothing allocated for a message. */
import { programVersion } from '../support/version.ts';
import type { Driver } from './driver.ts';
import { consumerDefaults, producerDefaults } from './wire/config.ts';
import { openConsumer } from './wire/consumer.ts';
import { openProducer } from './wire/producer.ts';

export const driver: Driver = {
  capabilities: {
    host: 'thread',
    acks: [0, 1, 'all'],
    compressions: ['none', 'gzip', 'snappy', 'lz4', 'zstd'],
    idempotence: 'pipelined',
    linger: 'client',
    clientPartitioners: [],
    // the first is what the engine's own benchmarks use: no group has a part in them
    groupProtocols: ['manual', 'consumer'],
    config: { producer: Object.keys(producerDefaults), consumer: Object.keys(consumerDefaults) },
  },
  // it is part of Highwater, and of its version
  clientVersion: async () => programVersion() ?? 'unknown',
  openProducer,
  openConsumer,
};
