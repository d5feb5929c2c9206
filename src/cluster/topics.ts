/** Makes topics whose leaders are spread evenly and ready, counts what they hold, and removes what was made. */
import { setTimeout as pause } from 'node:timers/promises';
import type { Admin, ITopicConfig, ITopicMetadata } from 'kafkajs';
import { HarnessError, messageOf } from '../support/errors.ts';
import { type Access, withAdmin } from './admin.ts';
import type { OnProgress } from '../support/cache.ts';
import type { Cluster } from './cluster.ts';
import type { BrokerConfig } from './server-properties.ts';

/** One topic to make. */
export interface TopicSpec {
  readonly name: string;
  readonly partitions: number;
  readonly replicationFactor: number;
  /** Under Kafka's own names. */
  readonly config: BrokerConfig;
}

/** How topics are made. */
export interface CreateTopicsOptions {
  /** `reuse` takes a topic that is there, if it has as many partitions, and leaves it behind. */
  readonly ifExists: 'fail' | 'reuse';
  /** Hears of topics that could not be deleted at the end. */
  readonly onProgress?: OnProgress;
}

/** Topics that are ready. Disposing deletes those that were made for it, and no others. */
export interface Topics extends AsyncDisposable {
  readonly names: readonly string[];
  /** How many partitions each broker leads, over all of these topics, by node id; 0 where none. */
  readonly leadersByNode: Readonly<Record<number, number>>;
}

const requestMillis = 30_000;
const readyMillis = 20_000;
const pollMillis = 25;

/** Before the name of every topic and group of a run; `prefix` is the scenario's `cluster.prefix`. */
export const topicPrefix = (prefix: string, runId: string): string => `${prefix}hw-${runId}-`;

/**
 * Replicas for the partitions of all topics, in turn over the brokers: leaders differ by one at most, and a second run gets
 * the same layout. The first replica leads.
 */
export function placeReplicas(specs: readonly TopicSpec[], nodeIds: readonly number[]): number[][][] {
  let next = 0;
  return specs.map(({ partitions, replicationFactor }) =>
    Array.from({ length: partitions }, () => {
      const first = next++;
      return Array.from(
        { length: replicationFactor },
        (_, replica) => nodeIds[(first + replica) % nodeIds.length] as number,
      );
    }),
  );
}

/** On somebody else's cluster the brokers place replicas themselves: they know their racks. */
function requestsFor(cluster: Cluster, specs: readonly TopicSpec[]): ITopicConfig[] {
  const placement = placeReplicas(
    specs,
    cluster.nodes.map(({ id }) => id),
  );
  return specs.map(({ name, partitions, replicationFactor, config }, index) => {
    const configEntries = Object.entries(config).map(([key, value]) => ({ name: key, value: String(value) }));
    const common = { topic: name, configEntries };
    if (cluster.kind === 'external') return { ...common, numPartitions: partitions, replicationFactor };
    const replicaAssignment = (placement[index] ?? []).map((replicas, partition) => ({ partition, replicas }));
    return { ...common, replicaAssignment };
  });
}

function requireBrokers(cluster: Cluster, specs: readonly TopicSpec[]): void {
  const tooMany = specs.find(({ replicationFactor }) => replicationFactor > cluster.brokerCount);
  if (tooMany === undefined) return;
  throw new HarnessError(
    'usage',
    `Topic ${tooMany.name} is to have ${tooMany.replicationFactor} replicas, but the cluster has ${cluster.brokerCount} brokers.`,
    { hint: 'Lower topic.replicationFactor, or start more brokers with cluster.local.brokers.' },
  );
}

/** What kafkajs says of a topic that could not be made: an error of its own in one of the request. */
function whyNotMade(error: unknown): string {
  const [reason] = (error as { errors?: unknown[] }).errors ?? [];
  return messageOf(reason ?? error);
}

