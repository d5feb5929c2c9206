import assert from 'node:assert/strict';
import { appendFile, mkdtemp, readdir, readFile, readlink, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { conclude } from '../../src/analysis/conclude.ts';
import { findRun, listRuns, readRun } from '../../src/results/read.ts';
import { Result } from '../../src/results/schema.ts';
import { newRunId, openStore, type Store } from '../../src/results/store.ts';
import { storedTrial } from '../../src/results/trial.ts';
import { aPlan } from '../builders/plan.ts';
import { aMeasurement, latency } from '../builders/trial.ts';

const under = await mkdtemp(join(tmpdir(), 'highwater-test-store-'));
after(() => rm(under, { recursive: true }));

let runs = 0;
const aStore = (): Promise<Store> =>
  openStore(aPlan(), {
    under,
    runId: `2026-01-01T00-00-0${runs++}Z-test`,
    source: 'name: acks\n',
    resolved: 'name: acks\nrepeat: 2\n',
    overridden: {},
  });
const done = { cell: 'acks-1', block: 1, attempt: 1 };

test('what a trial measured is read back as it was', async () => {
  const measurement = aMeasurement({ ...done, latencies: { ...aMeasurement().latencies, ack: latency(4_321, 9_876) } });
  await using store = await aStore();
  await store.environment({ node: '24.21.0' });
  await store.trialDone(measurement);
  await store.end([]);
  const run = await readRun(store.folder);
  assert.deepEqual(run.trials[0]?.trial, storedTrial(measurement));
  assert.equal(run.environment['node'], '24.21.0');
  assert.deepEqual(run.trials[0]?.distributions.ack?.counts, measurement.latencies.ack?.total.counts);
  assert.deepEqual(run.trials[0]?.distributions.ack?.buckets, measurement.latencies.ack?.total.buckets);
});

test('a run that was killed while it wrote a line still has every finished trial', async () => {
  await using store = await aStore();
  await store.trialDone(aMeasurement(done));
  await appendFile(join(store.folder, 'journal.ndjson'), '{"type":"trial-done","cell":"acks-a');
  const run = await readRun(store.folder);
  assert.equal(run.finishedAt, null);
  assert.equal(run.trials.length, 1);
  const result = conclude(run);
  assert.equal(result.cells[0]?.trials.length, 1);
  assert.equal(result.exitCode, 4);
});

test('failed and aborted trials are kept and do not count', async () => {
  await using store = await aStore();
  const place = { ...done, position: 1, of: 4 };
  await store.trialFailed(place, { message: 'No leader.' });
  await store.trialAborted({ ...place, block: 2 }, aMeasurement({ ...done, block: 2 }));
  const run = await readRun(store.folder);
  assert.equal(run.trials.length, 0);
  assert.deepEqual(
    run.failures.map(({ block, aborted, message }) => [block, aborted, message]),
    [
      [1, false, 'No leader.'],
      [2, true, 'stopped before it was over'],
    ],
  );
  assert.ok((await readdir(join(store.folder, 'trials', 'acks-1'))).includes('2.aborted'));
});

test('the warm-up that was found is read back as it was, and stands in the result', async () => {
  const warmup = {
    asked: 'auto',
    micros: 300e6,
    pilots: [
      { cell: 'acks-1', seconds: 45, cutSeconds: 10, isSteady: true, unsettled: [] },
      { cell: 'acks-all', seconds: 300, cutSeconds: null, isSteady: false, unsettled: ['p99'] },
    ],
  } as const;
  await using store = await aStore();
  await store.warmup(warmup);
  const run = await readRun(store.folder);
  assert.deepEqual(run.warmup, warmup);
  assert.deepEqual(Result.parse(conclude(run)).warmup, warmup);
});

test('a run without a warm-up that had to be found has none', async () => {
  await using store = await aStore();
  const run = await readRun(store.folder);
  assert.ok(!('warmup' in run) && !('warmup' in conclude(run)));
});

test('a trial’s file that was changed is refused', async () => {
  await using store = await aStore();
  await store.trialDone(aMeasurement(done));
  const file = join(store.folder, 'trials', 'acks-1', '1', 'trial.json');
  await writeFile(file, (await readFile(file, 'utf8')).replace('"acked":20000', '"acked":30000'));
  await assert.rejects(readRun(store.folder), /checksum differs/);
});

test('a folder that is there already is never written into', async () => {
  const plan = aPlan();
  const options = { under, runId: 'same', source: '', resolved: '', overridden: {} };
  await using first = await openStore(plan, options);
  await assert.rejects(openStore(plan, options), /cannot be written/);
  assert.equal(first.folder, join(under, 'acks', 'same'));
});

test('a folder that cannot be written is an error of the environment, with its name', async () => {
  const file = join(under, 'a-file');
  await writeFile(file, '');
  await assert.rejects(openStore(aPlan(), { under: file, runId: 'x', source: '', resolved: '', overridden: {} }), {
    reason: 'environment',
    message: /a-file/,
  });
});

test('runs are found by path, id, unique beginning, latest, and the scenario’s name', async () => {
  await using store = await aStore();
  const id = store.folder.split('/').at(-1) ?? '';
  for (const reference of [store.folder, id, id.slice(0, -2), 'latest', 'acks']) {
    const found = await findRun(reference, under);
    assert.equal(found === store.folder || (reference === 'latest' && found.endsWith('same')), true, reference);
  }
  assert.equal(await readlink(join(under, 'acks', 'latest')), id);
  assert.ok((await listRuns(under)).some(({ runId }) => runId === id));
  await assert.rejects(findRun('2026-01-01', under), /runs begin with/);
  await assert.rejects(findRun('latst', under), { hint: 'Did you mean "latest"?' });
});

test('a run id says when and from which commit, and sorts by time', () => {
  const earlier = newRunId(new Date('2026-01-02T03:04:05Z'), 'abc1234-dirty');
  assert.match(earlier, /^2026-01-02T03-04-05Z-abc1234-dirty-[0-9a-f]{4}$/);
  assert.ok(earlier < newRunId(new Date('2026-01-02T03:04:06Z'), null));
});
