/** A plain loop around @confluentinc/kafka-javascript's client of librdkafka, which takes message by message. */
import { createRequire } from 'node:module';
import type { LibrdKafkaError } from '@confluentinc/kafka-javascript';
import type { OpenLoop } from './loop.ts';

// the package is optional, and its types are those of the CommonJS module
const require = createRequire(import.meta.url);

/** When so much of what may wait is free, more is handed over. */
const roomShare = 0.25;

export const openLoop: OpenLoop = async settings => {
  const { brokers, topic, partitions, batchSizeBytes, inFlight, valueBytes, makeValue } = settings;
  const { Producer } = require('@confluentinc/kafka-javascript') as typeof import('@confluentinc/kafka-javascript');
  const producer = new Producer({
    'bootstrap.servers': brokers.join(','),
    'client.id': 'plain-loop',
    acks: 1,
    'linger.ms': 0,
    'batch.size': batchSizeBytes,
    'batch.num.messages': 1_000_000,
    'max.in.flight.requests.per.connection': inFlight,
    'compression.type': 'none',
    'queue.buffering.max.messages': 0,
    dr_cb: true,
  });
  await new Promise<void>((resolve, reject) => {
    producer.connect({ allTopics: true }, (error: LibrdKafkaError | null) =>
      error === null ? resolve() : reject(error),
    );
  });
  producer.setPollInBackground(true);
  // as much as the driver lets wait: what is in flight twice over, and a batch that each partition fills
  const most = Math.floor((batchSizeBytes * (2 * inFlight + partitions)) / valueBytes);
  let waiting = 0;
  let next = 0;
  return {
    run: (isOver, acked) =>
      new Promise<void>((resolve, reject) => {
        const fill = (): void => {
          for (; waiting < most; waiting++) producer.produce(topic, next++ % partitions, makeValue());
        };
        producer.on('delivery-report', error => {
          waiting--;
          if (error) reject(new Error(error.message));
          else acked(1);
          if (isOver()) {
            if (waiting === 0) resolve();
          } else if (waiting <= most * (1 - roomShare)) fill();
        });
        fill();
      }),
    close: () => new Promise(resolve => producer.disconnect(5_000, () => resolve())),
  };
};
