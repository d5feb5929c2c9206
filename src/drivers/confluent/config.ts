/** Translates settings under Kafka's own names into librdkafka's. */

type Value = string | number | boolean;

/** Settings of librdkafka, under its own names. */
export type Settings = Readonly<Record<string, Value>>;

/** What a value of Kafka's becomes; several settings where the client spreads it, none where it cannot be said. */
type Translate = (value: Value) => Settings;

const as =
  (name: string): Translate =>
  value => ({ [name]: value });
const same = (...names: readonly string[]): Record<string, Translate> =>
  Object.fromEntries(names.map(name => [name, as(name)]));
const inKibibytes =
  (name: string): Translate =>
  value => ({ [name]: Math.max(1, Math.ceil(Number(value) / 1_024)) });

/**
 * Java's defaults of what both sides do. librdkafka's own 10 s between attempts to connect are more than patience: while it
 * waits for the next one it does not look for messages that are overdue.
 */
export const commonDefaults: Settings = {
  'socket.nagle.disable': true,
  'reconnect.backoff.ms': 50,
  'reconnect.backoff.max.ms': 1_000,
};

const common: Readonly<Record<string, Translate>> = {
  ...same(
    'client.dns.lookup',
    'client.rack',
    'connections.max.idle.ms',
    'enable.metrics.push',
    'metadata.recovery.rebootstrap.trigger.ms',
    'metadata.recovery.strategy',
    'reconnect.backoff.max.ms',
    'reconnect.backoff.ms',
    'retry.backoff.max.ms',
    'retry.backoff.ms',
    'socket.connection.setup.timeout.ms',
  ),
  // librdkafka means by this name how long it believes what it was told, and asks again by another
  'metadata.max.age.ms': as('topic.metadata.refresh.interval.ms'),
  'receive.buffer.bytes': as('socket.receive.buffer.bytes'),
  'send.buffer.bytes': as('socket.send.buffer.bytes'),
};

/** By Kafka's name: what a producer's setting is called by librdkafka. A name that is missing cannot be translated. */
export const producerConfig: Readonly<Record<string, Translate>> = {
  ...common,
  ...same('retries', 'transaction.timeout.ms'),
  'buffer.memory': inKibibytes('queue.buffering.max.kbytes'),
  'max.request.size': as('message.max.bytes'),
};

const assignors: Readonly<Record<string, string>> = {
  RangeAssignor: 'range',
  RoundRobinAssignor: 'roundrobin',
  CooperativeStickyAssignor: 'cooperative-sticky',
};

/** Java names classes where librdkafka has words; a name that neither knows is left for librdkafka to refuse. */
const assignorsOf = (value: Value): string =>
  String(value)
    .split(',')
    .map(name => name.trim().replace('org.apache.kafka.clients.consumer.', ''))
    .map(name => assignors[name] ?? name)
    .join(',');

/** The most messages of one `consume`, which librdkafka has no setting for. */
export const pollSetting = 'max.poll.records';

/** By Kafka's name: what a consumer's setting is called by librdkafka. */
export const consumerConfig: Readonly<Record<string, Translate>> = {
  ...common,
  ...same(
    'allow.auto.create.topics',
    'check.crcs',
    'fetch.max.bytes',
    'fetch.min.bytes',
    'group.instance.id',
    'group.remote.assignor',
    'heartbeat.interval.ms',
    'isolation.level',
    'max.partition.fetch.bytes',
    'max.poll.interval.ms',
    'session.timeout.ms',
  ),
  [pollSetting]: as(pollSetting),
  'fetch.max.wait.ms': as('fetch.wait.max.ms'),
  'partition.assignment.strategy': value => ({ 'partition.assignment.strategy': assignorsOf(value) }),
  'request.timeout.ms': as('socket.timeout.ms'),
};

/** librdkafka's settings for those under Kafka's names; the planner has refused what the table lacks. */
export const translate = (table: Readonly<Record<string, Translate>>, config: Settings): Settings =>
  Object.assign({}, ...Object.entries(config).map(([name, value]) => table[name]?.(value) ?? {})) as Settings;

/** Settings that may stand in a result: a user's private ones may hold what secures the connection. */
export const publicSettings = (settings: Settings): Settings =>
  Object.fromEntries(Object.entries(settings).filter(([name]) => !/^(?:ssl|https|sasl)[._]/.test(name)));
