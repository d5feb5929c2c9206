import assert from 'node:assert/strict';
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { findProgram } from '../../../bench/peers/tools/find.ts';
import { parseGoReport } from '../../../bench/peers/tools/go.ts';
import { parseConsumerPerf, parseProducerPerf } from '../../../bench/peers/tools/java.ts';
import { clientVersionIn, parseOpenMessaging } from '../../../bench/peers/tools/openmessaging.ts';
import { parseRdkafkaPerformance, versionIn } from '../../../bench/peers/tools/rdkafka.ts';
import { NotFound } from '../../../bench/peers/tools/tool.ts';

/** What the tools really printed. */
const outputOf = (name: string): Promise<string> => readFile(join(import.meta.dirname, 'fixtures', name), 'utf8');

test('kafka-producer-perf-test tells its rate and its p99', async () => {
  const figures = parseProducerPerf(await outputOf('kafka-producer-perf-test.txt'));
  assert.deepEqual(figures, { records: 1_000_000, perSecond: 328_299.409061, p99Micros: 623_000 });
});

test('of a kafka-producer-perf-test with a warm-up the steady state counts, and all its records', async () => {
  const figures = parseProducerPerf(await outputOf('kafka-producer-perf-test-with-warmup.txt'));
  assert.deepEqual(figures, { records: 3_000_000, perSecond: 742_942.05052, p99Micros: 489_000 });
});

test('kafka-consumer-perf-test tells its rate without the time that joining the group took', async () => {
  const figures = parseConsumerPerf(await outputOf('kafka-consumer-perf-test.txt'));
  assert.deepEqual(figures, { records: 2_500_452, perSecond: 1_095_728.3085 });
});

test('rdkafka_performance tells what was delivered, what failed and how fast', async () => {
  const figures = parseRdkafkaPerformance(await outputOf('rdkafka_performance.txt'));
  assert.deepEqual(figures, { delivered: 3_000_000, failed: 0, perSecond: 1_392_325 });
});

test('the help of rdkafka_performance tells its version', () => {
  assert.equal(versionIn('\nlibrdkafka version 2.15.0-1-g4c3b01 (0x020f00ff)\n'), '2.15.0-1-g4c3b01');
  assert.equal(versionIn('no help'), 'unknown');
});

test('a program around a client for Go tells its rate, and a producer its p99', async () => {
  const report = parseGoReport(await outputOf('franz-go-produce.txt'));
  assert.equal(report.msgs_per_s, 1_647_816);
  assert.equal(report.messages, 1_000_000);
  assert.equal(report.send_to_ack_ms?.p99, 87.818);
  assert.equal(report.version, 'v1.22.2');
});

test('a consumer for Go tells its rate from the first delivery on', async () => {
  const report = parseGoReport(await outputOf('franz-go-consume.txt'));
  assert.equal(report.steady_msgs_per_s, 3_441_662);
  assert.equal(report.messages, 2_265_431);
});

test('of OpenMessaging Benchmark the later half counts', async () => {
  const figures = parseOpenMessaging(await outputOf('openmessaging.json'));
  const { published, ...others } = figures;
  assert.deepEqual(others, {
    publishedPerSecond: 526_812.711265433,
    consumedPerSecond: 526_175.5545945673,
    p99Micros: 934_415,
    errors: 0,
  });
  assert.equal(Math.round(published), 29_189_792);
});

test('the log of OpenMessaging Benchmark tells its client', () => {
  assert.equal(clientVersionIn('14:06:40.498 [main] INFO AppInfoParser - Kafka version: 3.6.1\n'), '3.6.1');
  assert.equal(clientVersionIn(''), null);
});

for (const [name, parse] of [
  ['kafka-producer-perf-test', parseProducerPerf],
  ['kafka-consumer-perf-test', parseConsumerPerf],
  ['rdkafka_performance', parseRdkafkaPerformance],
  ['a program for Go', parseGoReport],
] as const) {
  test(`what ${name} prints when it fails is no result`, () => {
    assert.throws(() => parse('Connection to node -1 could not be established.\n'), /printed/);
  });
}

test('a program is found in a folder, in its bin, and nowhere else', async t => {
  const folder = await mkdtemp(join(tmpdir(), 'highwater-test-peers-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  const program = join(folder, 'highwater-test-peer');
  await writeFile(program, '#!/bin/sh\n');
  await assert.rejects(findProgram('highwater-test-peer', { folders: [folder] }), NotFound);
  await chmod(program, 0o755);
  assert.equal(await findProgram('highwater-test-peer', { folders: ['/nowhere', folder] }), program);
  await assert.rejects(findProgram('highwater-test-peer', { folders: [] }), /highwater-test-peer not found, see docs/);
});
