/** Reads a filled topic with a driver's consumer, the stamp of every message, and checks the sequence of each producer. */
import { parseArgs } from 'node:util';
import { type DriverName, emptyStamp, loadDriver, nowMicros, type RecordBatch } from '../../src/index.ts';
import { groupProtocolOf } from './group-protocol.ts';
import { readerOptions } from './reader-options.ts';
import { SequenceCheck } from './sequence-check.ts';
import type { ConsumeReport } from './tools/consume-loop.ts';

const idleMillis = 30_000;

const { values } = parseArgs({
  options: {
    driver: { type: 'string', default: 'kafkajs' },
    brokers: { type: 'string', default: '127.0.0.1:9092' },
    topic: { type: 'string', default: 'filled' },
    /** Of those in the topic, how many to read. */
    messages: { type: 'string', default: '1000000' },
    /** How many are in the topic. */
    filled: { type: 'string', default: '1000000' },
  },
});
const wanted = Number(values.messages);
const driver = await loadDriver(values.driver as DriverName);

const check = new SequenceCheck();
const stamp = emptyStamp();
const { promise: finished, resolve, reject } = Promise.withResolvers<void>();
let first = { count: 0, atMicros: 0 };
let last = { count: 0, atMicros: 0 };
let seenByWatch = 0;

function batch(records: RecordBatch): void {
  if (last.count >= wanted) return;
  check.offsets(records.partition, records.offset(0), records.offset(records.count - 1), records.count);
  for (let i = 0; i < records.count; i++) {
    if (records.readStamp(i, stamp)) check.message(stamp, records.partition);
    else check.unstamped++;
  }
  last = { count: last.count + records.count, atMicros: nowMicros() };
  if (first.count === 0) first = last;
  if (last.count >= wanted) resolve();
}

const watch = setInterval(() => {
  if (last.count === seenByWatch)
    reject(new Error(`nothing came for ${idleMillis / 1e3} s after ${last.count} messages`));
  seenByWatch = last.count;
}, idleMillis);

const consumer = await driver.openConsumer(
  readerOptions({
    brokers: values.brokers.split(','),
    topics: [values.topic],
    clientId: 'consume-loop',
    groupProtocol: groupProtocolOf(driver),
    positions: null,
  }),
  { assigned: () => undefined, revoking: () => undefined, batch, failed: reject },
);
try {
  await finished;
} finally {
  clearInterval(watch);
  await consumer[Symbol.asyncDispose]();
}

const report: ConsumeReport = {
  messages: last.count,
  messagesPerSecond: ((last.count - first.count) * 1e6) / (last.atMicros - first.atMicros),
  duplicated: check.duplicated,
  reordered: check.reordered,
  unstamped: check.unstamped,
  skippedOffsets: check.skippedOffsets,
  missing: wanted < Number(values.filled) ? null : check.missing(),
};
process.stdout.write(`${JSON.stringify(report)}\n`);
