/** Says with which settings librdkafka produces, and which of them the result tells. */
import type { EffectiveSettings, ProducerOptions } from '../driver.ts';
import { commonDefaults, producerConfig, publicSettings, type Settings, translate } from './config.ts';

/** What librdkafka allows. */
const longestLingerMillis = 900_000;
const longestSocketTimeoutMillis = 300_000;
const largestQueueKibibytes = 2_147_483_647;

/** Java's largest request, and so message; librdkafka's own bound is a little smaller. */
const mostMessageBytes = 1_048_576;

/** As in Java, a batch is full by its bytes, not by its messages. */
const mostMessagesPerBatch = 1_000_000;

/** How often librdkafka says what it has sent. */
const statisticsMillis = 250;

/** librdkafka's names of the strategies. They agree on keyed messages; those without a key go where librdkafka likes. */
const partitioners = { murmur2: 'murmur2_random', fnv1a: 'fnv1a_random', crc: 'consistent_random' } as const;

const millis = (micros: number): number => Math.max(1, Math.ceil(micros / 1e3));

/** librdkafka's settings, without address, name and secrets. */
export function producerSettings(options: ProducerOptions): Settings {
  const deliveryMillis = millis(options.deliveryTimeoutMicros);
  return {
    ...commonDefaults,
    acks: options.acks,
    'enable.idempotence': options.idempotence,
    // librdkafka refuses a linger that outlasts the delivery time-out, though a full batch may leave before it
    'linger.ms': Math.min(options.lingerMicros / 1e3, longestLingerMillis, deliveryMillis - 1),
    'batch.size': options.batchSizeBytes,
    'batch.num.messages': mostMessagesPerBatch,
    'message.max.bytes': mostMessageBytes,
    'compression.type': options.compression,
    'max.in.flight.requests.per.connection': options.maxInFlightRequests,
    // the broker's: how long it may wait for its replicas; the client's own bound is the next one
    'request.timeout.ms': millis(options.requestTimeoutMicros),
    'socket.timeout.ms': Math.min(Math.max(10, millis(options.requestTimeoutMicros)), longestSocketTimeoutMillis),
    'delivery.timeout.ms': deliveryMillis,
    partitioner: partitioners[options.clientPartitioner ?? 'murmur2'],
    // without bounds: an open loop's waiting counts as latency, and a saturating load is bounded by what is reported on
    'queue.buffering.max.messages': 0,
    'queue.buffering.max.kbytes': largestQueueKibibytes,
    'statistics.interval.ms': statisticsMillis,
    ...translate(producerConfig, options.config),
    ...(options.options as Settings),
  };
}

/** What may be with the client, handed over and not yet reported on; Infinity is no limit. */
export interface MostHeld {
  readonly messages: number;
  readonly bytes: number;
}

/** The bounds for so many partitions on so many leaders: the user's own, else for a saturating load what keeps all requests going. */
export function mostHeld(options: ProducerOptions, settings: Settings, leaders: number, partitions: number): MostHeld {
  const kibibytes = Number(settings['queue.buffering.max.kbytes']);
  const messages = Number(settings['queue.buffering.max.messages']);
  const isOwn = kibibytes < largestQueueKibibytes || messages > 0;
  // as many batches again as are in flight, for reports take their time to this thread, and one that each partition fills
  const requestBytes = options.batchSizeBytes * (2 * options.maxInFlightRequests * leaders + partitions);
  return {
    messages: messages > 0 ? messages : Infinity,
    bytes:
      kibibytes < largestQueueKibibytes
        ? kibibytes * 1_024
        : isOwn || options.queue === 'unbounded'
          ? Infinity
          : requestBytes,
  };
}

/** What the result tells, under Kafka's names where they were asked for, else librdkafka's. */
export function effectiveProducer(options: ProducerOptions, settings: Settings, held: MostHeld): EffectiveSettings {
  const { clientPartitioner } = options;
  return {
    ...publicSettings(settings),
    ...options.config,
    acks: options.acks,
    linger: `${Math.round(Number(settings['linger.ms']) * 1e3)} µs`,
    partitioner:
      clientPartitioner === null
        ? 'explicit partition'
        : `${String(settings['partitioner'])}, without a key sticky, then random`,
    ...(Number.isFinite(held.bytes) ? { 'queue.max.bytes': held.bytes } : {}),
  };
}
