/** A plain loop around kafkajs, as somebody would write it by hand: what Highwater's own way through the same client is held against. */
import { randomBytes } from 'node:crypto';
import { connect } from 'node:net';
import { parseArgs } from 'node:util';
import { CompressionTypes, Kafka, logLevel } from 'kafkajs';

const { values } = parseArgs({
  options: {
    brokers: { type: 'string', default: '127.0.0.1:9092' },
    topic: { type: 'string', default: 'loop' },
    partitions: { type: 'string', default: '6' },
    'value-bytes': { type: 'string', default: '100' },
    'messages-per-batch': { type: 'string', default: '160' },
    'in-flight': { type: 'string', default: '5' },
    'warmup-seconds': { type: 'string', default: '2' },
    'measure-seconds': { type: 'string', default: '5' },
  },
});
const topic = values.topic;
const partitions = Number(values.partitions);
const messagesPerBatch = Number(values['messages-per-batch']);

const kafka = new Kafka({
  brokers: values.brokers.split(','),
  clientId: 'plain-loop',
  logLevel: logLevel.NOTHING,
  // Nagle off, as the driver has it: the loops must differ in nothing but Highwater
  socketFactory: ({ host, port, onConnect }) => connect({ host, port, noDelay: true }, onConnect),
});
const admin = kafka.admin();
await admin.connect();
await admin.createTopics({
  topics: [{ topic, numPartitions: partitions, replicationFactor: 1 }],
  waitForLeaders: true,
});
const producer = kafka.producer({
  allowAutoTopicCreation: false,
  maxInFlightRequests: Number(values['in-flight']),
});
await producer.connect();

const pool = Array.from({ length: 1_024 }, () => randomBytes(Number(values['value-bytes'])));
let next = 0;
const startMillis = performance.now();
const fromMillis = startMillis + Number(values['warmup-seconds']) * 1e3;
const toMillis = fromMillis + Number(values['measure-seconds']) * 1e3;
let acked = 0;
let cpuMicros = 0;

/** One batch for each partition. */
function oneRequest() {
  const messages = [];
  for (let partition = 0; partition < partitions; partition++) {
    for (let i = 0; i < messagesPerBatch; i++) messages.push({ partition, value: pool[next++ & 1_023] as Buffer });
  }
  return messages;
}

async function keepSending(): Promise<void> {
  while (performance.now() < toMillis) {
    const messages = oneRequest();
    await producer.sendBatch({ acks: 1, compression: CompressionTypes.None, topicMessages: [{ topic, messages }] });
    const atMillis = performance.now();
    if (atMillis >= fromMillis && atMillis < toMillis) acked += messages.length;
  }
}

setTimeout(() => (cpuMicros -= total()), fromMillis - performance.now());
setTimeout(() => (cpuMicros += total()), toMillis - performance.now());
function total(): number {
  const { user, system } = process.cpuUsage();
  return user + system;
}

await Promise.all(Array.from({ length: Number(values['in-flight']) }, keepSending));
await producer.disconnect();
await admin.deleteTopics({ topics: [topic] });
await admin.disconnect();
process.stdout.write(
  `${JSON.stringify({ messagesPerSecond: acked / Number(values['measure-seconds']), cpuMicrosPerMessage: cpuMicros / acked })}\n`,
);
