/**
 * The requests that are sent seldom, each with the version that Kafka 2.1 to 4.x have in common. Produce and Fetch, which carry the
 * load, are written in place elsewhere.
 */
import { noError, requireSuccess } from './errors.ts';
import type { Reader } from './reader.ts';
import { Writer } from './writer.ts';

/** A request of the protocol, and how its answer is read. */
export interface Api<T> {
  readonly name: string;
  readonly key: number;
  readonly version: number;
  readonly body: Buffer;
  read(reader: Reader): T;
}

export const apiKeys = { produce: 0, fetch: 1 } as const;

/** Oldest and newest version by API key. */
export type VersionRanges = ReadonlyMap<number, readonly [oldest: number, newest: number]>;

const newestApiVersions = 3;

/** ApiVersions: what the broker speaks. A broker that does not know the version that is asked for answers as version 0, error 35. */
export const apiVersions = (version: 0 | 3): Api<{ readonly code: number; readonly ranges: VersionRanges }> => ({
  name: 'ApiVersions',
  key: 18,
  version,
  // behind a flexible request's header come its tagged fields
  body:
    version === newestApiVersions
      ? new Writer().int8(0).compactString('highwater').compactString('1').int8(0).toBuffer()
      : Buffer.alloc(0),
  read(reader) {
    const code = reader.int16();
    const isFlexible = version === newestApiVersions && code === noError;
    const range = () => {
      const entry = [reader.int16(), [reader.int16(), reader.int16()]] as const;
      if (isFlexible) reader.skipTaggedFields();
      return entry;
    };
    if (!isFlexible) return { code, ranges: new Map(reader.array(range)) };
    const ranges = new Map(reader.compactArray(range));
    reader.int32(); // throttle time
    reader.skipTaggedFields();
    return { code, ranges };
  },
});

/** Where clients reach a broker. */
export interface HostAddress {
  readonly host: string;
  readonly port: number;
}

/** A broker of the cluster. */
export interface BrokerAddress extends HostAddress {
  readonly nodeId: number;
}

export interface PartitionMetadata {
  readonly code: number;
  readonly partition: number;
  /** The node that leads; −1 where none does. */
  readonly leader: number;
  /** The preferred leader is the first. */
  readonly replicas: readonly number[];
  readonly inSyncReplicas: readonly number[];
}

export interface TopicMetadata {
  readonly code: number;
  readonly name: string;
  readonly partitions: readonly PartitionMetadata[];
}

export interface Metadata {
  readonly brokers: readonly BrokerAddress[];
  readonly topics: readonly TopicMetadata[];
}

/** Metadata: the brokers, and who leads the partitions of those topics, or of all for null. Makes no topic. */
export const metadata = (topics: readonly string[] | null): Api<Metadata> => {
  const writer = new Writer();
  return {
    name: 'Metadata',
    key: 3,
    version: 7,
    body: (topics === null ? writer.int32(-1) : writer.array(topics, name => writer.string(name))).int8(0).toBuffer(),
    read(reader) {
      reader.int32(); // throttle time
      const brokers = reader.array(() => {
        const broker = { nodeId: reader.int32(), host: reader.string(), port: reader.int32() };
        reader.nullableString(); // rack
        return broker;
      });
      reader.nullableString(); // cluster id
      reader.int32(); // controller
      return { brokers, topics: reader.array(readTopic) };
    },
  };
};

function readTopic(reader: Reader): TopicMetadata {
  const code = reader.int16();
  const name = reader.string();
  reader.bool(); // internal
  const partitions = reader.array(() => {
    const nodes = (): number[] => reader.array(() => reader.int32());
    const led = { code: reader.int16(), partition: reader.int32(), leader: reader.int32() };
    reader.int32(); // leader epoch
    const partition = { ...led, replicas: nodes(), inSyncReplicas: nodes() };
    nodes(); // those that are offline
    return partition;
  });
  return { code, name, partitions };
}

/** The offset of each of some partitions at a time: −1 is the end, −2 the beginning. */
export interface OffsetsAsked {
  readonly topic: string;
  readonly partitions: readonly number[];
}

export interface OffsetFound {
  readonly topic: string;
  readonly partition: number;
  readonly code: number;
  readonly offset: number;
}

export const listOffsets = (
  asked: readonly OffsetsAsked[],
  timestamp: -1 | -2,
  isolation: 0 | 1,
): Api<readonly OffsetFound[]> => {
  const writer = new Writer().int32(-1).int8(isolation);
  writer.array(asked, ({ topic, partitions }) =>
    writer.string(topic).array(partitions, partition => writer.int32(partition).int32(-1).int64(timestamp)),
  );
  return {
    name: 'ListOffsets',
    key: 2,
    version: 4,
    body: writer.toBuffer(),
    read(reader) {
      reader.int32(); // throttle time
      return reader
        .array(() => {
          const topic = reader.string();
          return reader.array(() => {
            const partition = reader.int32();
            const code = reader.int16();
            reader.int64(); // timestamp
            const offset = reader.int64();
            reader.int32(); // leader epoch
            return { topic, partition, code, offset };
          });
        })
        .flat();
    },
  };
};

/** Who an idempotent producer is at the brokers. The id is kept as the two halves that are written: it may not fit a number. */
export interface ProducerId {
  readonly high: number;
  readonly low: number;
  readonly epoch: number;
}

/** InitProducerId: an identity for a producer without transactions. */
export const initProducerId = (): Api<ProducerId> => ({
  name: 'InitProducerId',
  key: 22,
  version: 1,
  body: new Writer().nullableString(null).int32(60_000).toBuffer(),
  read(reader) {
    reader.int32(); // throttle time
    requireSuccess(reader.int16());
    return { high: reader.int32(), low: reader.int32(), epoch: reader.int16() };
  },
});

/** SaslHandshake: whether the broker takes this mechanism, and which ones it does. */
export const saslHandshake = (
  mechanism: string,
): Api<{ readonly code: number; readonly mechanisms: readonly string[] }> => ({
  name: 'SaslHandshake',
  key: 17,
  version: 1,
  body: new Writer().string(mechanism).toBuffer(),
  read: reader => ({ code: reader.int16(), mechanisms: reader.array(() => reader.string()) }),
});

/** SaslAuthenticate: one message of the mechanism's conversation, and the broker's answer. */
export const saslAuthenticate = (message: Buffer): Api<Buffer> => ({
  name: 'SaslAuthenticate',
  key: 36,
  version: 0,
  body: new Writer().sizedBytes(message).toBuffer(),
  read(reader) {
    const code = reader.int16();
    const detail = reader.nullableString();
    requireSuccess(code, detail);
    return Buffer.from(reader.sizedBytes() ?? Buffer.alloc(0));
  },
});
