import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { conclude } from '../../src/analysis/conclude.ts';
import { askedOf } from '../../src/results/asked.ts';
import { readRun } from '../../src/results/read.ts';
import { openStore } from '../../src/results/store.ts';
import { parseDocument } from '../../src/scenario/parse.ts';
import type { RawDocument } from '../../src/scenario/paths.ts';
import { planOf } from '../plan/planning.ts';

const folder = await mkdtemp(join(tmpdir(), 'highwater-test-'));
after(() => rm(folder, { recursive: true }));

function asked(document: RawDocument) {
  const parsed = parseDocument({ name: 'a', ...document });
  assert.ok(parsed.ok);
  return askedOf(parsed.scenario);
}

test('what a scenario asks stands under the names that clients use, defaults included', () => {
  assert.deepEqual(asked({}).producer, {
    acks: 'all',
    'enable.idempotence': false,
    linger: '5000 µs',
    'batch.size': 16_384,
    'compression.type': 'none',
    'max.in.flight.requests.per.connection': 5,
    'request.timeout.ms': 30_000,
    'delivery.timeout.ms': 120_000,
    partitioner: 'explicit partition',
  });
});

test('each group’s settings are kept apart, with those under Kafka’s own names', () => {
  const consumers = {
    readers: { start: 'latest', commit: { auto: '2s' }, config: { 'fetch.min.bytes': 9 } },
    others: {},
  };
  assert.deepEqual(asked({ consumers }).consumers, {
    readers: {
      'group.protocol': 'classic',
      'auto.offset.reset': 'latest',
      'auto.commit.interval.ms': 2_000,
      'fetch.min.bytes': 9,
    },
    others: { 'group.protocol': 'classic', 'auto.offset.reset': 'earliest', 'auto.commit.interval.ms': 5_000 },
  });
});

test('a partitioner that the client is to be is asked for by its name', () => {
  const partitioning = { strategy: 'murmur2', by: 'client' };
  assert.equal(asked({ producers: { partitioning } }).producer['partitioner'], 'murmur2');
});

test('the result document has for every cell what was asked, and which order its strategy keeps', async () => {
  const plan = await planOf(
    'name: kept\ndriver: simulated\nmatrix:\n  producers.partitioning: [murmur2, round-robin]\n  producers.linger: [0ms, 5ms]\n',
  );
  const options = { under: folder, runId: 'run', source: '', resolved: '', overridden: {} };
  await using store = await openStore(plan, options);
  const { cells } = conclude(await readRun(store.folder));
  assert.deepEqual(
    cells.map(({ partitioning, asked: ofCell }) => [
      partitioning?.strategy,
      partitioning?.keeps,
      ofCell?.producer['linger'],
    ]),
    [
      ['murmur2', 'order per key', '0 µs'],
      ['murmur2', 'order per key', '5000 µs'],
      ['round-robin', 'order per partition only', '0 µs'],
      ['round-robin', 'order per partition only', '5000 µs'],
    ],
  );
});
