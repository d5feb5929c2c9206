/** The settings under Kafka's own names that this engine has, with Java's defaults. */
import type { ConsumerOptions, EffectiveSettings } from '../driver.ts';

type Value = string | number | boolean;

const common = {
  'metadata.max.age.ms': 300_000,
  'retry.backoff.ms': 100,
  'retry.backoff.max.ms': 1_000,
  'socket.connection.setup.timeout.ms': 10_000,
} as const;

/** By Kafka's name: what a producer does unless told otherwise. */
export const producerDefaults = { ...common, retries: 2_147_483_647, 'max.request.size': 1_048_576 } as const;

/** By Kafka's name: what a consumer does unless told otherwise. */
export const consumerDefaults = {
  ...common,
  'fetch.min.bytes': 1,
  'fetch.max.bytes': 52_428_800,
  'fetch.max.wait.ms': 500,
  'max.partition.fetch.bytes': 1_048_576,
  'request.timeout.ms': 30_000,
  'check.crcs': true,
  'isolation.level': 'read_uncommitted',
  /** None: the member is known by its id alone. */
  'group.instance.id': '',
  /** None: the broker chooses. */
  'group.remote.assignor': '',
} as const;

/** The settings that hold: those that were asked for, of their defaults' types, and the defaults of the others. */
export function settingsOf<D extends Readonly<Record<string, Value>>>(
  defaults: D,
  config: Readonly<Record<string, Value>>,
): { readonly [K in keyof D]: D[K] extends number ? number : D[K] extends boolean ? boolean : string } {
  const known = Object.entries(defaults).map(([name, byDefault]) => [
    name,
    likewise(config[name] ?? byDefault, byDefault),
  ]);
  return Object.fromEntries(known);
}

/** The value as the type that its default has. */
function likewise(value: Value, byDefault: Value): Value {
  if (typeof byDefault === 'number') return Number(value);
  return typeof byDefault === 'boolean' ? String(value) === 'true' : String(value);
}

/** The settings of a consumer that hold. */
export type ConsumerSettings = ReturnType<typeof settingsOf<typeof consumerDefaults>>;

/** What the result tells of every consumer. */
export function effectiveOf(options: ConsumerOptions, settings: ConsumerSettings): EffectiveSettings {
  const { 'group.instance.id': _instanceId, 'group.remote.assignor': _assignor, ...told } = settings;
  return {
    ...told,
    'tcp.nodelay': true,
    'group.protocol': options.groupProtocol,
    'auto.offset.reset': options.start,
    ...(options.commit.kind === 'manual' && { 'enable.auto.commit': false }),
  };
}
