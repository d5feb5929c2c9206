/** Finds where partitions begin or end, from their leaders. */
import type { Start } from '../driver.ts';
import type { ClusterView } from './cluster-view.ts';
import { listOffsets, type OffsetFound } from './protocol/apis.ts';
import { BrokerError, noError } from './protocol/errors.ts';

/** A partition whose offset is wanted. */
export interface Located {
  readonly topic: number;
  readonly partition: number;
  offset: number;
}

export interface LocateOptions {
  readonly view: ClusterView;
  readonly topics: readonly string[];
  readonly start: Start;
  /** 1 ends where the first open transaction begins. */
  readonly isolation: 0 | 1;
}

const timestamps = { earliest: -2, latest: -1 } as const;

/** Sets the offset of each partition. @throws BrokerError where a leader refuses, any other Error where one cannot be asked */
export async function locate(
  positions: readonly Located[],
  { view, topics, start, isolation }: LocateOptions,
): Promise<void> {
  const byLeader = Map.groupBy(positions, ({ topic, partition }) => view.leaderOf(topic, partition));
  for (const [nodeId, led] of byLeader) {
    const connection = await view.connect(nodeId);
    const asked = [...Map.groupBy(led, ({ topic }) => topic)].map(([topic, of]) => ({
      topic: topics[topic] as string,
      partitions: of.map(({ partition }) => partition),
    }));
    const found = await connection.request(listOffsets(asked, timestamps[start], isolation));
    for (const position of led) position.offset = offsetIn(found, topics[position.topic] as string, position.partition);
  }
}

function offsetIn(found: readonly OffsetFound[], topic: string, partition: number): number {
  const entry = found.find(candidate => candidate.topic === topic && candidate.partition === partition);
  if (entry === undefined) throw new Error(`the broker says nothing of ${topic}-${partition}`);
  if (entry.code !== noError) throw new BrokerError(entry.code, `${topic}-${partition}`);
  return entry.offset;
}
