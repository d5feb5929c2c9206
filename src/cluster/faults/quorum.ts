/** The requests about who controls a cluster and who leads its partitions, which no client library has for all of them. */
import type { Api } from '../../drivers/wire/protocol/apis.ts';
import { requireSuccess } from '../../drivers/wire/protocol/errors.ts';
import { flexible, structures } from '../../drivers/wire/protocol/flexible.ts';
import { MalformedFrameError } from '../../drivers/wire/protocol/reader.ts';

/** Who leads the quorum of controllers, which makes it the active one. */
export interface QuorumLeader {
  readonly leader: number;
  /** Grows with every election: of two answers the one with the higher epoch is true. */
  readonly epoch: number;
}

const metadataTopic = '__cluster_metadata';

/** DescribeQuorum. A controller that does not lead refuses it; a broker asks the one that does. @throws BrokerError, when it is read, where it is refused */
export const describeQuorum = (): Api<QuorumLeader> =>
  flexible({
    name: 'DescribeQuorum',
    key: 55,
    version: 0,
    write: writer =>
      writer.compactArray([metadataTopic], topic =>
        writer
          .compactString(topic)
          .compactArray([0], partition => writer.int32(partition).noTaggedFields())
          .noTaggedFields(),
      ),
    read(reader) {
      requireSuccess(reader.int16());
      const replicas = () => structures(reader, () => reader.skip(12)); // id and end offset
      const topics = structures(reader, () => {
        reader.compactString(); // the topic
        return structures(reader, () => {
          reader.int32(); // partition
          const code = reader.int16();
          const found = { code, leader: reader.int32(), epoch: reader.int32() };
          reader.int64(); // high watermark
          replicas(); // voters
          replicas(); // observers
          return found;
        });
      });
      reader.skipTaggedFields();
      const found = topics[0]?.[0];
      if (found === undefined) throw new MalformedFrameError('it says nothing of the quorum');
      requireSuccess(found.code);
      return { leader: found.leader, epoch: found.epoch };
    },
  });

const preferredElection = 0;

/**
 * ElectLeaders: every partition is to be led by the first of its replicas, where that is in sync. Which of them that comes true for is
 * seen in the metadata. @throws BrokerError, when it is read, where it is refused
 */
export const electPreferredLeaders = (timeoutMillis: number): Api<void> =>
  flexible({
    name: 'ElectLeaders',
    key: 43,
    version: 2,
    write: writer =>
      writer
        .int8(preferredElection)
        .compactArray(null, () => {})
        .int32(timeoutMillis),
    read(reader) {
      reader.int32(); // throttle time
      requireSuccess(reader.int16());
    },
  });
