/** Compares each driver at `rate: max` with a plain loop around its client: side by side, round by round, on one broker. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { openCluster, whole } from '../../src/index.ts';
import { runChild, tailOf } from './child.ts';
import { flagsOf } from './flags.ts';
import { figuresOf, runScenario } from './highwater.ts';
import { loopScenario, type LoopScenario } from './scenarios.ts';
import { timeoutSecondsOf } from './settings.ts';
import { median, shuffled } from './stats.ts';
import { formatTable } from './table.ts';
import { openTopics, type Topics } from './topics.ts';

/** What one round of either side gives. */
export interface LoopReport {
  readonly messagesPerSecond: number;
  /** The loop's whole process; of Highwater its worker alone. */
  readonly cpuMicrosPerMessage: number;
}

const { values } = parseArgs({
  options: {
    drivers: { type: 'string', default: 'kafkajs,platformatic,confluent' },
    rounds: { type: 'string', default: '5' },
    seconds: { type: 'string', default: '6' },
    'value-bytes': { type: 'string', default: '1024' },
    'batch-bytes': { type: 'string', default: '16384' },
  },
});
const warmupSeconds = 3;
const stop = new AbortController();
for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, () => stop.abort());

interface Place {
  readonly brokers: string;
  readonly topics: Topics;
  readonly folder: string;
  readonly signal: AbortSignal;
}

async function byScenario(scenario: LoopScenario, place: Place): Promise<LoopReport & { messagesPerBatch: number }> {
  const folder = await mkdtemp(join(place.folder, 'run-'));
  const { seconds } = scenario;
  const figures = figuresOf((await runScenario(loopScenario(scenario), { ...place, folder, seconds })).result);
  for (const fault of figures.faults) console.error(`${scenario.driver}: ${fault}`);
  return {
    messagesPerSecond: figures.ackedPerSecond,
    cpuMicrosPerMessage: figures.workerCpuMicrosPerMessage ?? NaN,
    // a client that does not tell of its batches makes them itself
    messagesPerBatch: figures.messagesPerBatch ?? scenario.batchSizeBytes / scenario.valueBytes,
  };
}

async function byLoop(scenario: LoopScenario, messagesPerBatch: number, place: Place): Promise<LoopReport> {
  const { brokers, topics, folder, signal } = place;
  const topic = 'plain-loop';
  const flags = flagsOf('--', {
    client: scenario.driver,
    brokers,
    topic,
    partitions: scenario.partitions,
    'value-bytes': scenario.valueBytes,
    'batch-bytes': scenario.batchSizeBytes,
    'messages-per-batch': Math.max(1, Math.round(messagesPerBatch)),
    'in-flight': scenario.inFlight,
    'warmup-seconds': warmupSeconds,
    'measure-seconds': scenario.seconds,
  });
  await topics.create(topic, scenario.partitions);
  try {
    const args = [join(import.meta.dirname, 'plain-loop.ts'), ...flags];
    const options = { folder, signal, timeoutSeconds: timeoutSecondsOf(scenario.seconds) };
    const ended = await runChild(process.execPath, args, options);
    if (ended.exitCode !== 0) throw new Error(`the loop ended with ${ended.exitCode}: ${tailOf(ended.stderr)}`);
    return JSON.parse(ended.stdout) as LoopReport;
  } finally {
    await topics.remove(topic);
  }
}

/** A driver, and what both sides gave in each round. */
interface Pair {
  readonly scenario: LoopScenario;
  readonly messagesPerBatch: number;
  readonly driven: LoopReport[];
  readonly loop: LoopReport[];
}

/** The first run warms the broker, and tells how full a batch gets. */
async function openPair(driver: string, place: Place): Promise<Pair> {
  const scenario: LoopScenario = {
    driver,
    partitions: 6,
    valueBytes: Number(values['value-bytes']),
    batchSizeBytes: Number(values['batch-bytes']),
    inFlight: 5,
    warmupSeconds,
    seconds: Number(values.seconds),
  };
  const { messagesPerBatch } = await byScenario(scenario, place);
  return { scenario, messagesPerBatch, driven: [], loop: [] };
}

async function round(pairs: readonly Pair[], place: Place): Promise<void> {
  for (const { pair, side } of shuffled(pairs.flatMap(pair => ['driven', 'loop'].map(side => ({ pair, side }))))) {
    const { scenario, messagesPerBatch } = pair;
    const report =
      side === 'loop' ? await byLoop(scenario, messagesPerBatch, place) : await byScenario(scenario, place);
    pair[side === 'loop' ? 'loop' : 'driven'].push(report);
    console.error(
      `${scenario.driver}, ${side === 'loop' ? 'plain loop' : 'scenario'}: ${whole(report.messagesPerSecond)}/s`,
    );
  }
}

function rowOf({ scenario, driven, loop, messagesPerBatch }: Pair): string[] {
  const rate = (reports: readonly LoopReport[]): number => median(reports.map(report => report.messagesPerSecond));
  const cpu = (reports: readonly LoopReport[]): number => median(reports.map(report => report.cpuMicrosPerMessage));
  return [
    scenario.driver,
    whole(rate(driven)),
    whole(rate(loop)),
    (rate(driven) / rate(loop)).toFixed(3),
    cpu(driven).toFixed(2),
    cpu(loop).toFixed(2),
    messagesPerBatch.toFixed(0),
  ];
}

const headings = [
  'client',
  'scenario/s',
  'plain loop/s',
  'ratio of medians',
  "worker's CPU µs/message",
  "loop's CPU µs/message",
  'messages/batch',
];

const folder = await mkdtemp(join(tmpdir(), 'highwater-loops-'));
try {
  await using cluster = await openCluster({ kind: 'local', brokers: 1, version: '4.3.1', config: {} });
  const brokers = cluster.brokers.join(',');
  await using topics = await openTopics(brokers);
  const place = { brokers, topics, folder, signal: stop.signal };
  const pairs: Pair[] = [];
  for (const driver of values.drivers.split(',')) pairs.push(await openPair(driver, place));
  for (let i = 0; i < Number(values.rounds); i++) await round(pairs, place);
  console.log(formatTable(headings, pairs.map(rowOf)));
  console.log(
    `\nMedians of ${values.rounds} rounds of ${values.seconds} s in random order: values of ${values['value-bytes']} bytes, batches of ${values['batch-bytes']} bytes, 6 partitions in turn, 5 requests in flight.`,
  );
} finally {
  await rm(folder, { recursive: true, force: true });
}
