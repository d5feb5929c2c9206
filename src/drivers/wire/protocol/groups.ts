/** The requests of members of a group by the newer protocol (KIP-848), in which the broker assigns. Kafka 4.0 and later speak them all. */
import type { HostAddress } from './apis.ts';
import { requireSuccess } from './errors.ts';
import { flexible, structures } from './flexible.ts';
import { MalformedFrameError, type Reader } from './reader.ts';

/** By API: its name, its key, and the oldest and newest version that is spoken here. */
export const groupApis = {
  findCoordinator: ['FindCoordinator', 10, [4, 4]],
  heartbeat: ['ConsumerGroupHeartbeat', 68, [0, 1]],
  topicIds: ['Metadata', 3, [10, 10]],
  offsetFetch: ['OffsetFetch', 9, [9, 9]],
  offsetCommit: ['OffsetCommit', 8, [9, 9]],
} as const;

/** From this version of ConsumerGroupHeartbeat on, members think of their ids themselves. */
export const ownMemberIdVersion = 1;

const groupKey = 0;

/** FindCoordinator: the broker that keeps the group. */
export const findCoordinator = (groupId: string) =>
  flexible({
    name: 'FindCoordinator',
    key: 10,
    version: 4,
    write: writer => writer.int8(groupKey).compactArray([groupId], key => writer.compactString(key)),
    read(reader): HostAddress {
      reader.int32(); // throttle time
      const found = structures(reader, () => {
        reader.compactString(); // the group
        reader.int32(); // node id
        const address = { host: reader.compactString(), port: reader.int32() };
        return { address, code: reader.int16(), detail: reader.compactNullableString() };
      });
      reader.skipTaggedFields();
      const [coordinator] = found;
      if (coordinator === undefined) throw new MalformedFrameError(`it says nothing of the group ${groupId}`);
      requireSuccess(coordinator.code, coordinator.detail);
      return coordinator.address;
    },
  });

/** Partitions of a topic that is named by its id. */
export interface IdentifiedPartitions {
  readonly topicId: string;
  readonly partitions: readonly number[];
}

/** A sign of life. What is null has not changed since the last one. */
export interface Beat {
  readonly groupId: string;
  readonly memberId: string;
  /** 0 joins, −1 leaves, −2 leaves for a while. */
  readonly epoch: number;
  readonly instanceId: string | null;
  readonly rebalanceTimeoutMillis: number | null;
  readonly topics: readonly string[] | null;
  readonly assignor: string | null;
  /** What the member owns. */
  readonly owned: readonly IdentifiedPartitions[] | null;
}

export interface BeatAnswer {
  /** Null where the broker gives none. */
  readonly memberId: string | null;
  readonly epoch: number;
  readonly intervalMillis: number;
  /** What the member is to own; null where that has not changed. */
  readonly assigned: readonly IdentifiedPartitions[] | null;
}

/** ConsumerGroupHeartbeat. @throws BrokerError, when it is read, where the group refuses the member */
export const consumerGroupHeartbeat = (beat: Beat, version: number) =>
  flexible({
    name: 'ConsumerGroupHeartbeat',
    key: 68,
    version,
    write(writer) {
      writer.compactString(beat.groupId).compactString(beat.memberId).int32(beat.epoch);
      writer.compactNullableString(beat.instanceId).compactNullableString(null); // rack
      writer.int32(beat.rebalanceTimeoutMillis ?? -1);
      writer.compactArray(beat.topics, topic => writer.compactString(topic));
      if (version >= 1) writer.compactNullableString(null); // topics by pattern
      writer.compactNullableString(beat.assignor);
      return writer.compactArray(beat.owned, ({ topicId, partitions }) =>
        writer
          .uuid(topicId)
          .compactArray(partitions, partition => writer.int32(partition))
          .noTaggedFields(),
      );
    },
    read(reader): BeatAnswer {
      reader.int32(); // throttle time
      const code = reader.int16();
      requireSuccess(code, reader.compactNullableString());
      const answer = {
        memberId: reader.compactNullableString(),
        epoch: reader.int32(),
        intervalMillis: reader.int32(),
        assigned: readAssignment(reader),
      };
      reader.skipTaggedFields();
      return answer;
    },
  });

/** A structure that may be missing: −1 stands for that. */
function readAssignment(reader: Reader): IdentifiedPartitions[] | null {
  if (reader.int8() < 0) return null;
  const assigned = structures(reader, () => ({
    topicId: reader.uuid(),
    partitions: reader.compactArray(() => reader.int32()),
  }));
  reader.skipTaggedFields();
  return assigned;
}

/** Metadata, for the topics' ids alone: by name, as hexadecimal digits. @throws BrokerError, when it is read, where a topic has none */
export const topicIds = (topics: readonly string[]) =>
  flexible({
    name: 'Metadata',
    key: 3,
    version: 10,
    write: writer =>
      writer
        .compactArray(topics, topic => writer.uuid(unknownId).compactNullableString(topic).noTaggedFields())
        .int8(0) // makes no topic
        .int8(0) // authorized operations: of the cluster …
        .int8(0), // … and of the topics
    read(reader): ReadonlyMap<string, string> {
      reader.int32(); // throttle time
      structures(reader, () => {
        reader.int32(); // node id
        reader.compactString(); // host
        reader.int32(); // port
        reader.compactNullableString(); // rack
      });
      reader.compactNullableString(); // cluster id
      reader.int32(); // controller
      const ids = structures(reader, () => readTopicId(reader));
      reader.int32(); // authorized operations
      reader.skipTaggedFields();
      return new Map(ids);
    },
  });

const unknownId = '0'.repeat(32);

function readTopicId(reader: Reader): readonly [name: string, id: string] {
  const code = reader.int16();
  const name = reader.compactString();
  requireSuccess(code, name);
  const id = reader.uuid();
  reader.bool(); // internal
  structures(reader, () => {
    reader.skip(14); // error, partition, leader and its epoch
    for (let list = 0; list < 3; list++) reader.compactArray(() => reader.int32()); // replicas: all, in sync, offline
  });
  reader.int32(); // authorized operations
  return [name, id];
}
