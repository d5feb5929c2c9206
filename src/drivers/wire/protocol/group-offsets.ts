/** The requests by which a group remembers where its partitions go on. */
import { requireSuccess } from './errors.ts';
import { flexible, structures } from './flexible.ts';

/** Who asks, as the group knows it. */
export interface MemberIdentity {
  readonly groupId: string;
  readonly memberId: string;
  readonly epoch: number;
  readonly instanceId: string | null;
}

export interface TopicPartitions {
  readonly topic: string;
  readonly partitions: readonly number[];
}

/** Where a partition goes on; −1 where the group does not know. */
export interface CommittedOffset {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
}

/** OffsetFetch: where the group goes on, once no open transaction may change that. @throws BrokerError, when it is read, where it is refused */
export const offsetFetch = ({ groupId, memberId, epoch }: MemberIdentity, asked: readonly TopicPartitions[]) =>
  flexible({
    name: 'OffsetFetch',
    key: 9,
    version: 9,
    write: writer =>
      writer
        .compactArray([groupId], group =>
          writer
            .compactString(group)
            .compactNullableString(memberId)
            .int32(epoch)
            .compactArray(asked, ({ topic, partitions }) =>
              writer
                .compactString(topic)
                .compactArray(partitions, partition => writer.int32(partition))
                .noTaggedFields(),
            )
            .noTaggedFields(),
        )
        .int8(1), // not what a transaction may yet change
    read(reader): CommittedOffset[] {
      reader.int32(); // throttle time
      const groups = structures(reader, () => {
        reader.compactString(); // the group
        const topics = structures(reader, () => {
          const topic = reader.compactString();
          return structures(reader, () => {
            const partition = reader.int32();
            const offset = reader.int64();
            reader.int32(); // leader epoch
            reader.compactNullableString(); // metadata
            requireSuccess(reader.int16(), `${topic}-${partition}`);
            return { topic, partition, offset };
          });
        });
        requireSuccess(reader.int16());
        return topics.flat();
      });
      reader.skipTaggedFields();
      return groups.flat();
    },
  });

/** OffsetCommit: from now on the group goes on there. @throws BrokerError, when it is read, where a partition is refused */
export const offsetCommit = (member: MemberIdentity, offsets: readonly CommittedOffset[]) =>
  flexible({
    name: 'OffsetCommit',
    key: 8,
    version: 9,
    write: writer =>
      writer
        .compactString(member.groupId)
        .int32(member.epoch)
        .compactString(member.memberId)
        .compactNullableString(member.instanceId)
        .compactArray([...Map.groupBy(offsets, ({ topic }) => topic)], ([topic, of]) =>
          writer
            .compactString(topic)
            .compactArray(of, ({ partition, offset }) =>
              writer
                .int32(partition)
                .int64(offset)
                .int32(-1) // leader epoch
                .compactNullableString(null) // metadata
                .noTaggedFields(),
            )
            .noTaggedFields(),
        ),
    read(reader): void {
      reader.int32(); // throttle time
      structures(reader, () => {
        const topic = reader.compactString();
        structures(reader, () => {
          const partition = reader.int32();
          requireSuccess(reader.int16(), `${topic}-${partition}`);
        });
      });
      reader.skipTaggedFields();
    },
  });
