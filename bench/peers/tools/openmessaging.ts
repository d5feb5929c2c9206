/** OpenMessaging Benchmark with its Kafka driver: one producer and one consumer, as fast as they can. */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { runChild, tailOf } from '../child.ts';
import { settings } from '../settings.ts';
import { median } from '../stats.ts';
import { findProgram } from './find.ts';
import { type Figures, type Job, nothingElse, type Tool } from './tool.ts';

/** It counts in minutes: a minute is the least, and what comes in its first half is its warm-up. */
const minutes = 1;
const timeoutSeconds = minutes * 60 + 120;
/** It looks at its counters every so often. */
const intervalSeconds = 10;
const resultFile = 'openmessaging.json';

const driverOf = (brokers: string): string => `name: Kafka
driverClass: io.openmessaging.benchmark.driver.kafka.KafkaBenchmarkDriver
replicationFactor: 1
topicConfig: |
  min.insync.replicas=1
commonConfig: |
  bootstrap.servers=${brokers}
producerConfig: |
  acks=${settings.acks}
  enable.idempotence=false
  linger.ms=${settings.lingerMillis}
  batch.size=${settings.batchSizeBytes}
  max.in.flight.requests.per.connection=${settings.inFlight}
consumerConfig: |
  auto.offset.reset=earliest
  enable.auto.commit=false
  max.partition.fetch.bytes=10485760
`;

/** A rate that no producer reaches makes it flat out; its own search for a maximum (0) would measure the search. */
const workload = `name: both
topics: 1
partitionsPerTopic: ${settings.partitionsOfBoth}
messageSize: ${settings.valueBytes}
useRandomizedPayloads: true
randomBytesRatio: 0.5
randomizedPayloadPoolSize: 1000
subscriptionsPerTopic: 1
consumerPerSubscription: 1
producersPerTopic: 1
producerRate: 10000000
consumerBacklogSizeGB: 0
warmupDurationMinutes: 0
testDurationMinutes: ${minutes}
`;

/** Its result, as far as it is read here: an entry for each interval of ten seconds. */
interface Result {
  readonly publishRate: readonly number[];
  readonly publishErrorRate: readonly number[];
  readonly consumeRate: readonly number[];
  readonly publishLatency99pct: readonly number[];
}

/** The later half of its minute: medians of the rates and of the p99, which its intervals have each. */
export function parseOpenMessaging(json: string): {
  readonly publishedPerSecond: number;
  readonly consumedPerSecond: number;
  readonly p99Micros: number;
  readonly errors: number;
  /** Messages published over all intervals, as the rates tell. */
  readonly published: number;
} {
  const result = JSON.parse(json) as Result;
  const half = Math.floor(result.publishRate.length / 2);
  const later = (values: readonly number[]): number => median(values.slice(half));
  const total = (rates: readonly number[]): number => rates.reduce((sum, rate) => sum + rate * intervalSeconds, 0);
  return {
    publishedPerSecond: later(result.publishRate),
    consumedPerSecond: later(result.consumeRate),
    p99Micros: later(result.publishLatency99pct) * 1e3,
    errors: total(result.publishErrorRate),
    published: total(result.publishRate),
  };
}

/** Its log names the release of its Kafka client. */
export const clientVersionIn = (log: string): string | null => /Kafka version: (\S+)/.exec(log)?.[1] ?? null;

/** Settles when the result is written: a thread of its pool keeps its process from ending. */
async function untilWritten(file: string, signal: AbortSignal): Promise<void> {
  while (!(await isJson(file))) await pause(250, undefined, { signal });
}

const isJson = (file: string): Promise<boolean> =>
  readFile(file, 'utf8').then(
    text => text.trimEnd().endsWith('}'),
    () => false,
  );

async function run(program: string, { brokers, folder, signal }: Job): Promise<Figures> {
  const result = join(folder, resultFile);
  await writeFile(join(folder, 'driver.yaml'), driverOf(brokers));
  await writeFile(join(folder, 'workload.yaml'), workload);
  const args = ['--drivers', join(folder, 'driver.yaml'), '--output', result, join(folder, 'workload.yaml')];
  const done = (ended: AbortSignal): Promise<void> => untilWritten(result, ended);
  const { stdout, stderr, cpuSeconds } = await runChild(program, args, { folder, signal, timeoutSeconds, done });
  const json = await readFile(result, 'utf8').catch(() => null);
  if (json === null) throw new Error(`it left no result: ${tailOf(stdout + stderr)}`);
  const figures = parseOpenMessaging(json);
  const version = clientVersionIn(stdout);
  return {
    ...nothingElse,
    messagesPerSecond: figures.publishedPerSecond,
    consumedPerSecond: figures.consumedPerSecond,
    cpuMicrosPerMessage: (cpuSeconds * 1e6) / figures.published,
    p99Micros: figures.p99Micros,
    faults: figures.errors > 0 ? [`${Math.round(figures.errors)} messages failed`] : [],
    version: version === null ? null : `Kafka client ${version}`,
  };
}

export const openMessagingTool: Tool = {
  id: 'openmessaging',
  title: 'OpenMessaging Benchmark (Java)',
  comparison: 'both',
  ownTopics: 'test-topic-',
  verifies: false,
  async prepare(surroundings) {
    const program = await findProgram('openmessaging-benchmark', surroundings);
    return { version: null, run: job => run(program, job) };
  },
};
