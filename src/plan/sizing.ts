/** Turns the scenario's `sizing` into what is to be sized, in bytes and seconds. */
import type { MeasuredRate } from '../scenario/blocks/studies.ts';
import type { Scenario } from '../scenario/schema.ts';
import { messagesPerSecond } from './assign.ts';

/** A rate in bytes, and its spread. */
interface MeasuredBytes {
  readonly value: number;
  readonly spread: number;
}

/** What is asked of a sizing: `src/capacity/size-from.ts` answers it. */
export interface SizingAsked {
  readonly target: {
    readonly bytesPerSecond: number;
    readonly retentionSeconds: number;
    readonly replication: number;
    readonly readers: number;
    readonly parallelism: number;
    readonly headroom: number;
    readonly spareBrokers: number;
    readonly seed: number;
  };
  readonly rates: {
    readonly producedBytesPerSecond: MeasuredBytes | null;
    readonly consumedBytesPerSecond: MeasuredBytes | null;
  };
  readonly resources: {
    readonly diskBytesPerSecond: MeasuredBytes | null;
    readonly volumeBytesPerSecond: MeasuredBytes | null;
    readonly networkBytesPerSecond: MeasuredBytes | null;
    readonly diskBytes: number | null;
    readonly cores: number | null;
    readonly cpuSecondsPerByte: MeasuredBytes | null;
  };
  readonly partitions: number;
  readonly isConsumed: boolean;
}

/** What the scenario asks; null where it has no `sizing`. Replication and readers are the scenario's own. */
export function sizingRequest(
  { sizing, topic, consumers }: Scenario,
  { bytesPerMessage, seed }: { readonly bytesPerMessage: number; readonly seed: number },
): SizingAsked | null {
  if (sizing === undefined) return null;
  const inBytes = (one: MeasuredRate | undefined): MeasuredBytes | null =>
    one === undefined
      ? null
      : { value: messagesPerSecond(one.rate, bytesPerMessage) * bytesPerMessage, spread: one.spread };
  const groups = Object.values(consumers);
  const { perPartition, broker } = sizing;
  const isOwnTopic = topic.lifetime !== 'existing';
  return {
    target: {
      bytesPerSecond: messagesPerSecond(sizing.target, bytesPerMessage) * bytesPerMessage,
      retentionSeconds: sizing.retention / 1e6,
      replication: sizing.replicationFactor ?? (isOwnTopic ? topic.replicationFactor : null) ?? 1,
      readers: groups.reduce((sum, group) => sum + (group.delivery === 'broadcast' ? group.members : 1), 0),
      parallelism: Math.max(1, ...groups.map(({ delivery, members }) => (delivery === 'broadcast' ? 1 : members))),
      headroom: sizing.headroom,
      spareBrokers: sizing.spareBrokers,
      seed,
    },
    rates: {
      producedBytesPerSecond: inBytes(perPartition.produced),
      consumedBytesPerSecond: inBytes(perPartition.consumed),
    },
    resources: {
      diskBytesPerSecond: inBytes(broker.diskThroughput),
      volumeBytesPerSecond: inBytes(broker.volumeThroughput),
      networkBytesPerSecond: inBytes(broker.network),
      diskBytes: broker.disk ?? null,
      cores: broker.cores ?? null,
      cpuSecondsPerByte: broker.cpuPerMB === undefined ? null : { value: broker.cpuPerMB / 1e6 / 1e6, spread: 0 },
    },
    partitions: isOwnTopic ? topic.partitions * topic.count : 1,
    isConsumed: groups.length > 0,
  };
}