/** Makes one topic; a request for several would not tell which of them were made when one is refused. */
async function make(admin: Admin, topic: ITopicConfig): Promise<void> {
  let isMade: boolean;
  try {
    isMade = await admin.createTopics({ topics: [topic], waitForLeaders: false, timeout: requestMillis });
  } catch (cause) {
    const config = topic.configEntries?.map(({ name, value }) => `${name}=${value}`).join(', ') || 'none';
    // other cells may ask for what this cluster has: their trials go on
    throw new HarnessError('incomplete', `The cluster refuses to make ${topic.topic}: ${whyNotMade(cause)}.`, {
      hint: `Check topic.config (${config}), the number of replicas, and what this client may do.`,
      cause,
    });
  }
  if (!isMade) throw exists(topic.topic);
}

/** Makes topics, and notes each in `made`. Throws what the first of those said that could not be made. */
async function makeAll(admin: Admin, topics: readonly ITopicConfig[], made: string[]): Promise<void> {
  const results = await Promise.allSettled(
    topics.map(async topic => {
      await make(admin, topic);
      made.push(topic.topic);
    }),
  );
  const refused = results.find(result => result.status === 'rejected');
  if (refused !== undefined) throw refused.reason;
}

const exists = (names: string): HarnessError =>
  new HarnessError('environment', `Topic ${names} exists already.`, {
    hint: 'Delete it, or name it under topic with lifetime: existing.',
  });

/** Splits the specs into topics to make and topics that are there. */
async function missing(
  admin: Admin,
  specs: readonly TopicSpec[],
  ifExists: 'fail' | 'reuse',
): Promise<readonly TopicSpec[]> {
  const there = new Set(await admin.listTopics());
  const found = specs.filter(({ name }) => there.has(name));
  if (found.length > 0 && ifExists === 'fail') throw exists(found.map(({ name }) => name).join(', '));
  for (const { name, partitions } of found) {
    const has = (await describeTopics(admin, [name]))[0]?.partitions.length;
    if (has !== partitions) {
      throw new HarnessError('usage', `Topic ${name} has ${has} partitions, not ${partitions}.`, {
        hint: `Set topic.partitions to ${has}, or choose another topic.`,
      });
    }
  }
  return specs.filter(({ name }) => !there.has(name));
}

async function describeTopics(admin: Admin, topics: string[]): Promise<ITopicMetadata[]> {
  return (await admin.fetchTopicMetadata({ topics })).topics;
}

/** Why topics are not ready; undefined where every partition has a leader and all its replicas in sync. */
function unready(topics: readonly ITopicMetadata[]): string | undefined {
  for (const { name, partitions } of topics) {
    for (const { partitionId, leader, replicas, isr } of partitions) {
      const where = `partition ${partitionId} of ${name}`;
      if (leader < 0) return `${where} has no leader`;
      if (isr.length < replicas.length) return `${where} has ${isr.length} of ${replicas.length} replicas in sync`;
    }
  }
  return undefined;
}

/** Asks until there is an answer, or time is up; `ask` returns or throws why there is none yet. */
async function patiently<T extends object>(ask: () => Promise<T | string>, what: string): Promise<T> {
  const deadline = performance.now() + readyMillis;
  for (;;) {
    const answer = await ask().catch(messageOf);
    if (typeof answer !== 'string') return answer;
    if (performance.now() > deadline) {
      throw new HarnessError('environment', `${what} after ${readyMillis / 1e3} s: ${answer}.`, {
        hint: 'Check that every broker runs and can be reached from here.',
      });
    }
    await pause(pollMillis);
  }
}

/** Waits until every partition is led and replicated, and every leader knows that it leads: it is asked for its offsets. */
function untilReady(admin: Admin, names: string[]): Promise<ITopicMetadata[]> {
  return patiently(async () => {
    const topics = await describeTopics(admin, names);
    const reason = unready(topics);
    if (reason !== undefined) return reason;
    for (const name of names) await admin.fetchTopicOffsets(name);
    return topics;
  }, 'The topics are not ready');
}

/** Counts the partitions that each broker leads. */
export function countLeaders(
  topics: readonly Pick<ITopicMetadata, 'partitions'>[],
  nodeIds: readonly number[],
): Record<number, number> {
  const counts: Record<number, number> = Object.fromEntries(nodeIds.map(id => [id, 0]));
  for (const { partitions } of topics) for (const { leader } of partitions) counts[leader] = (counts[leader] ?? 0) + 1;
  return counts;
}

