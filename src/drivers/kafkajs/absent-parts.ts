/** Says what the driver needs of kafkajs, private parts among it, and another release may not have. */
import { createRequire } from 'node:module';
import * as library from 'kafkajs';
import { absentFrom } from '../absent.ts';

const exported = [
  'Kafka',
  'CompressionTypes.GZIP',
  'PartitionAssigners.roundRobin',
  'Partitioners.DefaultPartitioner',
  'logLevel.NOTHING',
];

/** Methods of what a client makes. */
const producerMethods = ['connect', 'disconnect', 'sendBatch'];
const consumerMethods = ['connect', 'disconnect', 'subscribe', 'run', 'seek', 'pause', 'commitOffsets', 'on'];
const consumerEvents = ['GROUP_JOIN', 'CRASH', 'COMMIT_OFFSETS', 'FETCH_START', 'FETCH'].map(name => `events.${name}`);

/** What the driver changes within the library. */
const patched = {
  'kafkajs/src/consumer/consumerGroup': 'prototype.joinAndSync',
  'kafkajs/src/network/requestQueue': 'prototype.scheduleCheckPendingRequests',
} as const;

export function absentParts(): string[] {
  const absent = absentFrom(library, exported);
  if (absent.length > 0) return absent;
  const client = new library.Kafka({ brokers: ['localhost:1'], logLevel: library.logLevel.NOTHING });
  const require = createRequire(import.meta.resolve('kafkajs'));
  return [
    ...absentFrom(client.producer({ createPartitioner: library.Partitioners.DefaultPartitioner }), producerMethods),
    ...absentFrom(client.consumer({ groupId: 'none' }), [...consumerMethods, ...consumerEvents]),
    ...Object.entries(patched).flatMap(([module, path]) => absentWithin(module, path, require)),
  ];
}

function absentWithin(module: string, path: string, require: NodeJS.Require): string[] {
  try {
    return absentFrom(require(module) as object, [path]).map(name => `${name} in ${module}`);
  } catch {
    return [module];
  }
}
