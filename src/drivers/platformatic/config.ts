/** Translates settings under Kafka's own names into those of @platformatic/kafka, with Java's defaults where its own differ. */
import type { ConsumerOptions } from '@platformatic/kafka';
import { FetchIsolationLevels } from '@platformatic/kafka';

/** The library's settings that can be given under Kafka's names, but for those of `retryDelay`. */
export type Settings = Partial<
  Pick<
    ConsumerOptions<Buffer, Buffer, Buffer, Buffer>,
    | 'clientRack'
    | 'connectTimeout'
    | 'isolationLevel'
    | 'maxBytes'
    | 'maxBytesPerPartition'
    | 'maxWaitTime'
    | 'metadataMaxAge'
    | 'minBytes'
    | 'rebalanceTimeout'
    | 'requestTimeout'
  >
> & {
  groupInstanceId?: string;
  groupRemoteAssignor?: string;
  heartbeatInterval?: number;
  retries?: number;
  sessionTimeout?: number;
};

/** How long the library waits before it tries again: twice as long each time. */
export interface Backoff {
  readonly firstMillis: number;
  readonly mostMillis: number;
}

type Value = string | number | boolean;
type Translate = (value: Value) => { readonly settings?: Settings; readonly backoff?: Partial<Backoff> };

const number =
  (name: keyof Settings): Translate =>
  value => ({ settings: { [name]: Number(value) } });
const text =
  (name: keyof Settings): Translate =>
  value => ({ settings: { [name]: String(value) } });

const common: Readonly<Record<string, Translate>> = {
  retries: number('retries'),
  'retry.backoff.ms': value => ({ backoff: { firstMillis: Number(value) } }),
  'retry.backoff.max.ms': value => ({ backoff: { mostMillis: Number(value) } }),
  'socket.connection.setup.timeout.ms': number('connectTimeout'),
  'metadata.max.age.ms': number('metadataMaxAge'),
};

/** By Kafka's name: how a producer's setting reaches the library. A name that is missing cannot be translated. */
export const producerConfig: Readonly<Record<string, Translate>> = common;

/** By Kafka's name: how a consumer's setting reaches the library. */
export const consumerConfig: Readonly<Record<string, Translate>> = {
  ...common,
  'request.timeout.ms': number('requestTimeout'),
  'session.timeout.ms': number('sessionTimeout'),
  'heartbeat.interval.ms': number('heartbeatInterval'),
  'rebalance.timeout.ms': number('rebalanceTimeout'),
  'group.instance.id': text('groupInstanceId'),
  'group.remote.assignor': text('groupRemoteAssignor'),
  'client.rack': text('clientRack'),
  'fetch.min.bytes': number('minBytes'),
  'fetch.max.bytes': number('maxBytes'),
  'fetch.max.wait.ms': number('maxWaitTime'),
  'max.partition.fetch.bytes': number('maxBytesPerPartition'),
  'isolation.level': value => ({
    settings: {
      isolationLevel:
        value === 'read_committed' ? FetchIsolationLevels.READ_COMMITTED : FetchIsolationLevels.READ_UNCOMMITTED,
    },
  }),
};

/** Java's defaults. The library would ask for metadata every 5 s, through the connections that carry the load. */
export const commonDefaults = { connectTimeout: 10_000, metadataMaxAge: 300_000, requestTimeout: 30_000 } as const;

/** Java's defaults of a group's member. */
export const memberDefaults = {
  sessionTimeout: 45_000,
  heartbeatInterval: 3_000,
  rebalanceTimeout: 300_000,
  minBytes: 1,
  maxBytes: 52_428_800,
  maxBytesPerPartition: 1_048_576,
  maxWaitTime: 500,
  isolationLevel: FetchIsolationLevels.READ_UNCOMMITTED as number,
} as const;

const javaBackoff: Backoff = { firstMillis: 100, mostMillis: 1_000 };

/** Applies the settings that the table knows; the planner has refused the others. */
export function translate(
  table: Readonly<Record<string, Translate>>,
  config: Readonly<Record<string, Value>>,
): { settings: Settings; backoff: Backoff } {
  let settings: Settings = {};
  let backoff = javaBackoff;
  for (const [name, value] of Object.entries(config)) {
    const translated = table[name]?.(value);
    settings = { ...settings, ...translated?.settings };
    backoff = { ...backoff, ...translated?.backoff };
  }
  return { settings, backoff };
}

/** The wait before an attempt; the first one that is a retry is number 1. */
export const waitMillis = ({ firstMillis, mostMillis }: Backoff, retry: number): number =>
  Math.min(mostMillis, firstMillis * 2 ** Math.min(retry - 1, 30));

/** How often can be tried again within a time that is spent on waiting alone. */
export function retriesWithin(millis: number, backoff: Backoff): number {
  let retries = 0;
  for (let spent = 0; spent < millis && retries < 10_000; retries++)
    spent += Math.max(1, waitMillis(backoff, retries + 1));
  return retries;
}
