import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { GroupMeasurement, TrialMeasurement } from '../../src/run/measurement.ts';
import { measurementsOf } from './running.ts';

const load = 'load: { rate: 4000/s, warmup: 250ms, measure: 1s }\nrepeat: 1\n';

async function measured(text: string): Promise<TrialMeasurement> {
  const [only] = await measurementsOf(`${load}${text}`);
  return only as TrialMeasurement;
}

const groupOf = ({ groups }: TrialMeasurement, name: string): GroupMeasurement =>
  groups.find(({ group }) => group === name) as GroupMeasurement;

test('every group reads everything: unicast each message by one member, broadcast by every one', async () => {
  const trial = await measured(
    'topic: { partitions: 6 }\nconsumers:\n  one: { members: 3, workers: 2 }\n  all: { members: 2, delivery: broadcast }\n',
  );
  const [one, all] = [groupOf(trial, 'one'), groupOf(trial, 'all')];
  assert.deepEqual(
    [one.delivery, one.counts.consumed, one.counts.lost, one.counts.duplicated],
    ['unicast', 4_000, 0, 0],
  );
  assert.deepEqual(
    one.members.map(({ partitions }) => partitions.length),
    [2, 2, 2],
  );
  assert.deepEqual([all.delivery, all.counts.consumed, all.counts.lost], ['broadcast', 8_000, 0]);
  assert.deepEqual(
    all.members.map(({ consumed, partitions }) => [consumed, partitions.length]),
    [
      [4_000, 6],
      [4_000, 6],
    ],
  );
  assert.equal(trial.counts.consumed, 12_000);
});

test('the ledger finds exactly what was lost, doubled and reordered, once for each group at the broker', async () => {
  const trial = await measured(
    'simulated: { lose: 0.01, duplicate: 0.02, reorder: 0.01 }\ntopic: { partitions: 3 }\nconsumers:\n  one: { members: 2 }\n  all: { members: 2, delivery: broadcast }\n',
  );
  const { injected } = trial;
  assert.ok(injected !== null && injected.lost > 20 && injected.duplicated > 40 && injected.reordered > 20);
  for (const [name, times] of [
    ['one', 1],
    ['all', 2],
  ] as const) {
    const { counts } = groupOf(trial, name);
    assert.deepEqual(
      [counts.lost, counts.duplicated, counts.reordered],
      [injected.lost * times, injected.duplicated * times, injected.reordered * times],
    );
  }
});

test('what was read is held against the offsets that were acknowledged, all of it', async () => {
  const trial = await measured('topic: { partitions: 3 }\nconsumers: { readers: {} }\n');
  const { proof } = groupOf(trial, 'readers');
  assert.deepEqual([proof.compared, proof.misplaced, proof.readAgain], [trial.totals.acked, 0, 0]);
});

for (const [strategy, holds] of [
  ['murmur2', true],
  ['fnv1a', true],
  ['random', false],
] as const) {
  test(`order by key ${holds ? 'holds' : 'breaks'} under ${strategy}`, async () => {
    const trial = await measured(
      `producers: { partitioning: ${strategy} }\nsimulated: { serviceTime: 200us }\nmessages: { keys: { distinct: 50, distribution: uniform } }\ntopic: { partitions: 4 }\nconsumers: { readers: { members: 2 } }\n`,
    );
    const { proof, counts } = groupOf(trial, 'readers');
    assert.equal(counts.reordered, 0);
    assert.equal(proof.keysOfSeveralPartitions === 0, holds);
    if (holds) assert.equal(proof.reorderedPerKey, 0);
  });
}

test('without keys there is no order by key to speak of', async () => {
  const { proof } = groupOf(await measured('consumers: { readers: {} }\n'), 'readers');
  assert.deepEqual([proof.reorderedPerKey, proof.keysOfSeveralPartitions], [null, null]);
});

test('handling takes its time, of each message once, and what fails is tried again', async () => {
  const trial = await measured(
    'consumers: { readers: { members: 2, handling: { time: 1ms, concurrency: 8, failEvery: 100 } } }\ntopic: { partitions: 2 }\n',
  );
  const { counts, handling, endToEnd } = groupOf(trial, 'readers');
  assert.deepEqual([counts.consumed, counts.lost, counts.duplicated], [4_000, 0, 0]);
  // every member counts its own
  const failed = handling?.failed ?? 0;
  assert.ok(failed <= trial.totals.acked / 100 && failed >= trial.totals.acked / 100 - 2, `${failed} failed`);
  assert.ok(endToEnd.total.maxMicros > 1_000, 'messages that wait for others to be handled are late');
});

for (const [commit, perCommit] of [
  ['each', [0.9, 1.1]],
  ['{ batch: { messages: 50, within: 100ms } }', [10, 50]],
] as const) {
  test(`commit: ${commit} commits what is done, and all of it in the end`, async () => {
    const trial = await measured(`consumers: { readers: { commit: ${commit} } }\ntopic: { partitions: 2 }\n`);
    const { counts, handling } = groupOf(trial, 'readers');
    assert.deepEqual([counts.consumed, counts.lost, counts.duplicated], [4_000, 0, 0]);
    assert.equal(handling?.refusedCommits, 0);
    const ratio = trial.totals.acked / (handling?.commits ?? 0);
    assert.ok(ratio >= perCommit[0] && ratio <= perCommit[1], `${ratio} messages per commit`);
  });
}

test('what retention removed before a slow group read it has expired, and is not lost', async () => {
  const [trial] = await measurementsOf(
    'load: { rate: 200000/s, warmup: 250ms, measure: 1s }\nrepeat: 1\nsimulated: { retain: 65536 }\ntopic: { partitions: 1 }\nmessages: { size: 100 }\nconsumers: { slow: { handling: { time: 1ms, concurrency: 20 } } }\n',
  );
  const { counts } = groupOf(trial as TrialMeasurement, 'slow');
  assert.ok(counts.expired > 50_000, `${counts.expired} expired`);
  assert.equal(counts.lost, 0);
  assert.equal(counts.consumed + counts.expired, 200_000);
});
