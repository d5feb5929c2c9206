/** Runs a plain loop around a client, as somebody would write it by hand: what Highwater's own way through the client is held against. */
import { parseArgs } from 'node:util';
import { type OpenLoop, valueMaker } from './loops/loop.ts';
import type { LoopReport } from './loops.ts';

const loops: Record<string, () => Promise<{ openLoop: OpenLoop }>> = {
  confluent: () => import('./loops/confluent.ts'),
  kafkajs: () => import('./loops/kafkajs.ts'),
  platformatic: () => import('./loops/platformatic.ts'),
};

const { values } = parseArgs({
  options: {
    client: { type: 'string', default: 'kafkajs' },
    brokers: { type: 'string', default: '127.0.0.1:9092' },
    topic: { type: 'string', default: 'loop' },
    partitions: { type: 'string', default: '6' },
    'value-bytes': { type: 'string', default: '1024' },
    'batch-bytes': { type: 'string', default: '16384' },
    'messages-per-batch': { type: 'string', default: '16' },
    'in-flight': { type: 'string', default: '5' },
    'warmup-seconds': { type: 'string', default: '2' },
    'measure-seconds': { type: 'string', default: '5' },
  },
});
const load = loops[values.client];
if (load === undefined) throw new Error(`there is no loop around ${values.client}`);
const { openLoop } = await load();
const valueBytes = Number(values['value-bytes']);
const loop = await openLoop({
  brokers: values.brokers.split(','),
  topic: values.topic,
  partitions: Number(values.partitions),
  messagesPerBatch: Number(values['messages-per-batch']),
  batchSizeBytes: Number(values['batch-bytes']),
  inFlight: Number(values['in-flight']),
  valueBytes,
  makeValue: valueMaker(valueBytes),
});

const fromMillis = performance.now() + Number(values['warmup-seconds']) * 1e3;
const toMillis = fromMillis + Number(values['measure-seconds']) * 1e3;
let acked = 0;
let cpuMicros = 0;
const cpuNow = (): number => {
  const { user, system } = process.cpuUsage();
  return user + system;
};
setTimeout(() => (cpuMicros -= cpuNow()), fromMillis - performance.now());
setTimeout(() => (cpuMicros += cpuNow()), toMillis - performance.now());

await loop.run(
  () => performance.now() >= toMillis,
  messages => {
    const atMillis = performance.now();
    if (atMillis >= fromMillis && atMillis < toMillis) acked += messages;
  },
);
await loop.close();
const report: LoopReport = {
  messagesPerSecond: acked / Number(values['measure-seconds']),
  cpuMicrosPerMessage: cpuMicros / acked,
};
process.stdout.write(`${JSON.stringify(report)}\n`);
