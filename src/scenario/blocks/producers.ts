/** `producers`: how many there are and how they send. */
import { z } from 'zod';
import { KafkaSettings } from './config.ts';
import { driverNames } from '../../drivers/registry.ts';
import { DriverName } from './driver.ts';
import { Partitioning } from './partitioning.ts';
import { Count, Duration, PositiveDuration, PositiveSize } from './values.ts';

/** A client's private settings, by client. */
export const ClientOptions = z.partialRecord(z.enum(driverNames), z.record(z.string(), z.unknown()));

export const Producers = z.strictObject({
  driver: DriverName.optional().describe("default: the scenario's driver"),
  count: Count(10_000).default(1).describe('how many producers'),
  workers: Count(1_024).default(1).describe('threads or processes that run them'),
  mode: z
    .enum(['async', 'sync'])
    .default('async')
    .describe('sync: each producer awaits an acknowledgement before its next message'),
  acks: z.literal([0, 1, 'all']).default('all').describe('who must have a message before it is acknowledged'),
  idempotence: z.boolean().default(false),
  linger: Duration.optional().meta({
    description: 'how long a batch waits for more messages (0 under the simulated driver)',
    default: '5ms',
  }),
  batchSize: PositiveSize.prefault('16KiB').describe('at which a batch is sent before linger is over'),
  compression: z.enum(['none', 'gzip', 'snappy', 'lz4', 'zstd']).default('none'),
  maxInFlightRequests: Count(1_000_000).default(5).describe('unanswered requests per broker'),
  requestTimeout: PositiveDuration.prefault('30s'),
  deliveryTimeout: PositiveDuration.prefault('120s').describe(
    'after due: a message without an outcome by then is unresolved',
  ),
  partitioning: Partitioning.prefault('murmur2').meta({
    description: 'a strategy, { strategy, by: harness | client }, or { custom: ./file.ts }',
    examples: ['murmur2', { strategy: 'murmur2', by: 'client' }, { custom: './my-partitioner.ts' }],
  }),
  config: KafkaSettings.prefault({}).meta({
    description: "any other producer setting under Kafka's own name",
    examples: [{ retries: 10 }],
  }),
  options: ClientOptions.default({}).describe("a client's private settings, passed as they are, by client"),
});
