/** Warms brokers that were just started with load that is thrown away, until they answer as fast as they will. */
import { randomBytes } from 'node:crypto';
import type { Kafka, Message, Producer } from 'kafkajs';
import { openKafka } from '../drivers/kafkajs/client.ts';
import type { OnProgress } from '../support/cache.ts';
import type { Cluster } from './cluster.ts';
import { watchCompilers } from './compiler-load.ts';
import { createTopics } from './topics.ts';

/** How a cluster is warmed. */
export interface WarmOptions {
  /** Of the topic that the load goes to, and of the group that reads it; it is deleted afterwards. */
  readonly topic: string;
  readonly onProgress?: OnProgress;
  readonly signal?: AbortSignal;
}

/** What warming came to: the p90 of a request's latency with acks=all in its first second and in its last. */
export interface Warmth {
  readonly firstP90Micros: number;
  readonly lastP90Micros: number;
  /** Whether they are as fast as they will be, or time was up. */
  readonly settled: boolean;
}

const partitionsPerBroker = 2;
/** Requests at once: enough for every broker to be busy, few enough for latency to be its own and not a queue's. */
const lanesPerBroker = 2;
const messagesPerRequest = 5;
const messageBytes = 1_024;
const windowMillis = 1_000;
const leastMillis = 5_000;
/** Measured on two cores: most of what compilers will make of a broker they have made by then. */
const mostMillisPerBroker = 8_000;
/** Compilers that take less than this of a core have compiled what matters. */
const quietShare = 0.3;
/** What falls by less than this from window to window has settled. */
const closeEnough = 1.25;

/** The value that nine tenths of the others do not exceed; NaN of none. */
export function p90Of(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length * 0.9)] ?? Number.NaN;
}

/** Whether the last three windows are hardly faster than the best before them: a figure of each, in order of time. */
export function hasSettled(windows: readonly number[]): boolean {
  const earlier = windows.slice(0, -3);
  return earlier.length > 0 && Math.min(...windows.slice(-3)) * closeEnough >= Math.min(...earlier);
}

interface Load {
  readonly producer: Producer;
  readonly topic: string;
  readonly partitions: number;
  readonly messages: readonly Message[];
}

/** Every kind of request is compiled for itself; acks=all, whose latency is watched, is the most frequent. */
const acksInTurn = [-1, 1, -1, 0] as const;

/** Sends request after request, each to the next partition, until the window is over; the latencies of those with acks=all. */
async function oneWindow(load: Load, lanes: number): Promise<number[]> {
  const endMillis = performance.now() + windowMillis;
  const latencies: number[] = [];
  const lane = async (first: number) => {
    let request = first;
    for (let partition = first; performance.now() < endMillis; partition = (partition + lanes) % load.partitions) {
      const acks = acksInTurn[request++ % acksInTurn.length] as number;
      const startMillis = performance.now();
      const messages = load.messages.map(message => ({ ...message, partition }));
      await load.producer.send({ topic: load.topic, messages, acks });
      if (acks === -1) latencies.push((performance.now() - startMillis) * 1e3);
    }
  };
  await Promise.all(Array.from({ length: lanes }, (_, index) => lane(index % load.partitions)));
  return latencies;
}

/** Whether the brokers are as fast as they will be, by the figures of all windows so far. */
function isWarm(p90s: readonly number[], compilerShares: readonly (number | null)[]): boolean {
  const last = compilerShares.slice(-3);
  // Java's compilers say more than the latency, which may stand still for seconds and then fall again
  return last.some(share => share === null) ? hasSettled(p90s) : last.every(share => (share as number) <= quietShare);
}

async function loadUntilWarm(load: Load, cluster: Cluster, signal: AbortSignal | undefined): Promise<Warmth> {
  const { brokerCount, processIds } = cluster;
  const startMillis = performance.now();
  const p90s: number[] = [];
  const compilerShares: (number | null)[] = [];
  for (;;) {
    signal?.throwIfAborted();
    const shareOf = await watchCompilers(processIds ?? []);
    p90s.push(p90Of(await oneWindow(load, brokerCount * lanesPerBroker)));
    compilerShares.push(await shareOf());
    const elapsedMillis = performance.now() - startMillis;
    const settled = elapsedMillis >= leastMillis && isWarm(p90s, compilerShares);
    if (settled || elapsedMillis >= mostMillisPerBroker * brokerCount)
      return { firstP90Micros: p90s[0] ?? NaN, lastP90Micros: p90s.at(-1) ?? NaN, settled };
  }
}

/** A group that reads the load: fetching, and the coordination of groups, are to be warm too. */
async function openReader(kafka: Kafka, topic: string): Promise<AsyncDisposable> {
  const consumer = kafka.consumer({ groupId: topic, maxWaitTimeInMs: 50 });
  await consumer.connect();
  await consumer.subscribe({ topics: [topic], fromBeginning: true });
  await consumer.run({ autoCommitInterval: 500, eachBatch: async () => undefined });
  return { [Symbol.asyncDispose]: () => consumer.disconnect() };
}

/**
 * Puts load on every broker, and reads it, until Java's compilers have gone quiet (elsewhere than on Linux: until the latency of
 * acks=all has settled), for 5 to 8 seconds a broker: a cold Java machine would be measured otherwise. Meant for brokers that
 * were just started; others are warm, and not ours to load.
 */
export async function warmCluster(cluster: Cluster, { topic, onProgress, signal }: WarmOptions): Promise<Warmth> {
  onProgress?.('warming the brokers with discarded load');
  const partitions = cluster.brokerCount * partitionsPerBroker;
  const replicationFactor = Math.min(3, cluster.brokerCount);
  const spec = { name: topic, partitions, replicationFactor, config: {} };
  await using topics = await createTopics(cluster, [spec], {
    ifExists: 'fail',
    ...(onProgress === undefined ? {} : { onProgress }),
  });
  const kafka = openKafka({ brokers: cluster.brokers, security: cluster.security, clientId: 'highwater-warm' }, {});
  const producer = kafka.producer({ allowAutoTopicCreation: false });
  const messages = Array.from({ length: messagesPerRequest }, () => ({ value: randomBytes(messageBytes) }));
  try {
    await producer.connect();
    await using _ = await openReader(kafka, topics.names[0] ?? topic);
    const load = { producer, topic: topics.names[0] ?? topic, partitions, messages };
    return await loadUntilWarm(load, cluster, signal);
  } finally {
    await producer.disconnect();
  }
}
