/** Writes Fetch requests, without a fetch session: one connection that polls for all partitions of a leader needs none. */
import { apiKeys } from './protocol/apis.ts';
import { Writer } from './protocol/writer.ts';

/** Kafka 2.1 to 4.x speak version 10; 11 (Kafka 2.3) adds the client's rack. Later ones name topics by id. */
export const fetchVersions = [10, 11] as const;

/** A partition, and the offset from which on it is wanted. */
export interface FetchedPartition {
  readonly topic: number;
  readonly partition: number;
  readonly offset: number;
}

export interface FetchSettings {
  readonly clientId: string;
  readonly topics: readonly string[];
  readonly version: number;
  readonly maxWaitMillis: number;
  readonly minBytes: number;
  readonly maxBytes: number;
  readonly maxPartitionBytes: number;
  /** 1 reads what is committed alone. */
  readonly isolation: 0 | 1;
}

/** One request for these partitions, as a frame. */
export function fetchFrame(
  correlationId: number,
  wanted: readonly FetchedPartition[],
  settings: FetchSettings,
): Buffer {
  const writer = new Writer().int32(0).int16(apiKeys.fetch).int16(settings.version).int32(correlationId);
  writer.string(settings.clientId).int32(-1).int32(settings.maxWaitMillis).int32(settings.minBytes);
  writer.int32(settings.maxBytes).int8(settings.isolation).int32(0).int32(-1); // session id, epoch: none
  const byTopic = [...Map.groupBy(wanted, ({ topic }) => topic)];
  writer.array(byTopic, ([topic, partitions]) =>
    writer.string(settings.topics[topic] as string).array(partitions, ({ partition, offset }) =>
      writer
        .int32(partition)
        .int32(-1) // leader epoch
        .int64(offset)
        .int64(-1) // log start offset
        .int32(settings.maxPartitionBytes),
    ),
  );
  writer.int32(0); // forgotten topics
  if (settings.version >= 11) writer.string('');
  const frame = writer.toBuffer();
  frame.writeInt32BE(frame.length - 4, 0);
  return frame;
}
