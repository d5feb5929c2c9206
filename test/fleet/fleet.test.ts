import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { withAdmin } from '../../src/cluster/admin.ts';
import { type Cluster, openCluster } from '../../src/cluster/cluster.ts';
import { createTopics } from '../../src/cluster/topics.ts';
import { openFleet } from '../../src/fleet/fleet.ts';
import { topicFromAgents } from '../../src/fleet/messages.ts';
import type { RunEvent } from '../../src/run/events.ts';
import type { TrialMeasurement } from '../../src/run/measurement.ts';
import { runPlan } from '../../src/run/run.ts';
import { type Running, openWorkplace, type Workplace } from '../bench/program.ts';
import { fewInternalPartitions, version } from '../drivers/real-broker.ts';
import { planOf } from '../plan/planning.ts';
import { groundsOn } from '../run/real-running.ts';

let cluster: Cluster;
let workplace: Workplace;
before(async () => {
  cluster = await openCluster({ kind: 'local', brokers: 1, version, config: fewInternalPartitions });
  workplace = await openWorkplace();
});
after(async () => {
  await cluster?.[Symbol.asyncDispose]();
  await workplace?.[Symbol.asyncDispose]();
});

/** An agent in a process of its own. */
const startAgent = (id: number, fleet: string, ...flags: string[]): Running =>
  workplace.start(['agent', '--control', cluster.brokers.join(','), '--fleet', fleet, '--id', `${id}`, ...flags]);

/** Runs a scenario on a fleet of two agents; every event is shown to `watch`. */
async function runOnFleet(
  fleet: string,
  text: string,
  { watch = () => undefined, ...patience }: { watch?: (event: RunEvent) => void; silentBeats?: number } = {},
) {
  const plan = await planOf(
    `name: ${fleet}\nrepeat: 1\nfleet: { agents: 2, on: manual }\nproducers: { count: 2, workers: 2 }\ntopic: { partitions: 2 }\n${text}`,
  );
  const notes: string[] = [];
  const { runId, grounds: opened } = await groundsOn(cluster, plan);
  await using grounds = opened;
  await using hosts = await openFleet({
    fleet,
    agents: 2,
    prefix: 'highwater.',
    control: { ...cluster, kind: 'external' },
    underTest: cluster,
    onProgress: note => notes.push(note),
    firstWaitMillis: 60_000,
    laterWaitMillis: 60_000,
    ...patience,
  });
  const trials: TrialMeasurement[] = [];
  const failures: string[] = [];
  const { signal } = new AbortController();
  for await (const event of runPlan(plan, { runId, grounds, hosts, signal, drainTimeoutMicros: 5e6, retryFailed: 1 })) {
    watch(event);
    if (event.type === 'trial-failed') failures.push(event.error.message);
    if (event.type === 'trial-done') trials.push(event.measurement);
  }
  return { trials, failures, notes };
}

const topicsOfFleets = async (): Promise<string[]> =>
  (await withAdmin(cluster, admin => admin.listTopics())).filter(name => name.startsWith('highwater.hw-fleet.'));

test('two agents share a trial, every message is accounted for, and nothing is left of the fleet', async () => {
  // what a run that was killed leaves behind
  const left = { name: topicFromAgents('highwater.', 'shared'), partitions: 1, replicationFactor: 1, config: {} };
  await createTopics(cluster, [left], { ifExists: 'fail' });
  await using first = startAgent(0, 'shared');
  await using second = startAgent(1, 'shared');
  const { trials, failures, notes } = await runOnFleet(
    'shared',
    'load: { rate: 1000/s, warmup: 500ms, measure: 2s }\nconsumers: { readers: { members: 2, workers: 2 } }\n',
    // a host that is busy with other tests may keep an agent from answering
    { silentBeats: 30 },
  );
  assert.deepEqual(failures, []);
  const [{ counts, totals, agents = [], latencies, generator, findings }] = trials as [TrialMeasurement];
  assert.deepEqual([counts.scheduled, counts.acked, counts.consumed, counts.lost], [2_000, 2_000, 2_000, 0]);
  assert.deepEqual([counts.duplicated, findings], [0, []]);
  assert.ok(totals.appended >= totals.acked && totals.acked >= 2_000);
  assert.deepEqual(
    agents.map(({ agent, acked, clockBoundMicros }) => ({ agent, acked, clockBoundMicros })),
    [0, 1].map(agent => ({ agent, acked: 1_000, clockBoundMicros: 0 })),
  );
  assert.equal(
    agents.reduce((sum, { consumed }) => sum + consumed, 0),
    2_000,
  );
  assert.equal(latencies.ack?.seconds.length, 2);
  assert.ok(latencies.endToEnd !== null && generator.cpuSeconds !== null && generator.headroom !== null);
  assert.ok(notes.some(note => note.startsWith('the cluster under test carries')));
  assert.deepEqual([(await first.ended).exitCode, (await second.ended).exitCode], [0, 0]);
  assert.deepEqual(await topicsOfFleets(), []);
});

test('the trial of an agent that is killed fails with its name, and is run again when another one has taken its place', async () => {
  await using stays = startAgent(0, 'killed');
  await using dies = startAgent(1, 'killed');
  await using replacement = new AsyncDisposableStack();
  let isKilled = false;
  const { trials, failures } = await runOnFleet('killed', 'load: { rate: 1000/s, warmup: 0s, measure: 2s }\n', {
    watch(event) {
      if (event.type === 'trial-failed') replacement.use(startAgent(1, 'killed'));
      if (event.type !== 'trial-progress' || event.phase !== 'measure' || isKilled) return;
      isKilled = true;
      dies.kill('SIGKILL');
    },
    silentBeats: 10,
  });
  assert.equal(failures.length, 1);
  assert.match(failures[0] as string, /^Agent 1 on .+ is lost/);
  assert.deepEqual(
    trials.map(({ attempt, counts }) => [attempt, counts.acked]),
    [[2, 2_000]],
  );
  assert.equal((await stays.ended).exitCode, 0);
});

test('an agent for which no run comes ends, and says so', async () => {
  await using agent = startAgent(0, 'nobody', '--wait', '1s');
  const { exitCode, stderr } = await agent.ended;
  assert.equal(exitCode, 3);
  assert.match(stderr, /No run of fleet nobody came/);
});
