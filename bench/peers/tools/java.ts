/** Kafka's own kafka-producer-perf-test and kafka-consumer-perf-test, from the jars of the local broker's release. */
import { join } from 'node:path';
import { type Ended, runChild, tailOf } from '../child.ts';
import { flagsOf } from '../flags.ts';
import { settings, timeoutSecondsOf, warmupMessagesOf } from '../settings.ts';
import { type Figures, type Job, nothingElse, type Surroundings, type Tool } from './tool.ts';

/** As kafka-run-class starts the tools. */
const javaFlags = [
  '-Xmx512M',
  '-server',
  '-XX:+UseG1GC',
  '-XX:MaxGCPauseMillis=20',
  '-XX:InitiatingHeapOccupancyPercent=35',
  '-XX:+ExplicitGCInvokesConcurrent',
  '-XX:MaxInlineLevel=15',
  '-Djava.awt.headless=true',
];

const properties = [
  `acks=${settings.acks}`,
  'enable.idempotence=false',
  `batch.size=${settings.batchSizeBytes}`,
  `linger.ms=${settings.lingerMillis}`,
  `max.in.flight.requests.per.connection=${settings.inFlight}`,
  'buffer.memory=67108864',
];

const summary =
  /^(\d+) (steady state )?records sent, ([\d.]+) records\/sec .* ([\d.]+) ms 99th, [\d.]+ ms 99\.9th\.$/gm;

/** What kafka-producer-perf-test ends with: of all records, or of those after the warm-up where it was asked to tell. */
export function parseProducerPerf(output: string): {
  readonly records: number;
  readonly perSecond: number;
  readonly p99Micros: number;
} {
  const lines = [...output.matchAll(summary)];
  const [, , , perSecond, p99Millis] = lines.at(-1) ?? [];
  const records = lines.find(([, , steady]) => steady === undefined)?.[1];
  if (records === undefined) throw new Error(`kafka-producer-perf-test printed ${JSON.stringify(output)}`);
  return { records: Number(records), perSecond: Number(perSecond), p99Micros: Number(p99Millis) * 1e3 };
}

/** What kafka-consumer-perf-test prints: a heading and a line of values. Its rate leaves the joining of the group out. */
export function parseConsumerPerf(output: string): { readonly records: number; readonly perSecond: number } {
  const [heading, values] = output.trim().split('\n').slice(-2);
  const names = heading?.split(', ') ?? [];
  const valueOf = (name: string): number => Number(values?.split(', ')[names.indexOf(name)]);
  const figures = { records: valueOf('data.consumed.in.nMsg'), perSecond: valueOf('fetch.nMsg.sec') };
  if (!Object.values(figures).every(Number.isFinite)) {
    throw new Error(`kafka-consumer-perf-test printed ${JSON.stringify(output)}`);
  }
  return figures;
}

async function runClass(
  { java, jarsFolder }: Surroundings,
  name: string,
  args: readonly string[],
  { folder, signal, seconds }: Job,
): Promise<Ended> {
  const all = [...javaFlags, '-cp', join(jarsFolder, '*'), `org.apache.kafka.tools.${name}`, ...args];
  const ended = await runChild(java, all, { folder, signal, timeoutSeconds: timeoutSecondsOf(seconds) });
  if (ended.exitCode !== 0) throw new Error(`${name} ended with ${ended.exitCode}: ${tailOf(ended.stderr)}`);
  return ended;
}

async function produce(surroundings: Surroundings, job: Job): Promise<Figures> {
  const warmup = warmupMessagesOf(job.messages);
  const flags = flagsOf('--', {
    'bootstrap-server': job.brokers,
    topic: job.topic,
    throughput: -1,
    'num-records': job.messages + warmup,
    'warmup-records': warmup,
    'record-size': settings.valueBytes,
  });
  const args = [...flags, '--command-property', ...properties];
  const { stdout, cpuSeconds } = await runClass(surroundings, 'ProducerPerformance', args, job);
  const { records, perSecond, p99Micros } = parseProducerPerf(stdout);
  return {
    ...nothingElse,
    messagesPerSecond: perSecond,
    cpuMicrosPerMessage: (cpuSeconds * 1e6) / records,
    p99Micros,
  };
}

async function consume(surroundings: Surroundings, job: Job): Promise<Figures> {
  const args = flagsOf('--', {
    'bootstrap-server': job.brokers,
    topic: job.topic,
    'num-records': job.messages,
  });
  const { stdout, cpuSeconds } = await runClass(surroundings, 'ConsumerPerformance', args, job);
  const { records, perSecond } = parseConsumerPerf(stdout);
  return {
    ...nothingElse,
    messagesPerSecond: perSecond,
    cpuMicrosPerMessage: (cpuSeconds * 1e6) / records,
    faults: records < job.messages ? [`read ${records} of ${job.messages} messages`] : [],
  };
}

const perfTest = (comparison: 'produce' | 'consume'): Tool => ({
  id: 'java',
  title: comparison === 'produce' ? 'kafka-producer-perf-test (Java)' : 'kafka-consumer-perf-test (Java)',
  comparison,
  ownTopics: null,
  verifies: false,
  prepare: async surroundings => ({
    version: surroundings.kafkaVersion,
    run: job => (comparison === 'produce' ? produce : consume)(surroundings, job),
  }),
});

export const javaTools: readonly Tool[] = [perfTest('produce'), perfTest('consume')];
