/** Compares kafkajs driven by a scenario at `rate: max` with a plain loop around kafkajs: side by side, round by round, on one broker. */
import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs, promisify } from 'node:util';
import { openCluster } from '../../src/index.ts';

const run = promisify(execFile);
const { values } = parseArgs({
  options: { rounds: { type: 'string', default: '5' }, 'value-bytes': { type: 'string', default: '1024' } },
});
const settings = {
  partitions: 6,
  valueBytes: Number(values['value-bytes']),
  batchSizeBytes: 16_384,
  inFlight: 5,
  warmupSeconds: 3,
  measureSeconds: 6,
};

const scenario = `name: kafkajs-max
topic: { partitions: ${settings.partitions} }
load: { rate: max, warmup: ${settings.warmupSeconds}s, measure: ${settings.measureSeconds}s }
messages: { size: ${settings.valueBytes} }
driver: kafkajs
producers:
  acks: 1
  linger: 0ms
  batchSize: ${settings.batchSizeBytes}
  maxInFlightRequests: ${settings.inFlight}
  partitioning: round-robin
repeat: 1
`;

interface Outcome {
  readonly messagesPerSecond: number;
  readonly cpuMicrosPerMessage: number;
}

async function byScenario(
  file: string,
  folder: string,
  brokers: string,
): Promise<Outcome & { messagesPerBatch: number }> {
  const program = join(import.meta.dirname, '..', 'highwater.js');
  const args = [program, file, '--brokers', brokers, '--json', '--quiet', '--out', folder];
  const { stdout } = await run(process.execPath, args, { maxBuffer: 2 ** 28 });
  const [cell] = JSON.parse(stdout).cells;
  const { rates, generator, batches } = cell.trials[0];
  return {
    messagesPerSecond: rates.ackedPerSecond,
    cpuMicrosPerMessage: generator.cpuMicrosPerMessage,
    messagesPerBatch: batches.messagesPerBatch,
  };
}

async function byLoop(brokers: string, round: number, messagesPerBatch: number): Promise<Outcome> {
  const program = join(import.meta.dirname, 'kafkajs-loop.ts');
  const flags = {
    brokers,
    topic: `plain-loop-${round}`,
    partitions: settings.partitions,
    'value-bytes': settings.valueBytes,
    'messages-per-batch': messagesPerBatch,
    'in-flight': settings.inFlight,
    'warmup-seconds': settings.warmupSeconds,
    'measure-seconds': settings.measureSeconds,
  };
  const args = Object.entries(flags).flatMap(([name, value]) => [`--${name}`, String(value)]);
  return JSON.parse((await run(process.execPath, [program, ...args])).stdout) as Outcome;
}

const median = (numbers: readonly number[]): number =>
  numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)] as number;

const folder = await mkdtemp(join(tmpdir(), 'highwater-peers-'));
await using cluster = await openCluster({ kind: 'local', brokers: 1, version: '4.3.1', config: {} });
const brokers = cluster.brokers.join(',');
const file = join(folder, 'kafkajs-max.yaml');
await writeFile(file, scenario);
// the first one warms the broker, and tells how full a batch gets
const { messagesPerBatch } = await byScenario(file, folder, brokers);
const rows: { scenario: Outcome; loop: Outcome }[] = [];
for (let round = 1; round <= Number(values.rounds); round++) {
  const first = round % 2 === 0 ? await byScenario(file, folder, brokers) : null;
  const loop = await byLoop(brokers, round, Math.round(messagesPerBatch));
  const driven = first ?? (await byScenario(file, folder, brokers));
  rows.push({ scenario: driven, loop });
  console.log(
    `round ${round}: scenario ${Math.round(driven.messagesPerSecond)}/s, plain loop ${Math.round(loop.messagesPerSecond)}/s, ratio ${(driven.messagesPerSecond / loop.messagesPerSecond).toFixed(3)}`,
  );
}
const ratio = median(rows.map(row => row.scenario.messagesPerSecond / row.loop.messagesPerSecond));
const cpu = median(rows.map(row => row.scenario.cpuMicrosPerMessage / row.loop.cpuMicrosPerMessage));
console.log(
  `median of ${rows.length} rounds: ${ratio.toFixed(3)} of the plain loop's throughput, ${cpu.toFixed(2)} times its CPU per message, of the worker's thread against the loop's whole process (${settings.valueBytes} bytes, ${messagesPerBatch.toFixed(0)} messages a batch, ${settings.partitions} batches a request, ${settings.inFlight} requests in flight)`,
);
await rm(folder, { recursive: true });
