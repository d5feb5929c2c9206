/** Well-formed answers to the requests of a group's members, as a broker writes them: each begins with its header's tagged fields. */
import { Writer } from '../../../src/drivers/wire/protocol/writer.ts';

export const topicId = '0123456789abcdef0123456789abcdef';

/** Ends a structure with a field that this engine does not know, as a later Kafka may add. */
const tagged = (writer: Writer): Writer =>
  writer.unsignedVarint(1).unsignedVarint(7).unsignedVarint(6).compactString('later');

/** A frame's body: the header's tagged fields, the throttle time, what is written, tagged fields. */
const answer = (write: (writer: Writer) => Writer): Buffer => tagged(write(tagged(new Writer()).int32(0))).toBuffer();

const partitionsOf = (writer: Writer, partitions: readonly number[]): Writer =>
  writer.compactArray(partitions, partition => writer.int32(partition));

/** FindCoordinator: a broker, or why there is none. */
export const coordinatorAnswer = (code = 0): Buffer =>
  answer(writer =>
    writer.compactArray(['group'], group => {
      writer.compactString(group).int32(2).compactString('127.0.0.1').int32(9_092).int16(code);
      return tagged(writer.compactNullableString(code === 0 ? null : 'not yet'));
    }),
  );

/** ConsumerGroupHeartbeat: what the member is to own, nothing new, or a refusal. */
export const beatAnswer = (assigned: readonly number[] | null, code = 0): Buffer =>
  answer(writer => {
    writer.int16(code).compactNullableString(code === 0 ? null : 'go away');
    writer.compactNullableString('member').int32(4).int32(5_000);
    if (assigned === null) return writer.int8(-1);
    return tagged(writer.int8(1).compactArray([topicId], id => tagged(partitionsOf(writer.uuid(id), assigned))));
  });

/** Metadata with the ids of topics. */
export const topicIdsAnswer = (code = 0): Buffer =>
  answer(writer => {
    writer.compactArray([1], nodeId =>
      tagged(writer.int32(nodeId).compactString('127.0.0.1').int32(9_092).compactNullableString('rack')),
    );
    writer.compactNullableString('cluster').int32(1);
    writer.compactArray(['orders'], name => {
      writer.int16(code).compactString(name).uuid(topicId).int8(0);
      writer.compactArray([0, 1], partition => {
        writer.int16(0).int32(partition).int32(1).int32(3);
        for (const replicas of [[1, 2], [1], [2]]) partitionsOf(writer, replicas);
        return tagged(writer);
      });
      return tagged(writer.int32(-(2 ** 31)));
    });
    return writer.int32(-(2 ** 31));
  });

/** OffsetFetch: partition 0 is at 7, of partition 3 nothing is known. */
export const offsetFetchAnswer = (code = 0): Buffer =>
  answer(writer =>
    writer.compactArray(['group'], group => {
      writer.compactString(group).compactArray(['orders'], topic => {
        writer.compactString(topic).compactArray([0, 3], partition =>
          tagged(
            writer
              .int32(partition)
              .int64(partition === 0 ? 7 : -1)
              .int32(-1)
              .compactNullableString('')
              .int16(0),
          ),
        );
        return tagged(writer);
      });
      return tagged(writer.int16(code));
    }),
  );

/** OffsetCommit, of one partition. */
export const offsetCommitAnswer = (code = 0): Buffer =>
  answer(writer =>
    writer.compactArray(['orders'], topic =>
      tagged(writer.compactString(topic).compactArray([3], partition => tagged(writer.int32(partition).int16(code)))),
    ),
  );
