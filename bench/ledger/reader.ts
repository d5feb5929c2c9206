/** Reads a filled topic with wire's consumer, with or without the delivery ledger, and prints how fast. */
import { parseArgs } from 'node:util';
import { emptyStamp, loadDriver, nowMicros, Receipts, type RecordBatch } from '../../src/index.ts';
import { readerOptions } from '../peers/reader-options.ts';

/** `count` counts records, `stamps` reads who sent each and when, `latencies` measures them too, `ledger` enters each as a trial does. */
export type Way = 'count' | 'stamps' | 'latencies' | 'ledger';

/** What the program prints. */
export interface ReaderReport {
  readonly messagesPerSecond: number;
  readonly cpuMicrosPerMessage: number;
  /** Messages that the ledger holds; null without one. */
  readonly entered: number | null;
}

const { values } = parseArgs({
  options: {
    brokers: { type: 'string', default: '' },
    topic: { type: 'string', default: '' },
    partitions: { type: 'string', default: '6' },
    messages: { type: 'string', default: '0' },
    way: { type: 'string', default: 'count' },
  },
});
const wanted = Number(values.messages);
const driver = await loadDriver('wire');
const stamp = emptyStamp();
let receipts = null as Receipts | null;
let first = { count: 0, atMicros: 0, cpuMicros: 0 };
let read = 0;
let stamped = 0;
const finished = Promise.withResolvers<void>();

const cpuMicros = (): number => {
  const { user, system } = process.cpuUsage();
  return user + system;
};

/** The ledger of the run whose messages stand in the topic. */
function openLedger(records: RecordBatch): Receipts {
  records.readStamp(0, stamp);
  const opened = new Receipts({
    runStamp: stamp.run,
    window: { fromMicros: 0, toMicros: Infinity },
    producers: 1,
    keys: 0,
    topics: 1,
    partitionsPerTopic: Number(values.partitions),
    keepsLedger: values.way === 'ledger',
  });
  opened.beginAt(nowMicros() - 60e6);
  return opened;
}

function batch(records: RecordBatch, receivedMicros: number): void {
  if (read >= wanted) return;
  if (values.way === 'ledger' || values.way === 'latencies')
    (receipts ??= openLedger(records)).batch(records, receivedMicros);
  else if (values.way === 'stamps')
    for (let i = 0; i < records.count; i++) stamped += records.readStamp(i, stamp) ? 1 : 0;
  read += records.count;
  if (first.count === 0) first = { count: read, atMicros: nowMicros(), cpuMicros: cpuMicros() };
  if (read >= wanted) finished.resolve();
}

const consumer = await driver.openConsumer(
  readerOptions({
    brokers: values.brokers.split(','),
    topics: [values.topic],
    clientId: 'ledger-cost',
    groupProtocol: 'manual',
    positions: [Array.from({ length: Number(values.partitions) }, () => 0)],
  }),
  { assigned: () => undefined, revoking: () => undefined, batch, failed: finished.reject },
);
await finished.promise;
const counted = read - first.count;
const report: ReaderReport = {
  messagesPerSecond: (counted * 1e6) / (nowMicros() - first.atMicros),
  cpuMicrosPerMessage: (cpuMicros() - first.cpuMicros) / counted,
  entered: values.way === 'ledger' ? (receipts?.consumed ?? 0) : null,
};
await consumer[Symbol.asyncDispose]();
if (values.way === 'stamps' && stamped !== read) throw new Error(`${read - stamped} messages bear no stamp`);
process.stdout.write(`${JSON.stringify(report)}\n`);
