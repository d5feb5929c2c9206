import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { readRun } from '../../src/results/read.ts';
import { openStore } from '../../src/results/store.ts';
import type { TimedHistogram } from '../../src/run/measurement.ts';
import { aPlan } from '../builders/plan.ts';
import { aMeasurement, histogramOf } from '../builders/trial.ts';

const under = await mkdtemp(join(tmpdir(), 'highwater-test-per-second-'));
after(() => rm(under, { recursive: true }));

const slow = histogramOf([
  [5_000, 90],
  [9_000, 10],
]);
const fast = histogramOf([[1_000, 50]]);
const ack: TimedHistogram = {
  total: slow,
  seconds: [
    { second: 3, data: slow },
    { second: 0, data: fast },
    { second: 3, data: fast },
  ],
};

await using store = await openStore(aPlan(), { under, runId: 'run', source: '', resolved: '', overridden: {} });
await store.trialDone(
  aMeasurement({ cell: 'acks-1', block: 1, attempt: 1, latencies: { ...aMeasurement().latencies, ack } }),
);

test('a trial has its latencies second by second, in order, with the parts of a second put together', async () => {
  const [trial] = (await readRun(store.folder)).trials;
  const figures = trial?.perSecond?.ack?.map(({ second, count, p50Micros, p99Micros }) => [
    second,
    count,
    Math.round(p50Micros / 100) * 100,
    Math.round(p99Micros / 100) * 100,
  ]);
  assert.deepEqual(figures, [
    [0, 50, 1_000, 1_000],
    [3, 150, 5_000, 9_000],
  ]);
  assert.equal(trial?.perSecond?.endToEnd, undefined, 'nothing was read back');
});

test('a run that is read without its logs has all figures but distributions', async () => {
  const [withLogs] = (await readRun(store.folder)).trials;
  const [without] = (await readRun(store.folder, { logs: 'leave' })).trials;
  assert.deepEqual(without, { cell: 'acks-1', trial: withLogs?.trial, distributions: {} });
});
