/** Says which of Kafka's settings are a producer's and which a consumer's: a client properties file serves both. */

const producers: ReadonlySet<string> = new Set([
  'acks',
  'batch.size',
  'buffer.memory',
  'compression.gzip.level',
  'compression.lz4.level',
  'compression.type',
  'compression.zstd.level',
  'delivery.timeout.ms',
  'enable.idempotence',
  'linger.ms',
  'max.block.ms',
  'max.in.flight.requests.per.connection',
  'max.request.size',
  'metadata.max.idle.ms',
  'partitioner.adaptive.partitioning.enable',
  'partitioner.availability.timeout.ms',
  'partitioner.class',
  'partitioner.ignore.keys',
  'retries',
  'transaction.timeout.ms',
  'transaction.two.phase.commit.enable',
  'transactional.id',
]);

const consumers: ReadonlySet<string> = new Set([
  'allow.auto.create.topics',
  'auto.commit.interval.ms',
  'auto.offset.reset',
  'check.crcs',
  'client.rack',
  'default.api.timeout.ms',
  'enable.auto.commit',
  'exclude.internal.topics',
  'fetch.max.bytes',
  'fetch.max.wait.ms',
  'fetch.min.bytes',
  'group.instance.id',
  'group.protocol',
  'group.remote.assignor',
  'heartbeat.interval.ms',
  'isolation.level',
  'max.partition.fetch.bytes',
  'max.poll.interval.ms',
  'max.poll.records',
  'partition.assignment.strategy',
  'rebalance.timeout.ms',
  'session.timeout.ms',
]);

/** Whose setting it is; both sides' where it is everybody's, or nobody's that is known. */
export function sideOf(name: string): 'producers' | 'consumers' | 'both' {
  if (producers.has(name)) return 'producers';
  return consumers.has(name) ? 'consumers' : 'both';
}
