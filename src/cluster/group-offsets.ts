/** Reads and sets what consumer groups have committed, and the offsets of topics, over one connection that stays open. */
import { Admin } from '@platformatic/kafka';
import { baseOptions } from '../drivers/platformatic/client.ts';
import { HarnessError, messageOf } from '../support/errors.ts';
import type { Access } from './admin.ts';

/** Offsets by topic and partition, in the order of `topics`. */
export type TopicOffsets = readonly (readonly number[])[];

/** A point of a partition's log: its ends, or the first message that is not older than that. */
export type LogPoint = 'first' | 'end' | { readonly epochMillis: number };

export interface GroupOffsets extends AsyncDisposable {
  /** Where a point of the logs lies; the end where no message is as young as asked. */
  offsetsAt(point: LogPoint): Promise<TopicOffsets>;
  /** By group: what it has committed; −1 where it has not. */
  committed(groupIds: readonly string[]): Promise<ReadonlyMap<string, TopicOffsets>>;
  /** Commits for a group that has no members. */
  set(groupId: string, offsets: TopicOffsets): Promise<void>;
  /** Forgets what a group without members has committed in these topics. */
  forget(groupId: string): Promise<void>;
}

/** How long an administrator's client waits, and how often it asks again. */
export interface Patience {
  readonly connectMillis: number;
  readonly requestMillis: number;
  readonly retries: number;
}

const patient: Patience = { connectMillis: 3_000, requestMillis: 30_000, retries: 20 };
/** For looks that come again in a second: brokers that are away are not waited for. */
export const glancing: Patience = { connectMillis: 2_000, requestMillis: 2_000, retries: 1 };

const timestamps = { first: -2n, end: -1n } as const;
const backoff = { firstMillis: 100, mostMillis: 1_000 };

/** An administrator's client for what kafkajs's cannot do. It connects when it is first asked for something. */
export const openClusterAdmin = (access: Access, topics: readonly string[], patience = patient): Admin =>
  new Admin(
    baseOptions(
      { ...access, clientId: 'highwater-groups', topics, config: {}, options: {}, simulatedBroker: undefined },
      { connectTimeout: patience.connectMillis, requestTimeout: patience.requestMillis, retries: patience.retries },
      backoff,
    ),
  );

/** Speaks for topics that all have so many partitions. Connects when it is first asked for something. */
export function openGroupOffsets(
  access: Access,
  topics: readonly string[],
  partitionsPerTopic: number,
  patience = patient,
): GroupOffsets {
  const admin = openClusterAdmin(access, topics, patience);
  const partitions = Array.from({ length: partitionsPerTopic }, (_, partition) => partition);
  /** Puts an answer's figures in the order of topics and partitions. */
  const inOrder = (offsetOf: (topic: string, partition: number) => bigint | undefined): TopicOffsets =>
    topics.map(topic => partitions.map(partition => Number(offsetOf(topic, partition) ?? -1n)));
  const list = async (timestamp: bigint): Promise<TopicOffsets> => {
    const answer = await admin.listOffsets({
      topics: topics.map(name => ({
        name,
        partitions: partitions.map(partitionIndex => ({ partitionIndex, timestamp })),
      })),
    });
    return inOrder(
      (topic, partition) =>
        answer.find(({ name }) => name === topic)?.partitions.find(({ partitionIndex }) => partitionIndex === partition)
          ?.offset,
    );
  };
  return {
    async offsetsAt(point) {
      if (typeof point === 'string') return list(timestamps[point]);
      const [found, ends] = [await list(BigInt(point.epochMillis)), await list(timestamps.end)];
      return found.map((ofTopic, topic) =>
        ofTopic.map((offset, partition) => (offset < 0 ? (ends[topic]?.[partition] as number) : offset)),
      );
    },
    async committed(groupIds) {
      if (groupIds.length === 0) return new Map();
      const groups = await admin.listConsumerGroupOffsets({
        groups: groupIds.map(groupId => ({
          groupId,
          topics: topics.map(name => ({ name, partitionIndexes: partitions })),
        })),
      });
      return new Map(
        groups.map(group => [
          group.groupId,
          inOrder(
            (topic, partition) =>
              group.topics
                .find(({ name }) => name === topic)
                ?.partitions.find(({ partitionIndex }) => partitionIndex === partition)?.committedOffset,
          ),
        ]),
      );
    },
    set: (groupId, offsets) =>
      explained(`The offsets of group ${groupId} cannot be set`, () =>
        admin.alterConsumerGroupOffsets({
          groupId,
          topics: topics.map((name, topic) => ({
            name,
            partitionOffsets: (offsets[topic] ?? []).map((offset, partition) => ({
              partition,
              offset: BigInt(offset),
            })),
          })),
        }),
      ),
    forget: groupId =>
      explained(`What group ${groupId} has committed cannot be forgotten`, async () => {
        const known = (await admin.listConsumerGroupOffsets({ groups: [groupId] }))[0]?.topics ?? [];
        const own = known.filter(({ name }) => topics.includes(name));
        if (own.length === 0) return;
        await admin.deleteConsumerGroupOffsets({
          groupId,
          topics: own.map(({ name, partitions: ofTopic }) => ({
            name,
            partitionIndexes: ofTopic.map(({ partitionIndex }) => partitionIndex),
          })),
        });
      }),
    [Symbol.asyncDispose]: () => admin.close(),
  };
}

/** Says what could not be done, and the likely reason. */
async function explained(what: string, work: () => Promise<unknown>): Promise<void> {
  try {
    await work();
  } catch (cause) {
    const reasons = (cause as { readonly errors?: readonly unknown[] }).errors ?? [cause];
    throw new HarnessError('incomplete', `${what}: ${messageOf(reasons[0] ?? cause)}.`, {
      hint: 'A group whose offsets are to change must have no members: end its consumers, or name another group.',
      cause,
    });
  }
}
