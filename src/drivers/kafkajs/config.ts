/** Translates settings under Kafka's own names into kafkajs's. */
import type { ConsumerConfig, KafkaConfig, ProducerConfig } from 'kafkajs';

type Value = string | number | boolean;

/** kafkajs's own settings of a client, collected from Kafka's names. */
export interface TranslatedSettings {
  readonly client: Partial<KafkaConfig>;
  readonly producer: Partial<ProducerConfig>;
  readonly consumer: Partial<ConsumerConfig>;
}

type Apply = (settings: TranslatedSettings, value: Value) => void;

const retry = (settings: TranslatedSettings, name: string, value: number): void => {
  Object.assign(settings.client, { retry: { ...settings.client.retry, [name]: value } });
};
const client =
  (name: keyof KafkaConfig): Apply =>
  (settings, value) =>
    Object.assign(settings.client, { [name]: Number(value) });
const producer =
  (name: keyof ProducerConfig): Apply =>
  (settings, value) =>
    Object.assign(settings.producer, { [name]: Number(value) });
const consumer =
  (name: keyof ConsumerConfig): Apply =>
  (settings, value) =>
    Object.assign(settings.consumer, { [name]: Number(value) });

const common: Record<string, Apply> = {
  retries: (settings, value) => retry(settings, 'retries', Number(value)),
  'retry.backoff.ms': (settings, value) => retry(settings, 'initialRetryTime', Number(value)),
  'retry.backoff.max.ms': (settings, value) => retry(settings, 'maxRetryTime', Number(value)),
  'socket.connection.setup.timeout.ms': client('connectionTimeout'),
};

/** By Kafka's name: how a producer's setting reaches kafkajs. A name that is missing cannot be translated. */
export const producerConfig: Readonly<Record<string, Apply>> = {
  ...common,
  'metadata.max.age.ms': producer('metadataMaxAge'),
  'transaction.timeout.ms': producer('transactionTimeout'),
};

/** By Kafka's name: how a consumer's setting reaches kafkajs. */
export const consumerConfig: Readonly<Record<string, Apply>> = {
  ...common,
  'metadata.max.age.ms': consumer('metadataMaxAge'),
  'session.timeout.ms': consumer('sessionTimeout'),
  'heartbeat.interval.ms': consumer('heartbeatInterval'),
  'rebalance.timeout.ms': consumer('rebalanceTimeout'),
  'fetch.min.bytes': consumer('minBytes'),
  'fetch.max.bytes': consumer('maxBytes'),
  'fetch.max.wait.ms': consumer('maxWaitTimeInMs'),
  'max.partition.fetch.bytes': consumer('maxBytesPerPartition'),
  'isolation.level': (settings, value) =>
    Object.assign(settings.consumer, { readUncommitted: value !== 'read_committed' }),
};

/** Applies the settings that the table knows; the planner has refused the others. */
export function translate(
  table: Readonly<Record<string, Apply>>,
  config: Readonly<Record<string, Value>>,
): TranslatedSettings {
  const settings: TranslatedSettings = { client: {}, producer: {}, consumer: {} };
  for (const [name, value] of Object.entries(config)) table[name]?.(settings, value);
  return settings;
}