/** On brokers of our own the layout is ours: an uneven one would make one broker the bottleneck. */
function requireEvenLeaders(cluster: Cluster, leaders: Readonly<Record<number, number>>): void {
  const counts = Object.values(leaders);
  if (cluster.kind === 'external' || Math.max(...counts) - Math.min(...counts) <= 1) return;
  const shares = Object.entries(leaders).map(([id, count]) => `broker ${id}: ${count}`);
  throw new HarnessError('environment', `The partitions' leaders are spread unevenly (${shares.join(', ')}).`, {
    hint: 'A broker was away when they were elected: look at its log, and start again.',
  });
}

/** Deletes topics of which some may be gone already; says so where they cannot be deleted. */
export async function removeTopics(
  access: Access,
  names: readonly string[],
  onProgress: OnProgress | undefined,
): Promise<void> {
  if (names.length === 0) return;
  try {
    await withAdmin(access, admin => deleteTopics(admin, names));
  } catch (error) {
    // Not thrown: it would hide why the trial failed, and the next run on this cluster sweeps them.
    onProgress?.(`${names.join(', ')} could not be deleted (${messageOf(error)})`);
  }
}

/** Deletes topics of which some may be gone already. */
async function deleteTopics(admin: Admin, names: readonly string[]): Promise<void> {
  const there = new Set(await admin.listTopics());
  const topics = names.filter(name => there.has(name));
  if (topics.length === 0) return;
  try {
    await admin.deleteTopics({ topics, timeout: requestMillis });
  } catch (error) {
    if (typeOf(error) !== 'UNKNOWN_TOPIC_OR_PARTITION') throw error; // else a broker had not heard yet that it is gone
  }
}

/** Kafka's name of an error, which kafkajs keeps with the first cause. */
const typeOf = (error: unknown): string | undefined => {
  const { type, cause } = error as { readonly type?: string; readonly cause?: unknown };
  return type ?? (cause === undefined ? undefined : typeOf(cause));
};

/**
 * Makes topics and waits until each partition has its leader and its replicas.
 * @throws HarnessError 'usage' for what this cluster cannot have, 'incomplete' where it refuses, 'environment' where a topic is in the way
 */
export async function createTopics(
  cluster: Cluster,
  specs: readonly TopicSpec[],
  { ifExists, onProgress }: CreateTopicsOptions,
): Promise<Topics> {
  requireBrokers(cluster, specs);
  const names = specs.map(({ name }) => name);
  const made: string[] = [];
  const dispose = () => removeTopics(cluster, made, onProgress);
  try {
    const leadersByNode = await withAdmin(cluster, async admin => {
      await makeAll(admin, requestsFor(cluster, await missing(admin, specs, ifExists)), made);
      const ready = await untilReady(admin, names);
      return countLeaders(
        ready,
        cluster.nodes.map(({ id }) => id),
      );
    });
    requireEvenLeaders(cluster, leadersByNode);
    return { names, leadersByNode, [Symbol.asyncDispose]: dispose };
  } catch (error) {
    await dispose();
    throw error;
  }
}

/** The number of partitions of a topic. @throws HarnessError 'environment' where there is no such topic */
export async function topicPartitions(access: Access, topic: string): Promise<number> {
  return withAdmin(access, async admin => {
    if (!(await admin.listTopics()).includes(topic)) {
      throw new HarnessError('environment', `The cluster at ${access.brokers.join(', ')} has no topic ${topic}.`, {
        hint: 'Check topic.name, or leave out lifetime: existing to have a topic made.',
      });
    }
    return (await describeTopics(admin, [topic]))[0]?.partitions.length ?? 0;
  });
}

type Edge = 'high' | 'low';

async function offsets(access: Access, topic: string, edge: Edge): Promise<number[]> {
  // kafkajs asks again for most things, but not for offsets while leaders move.
  const partitions = await withAdmin(access, admin =>
    patiently(() => admin.fetchTopicOffsets(topic), `The offsets of ${topic} cannot be had`),
  );
  return partitions.toSorted((a, b) => a.partition - b.partition).map(partition => Number(partition[edge]));
}

/** By partition: the offset that the next message gets. */
export const endOffsets = (access: Access, topic: string): Promise<number[]> => offsets(access, topic, 'high');
