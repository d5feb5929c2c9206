/** Holds the generator's headroom to a path whose cost is known, and to being measured no more often than it must. */
import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { judgeTrial } from '../../src/analysis/validity.ts';
import { assignTrial } from '../../src/plan/assign.ts';
import type { ProduceAssignment } from '../../src/plan/assignment.ts';
import { measureHeadroom } from '../../src/run/headroom.ts';
import { askedPerSecond, Headrooms } from '../../src/run/headrooms.ts';
import type { WorkerChannel } from '../../src/run/protocol.ts';
import { openThreads } from '../../src/run/threads.ts';
import { storedTrial } from '../../src/results/trial.ts';
import { aPlacement, planOf } from '../plan/planning.ts';
import { eventsOf, measurementsOf } from './running.ts';

const placement = aPlacement({ partitionsPerTopic: 6, pacing: 'spin' });

async function assigned(text: string): Promise<readonly ProduceAssignment[]> {
  const { scenario } = await planOf(`name: test\ndriver: simulated\n${text}`);
  return assignTrial(scenario, placement).assignments as readonly ProduceAssignment[];
}

const onlyOf = async (text: string): Promise<ProduceAssignment> =>
  (await assigned(text))[0] ?? assert.fail('nobody produces');

/** A partitioner that takes a tenth of a millisecond a message: no more than 10,000 a second can pass it. */
const slowPartitioner = `export default () => {
  const end = performance.now() + 0.1;
  while (performance.now() < end);
  return 0;
};`;

test('a plain load is carried many times over, in a tenth of a second', async () => {
  const beganMillis = performance.now();
  const perSecond = await measureHeadroom(await onlyOf('load: { rate: 1000/s }'), 1_000);
  assert.ok(perSecond > 10_000, `${perSecond} messages a second`);
  assert.ok(performance.now() - beganMillis < 1_000);
});

test('a synchronous load is carried too: its client never makes it wait', async () => {
  const perSecond = await measureHeadroom(await onlyOf('load: { rate: 1000/s }\nproducers: { mode: sync }'), 1_000);
  assert.ok(perSecond > 10_000, `${perSecond} messages a second`);
});

test('a path that takes 100 µs a message carries no more than 10,000 a second, and nearly that', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'highwater-test-'));
  try {
    await writeFile(join(folder, 'slow.mjs'), slowPartitioner);
    const assignment = await onlyOf('load: { rate: 8000/s }');
    const partitioning = { strategy: 'custom', by: 'harness', module: join(folder, 'slow.mjs') } as const;
    const perSecond = await measureHeadroom({ ...assignment, partitioning }, 8_000);
    assert.ok(perSecond > 2_000 && perSecond <= 10_000, `${perSecond} messages a second`);
  } finally {
    await rm(folder, { recursive: true });
  }
});

test('a trial of such a path at 8,000 a second has too little headroom to be valid', async () => {
  const [measurement] = await measurementsOf(
    'load: { rate: 8000/s, warmup: 100ms, measure: 300ms }\nproducers: { partitioning: { custom: $HERE/slow.mjs } }\nrepeat: 1\n',
    { files: { 'slow.mjs': slowPartitioner } },
  );
  const { validity, findings } = judgeTrial(storedTrial(measurement ?? assert.fail('no trial')));
  assert.equal(validity, 'invalid');
  const finding = findings.find(({ code }) => code === 'little-headroom');
  assert.ok(Number(finding?.['ratio']) <= 1.25 && finding?.['validity'] === 'invalid', JSON.stringify(findings));
});

for (const [what, load, producers, asked] of [
  ['a constant rate', 'rate: 6000/s', '', [6_000]],
  ['a rate that two workers share', 'rate: 6000/s', 'producers: { count: 3, workers: 2 }', [4_000, 2_000]],
  [
    'stages: the highest of them',
    'stages: [{ for: 1s, rate: 100/s }, { for: 2s, rampTo: 900/s }, { for: 1s, rate: 50/s }]',
    '',
    [900],
  ],
  ['no schedule: nothing', 'rate: max', '', [null]],
] as const) {
  test(`what is asked of a worker by ${what}`, async () => {
    const assignments = await assigned(`load: { ${load} }\n${producers}\n`);
    assert.deepEqual(assignments.map(askedPerSecond), asked);
  });
}

test('headroom is the least of the workers’, and is measured anew only where the generator’s own path differs', async () => {
  await using threads = openThreads(2);
  let opened = 0;
  const open = () => {
    opened++;
    return threads.open();
  };
  await using headrooms = new Headrooms();
  const both = 'producers: { count: 3, workers: 2, acks: all }';
  const capacity = await headrooms.of(await assigned(`load: { rate: 300/s }\n${both}`), open);
  const perSecond = capacity?.perSecond ?? [];
  assert.equal(capacity?.headroom, Math.min((perSecond[0] as number) / 200, (perSecond[1] as number) / 100));
  assert.equal(opened, 2);
  const same = await headrooms.of(await assigned(`load: { rate: 300/s }\n${both.replace('all', '1')}`), open);
  assert.deepEqual([same, opened], [capacity, 2]);
  await headrooms.of(await assigned(`load: { rate: 300/s }\n${both}\nmessages: { size: 10KiB }`), open);
  assert.equal(opened, 4);
});

test('what could not be measured is tried again for the next trial', async () => {
  await using headrooms = new Headrooms();
  const assignments = await assigned('load: { rate: 300/s }');
  const lost = (): WorkerChannel => {
    throw new Error('its host is lost');
  };
  assert.equal(await headrooms.of(assignments, lost), null);
  const capacity = await headrooms.of(assignments, (_, threads) => threads.open());
  assert.ok((capacity?.headroom ?? 0) > 0);
});

test('a path that fails has no headroom that is known, and its trial says why', async () => {
  const events = await eventsOf(
    'load: { rate: 1000/s, warmup: 0s, measure: 100ms }\nproducers: { partitioning: { custom: $HERE/bad.mjs } }\nrepeat: 1\n',
    { files: { 'bad.mjs': 'export default () => { throw new Error("no such place"); };' } },
  );
  const failed = events.find(event => event.type === 'trial-failed');
  assert.match(failed?.error.message ?? '', /no such place/);
});

test('a closed loop has no headroom, and says who limits it', async () => {
  const [measurement] = await measurementsOf(
    'load: { outstanding: 4, warmup: 100ms, measure: 400ms }\nsimulated: { serviceTime: 5ms, servers: 1 }\nrepeat: 1\n',
  );
  const { headroom, limitedBy, workFraction } = measurement?.generator ?? assert.fail('no trial');
  assert.equal(headroom, null);
  assert.ok(limitedBy === 'broker' || (workFraction ?? 0) > 0.6, `${limitedBy} at a work fraction of ${workFraction}`);
});
