/** Warms brokers that were just started with load that is thrown away, until they answer as fast as they will. */
import { randomBytes } from 'node:crypto';
import type { Message, Producer } from 'kafkajs';
import { openKafka } from '../drivers/kafkajs/client.ts';
import type { OnProgress } from './cache.ts';
import type { Cluster } from './cluster.ts';
import { createTopics } from './topics.ts';

/** How a cluster is warmed. */
export interface WarmOptions {
  /** Of the topic that the load goes to; it is deleted afterwards. */
  readonly topic: string;
  readonly onProgress?: OnProgress;
  readonly signal?: AbortSignal;
}

/** What warming came to. */
export interface Warmth {
  readonly messages: number;
  /** Of one request with acks=all, at first and at last. */
  readonly firstMedianMicros: number;
  readonly lastMedianMicros: number;
  /** Whether the latency had stopped falling, or time was up. */
  readonly settled: boolean;
}

const partitionsPerBroker = 2;
/** Requests at once: enough for every broker to be busy, few enough for latency to be its own and not a queue's. */
const lanesPerBroker = 2;
const messagesPerRequest = 5;
const messageBytes = 1_024;
const windowMillis = 500;
const leastMillis = 2_500;
const mostMillis = 6_000;
/** A window this close to the best one is as fast as it gets. */
const closeEnough = 1.15;

/** The middle of some values; NaN of none. */
export function medianOf(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}

/** Whether the last two windows are as fast as the best before them: medians, in order of time. */
export function hasSettled(medians: readonly number[]): boolean {
  const last = medians.slice(-2);
  const earlier = medians.slice(0, -2);
  return earlier.length > 0 && last.every(median => median * closeEnough >= Math.min(...earlier));
}

interface Load {
  readonly producer: Producer;
  readonly topic: string;
  readonly partitions: number;
  readonly messages: readonly Message[];
}

/** Sends request after request, each to the next partition, until the window is over; their latencies. */
async function oneWindow(load: Load, lanes: number): Promise<number[]> {
  const endMillis = performance.now() + windowMillis;
  const latencies: number[] = [];
  const lane = async (first: number) => {
    for (let partition = first; performance.now() < endMillis; partition = (partition + lanes) % load.partitions) {
      const startMillis = performance.now();
      const messages = load.messages.map(message => ({ ...message, partition }));
      await load.producer.send({ topic: load.topic, messages, acks: -1 });
      latencies.push((performance.now() - startMillis) * 1e3);
    }
  };
  await Promise.all(Array.from({ length: lanes }, (_, index) => lane(index % load.partitions)));
  return latencies;
}

async function loadUntilSettled(load: Load, lanes: number, signal: AbortSignal | undefined): Promise<Warmth> {
  const startMillis = performance.now();
  const medians: number[] = [];
  let messages = 0;
  for (;;) {
    signal?.throwIfAborted();
    const latencies = await oneWindow(load, lanes);
    medians.push(medianOf(latencies));
    messages += latencies.length * messagesPerRequest;
    const elapsedMillis = performance.now() - startMillis;
    const settled = elapsedMillis >= leastMillis && hasSettled(medians);
    if (!settled && elapsedMillis < mostMillis) continue;
    const [firstMedianMicros = Number.NaN] = medians;
    return { messages, firstMedianMicros, lastMedianMicros: medians.at(-1) ?? Number.NaN, settled };
  }
}

/**
 * Puts acks=all load on every broker until its latency has settled, for 2.5 to 6 seconds: a cold Java machine would be
 * measured otherwise. Meant for brokers that were just started; others are warm, and not ours to load.
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
  const producer = openKafka({ brokers: cluster.brokers, clientId: 'highwater-warm' }, {}).producer({
    allowAutoTopicCreation: false,
  });
  const messages = Array.from({ length: messagesPerRequest }, () => ({ value: randomBytes(messageBytes) }));
  try {
    await producer.connect();
    const load = { producer, topic: topics.names[0] ?? topic, partitions, messages };
    return await loadUntilSettled(load, cluster.brokerCount * lanesPerBroker, signal);
  } finally {
    await producer.disconnect();
  }
}
