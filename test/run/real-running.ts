/** Runs scenarios on a real broker of this host, without warming it: for what is read, not for how fast. */
import type { Cluster } from '../../src/cluster/cluster.ts';
import { openCluster } from '../../src/cluster/cluster.ts';
import { type Grounds, openGrounds } from '../../src/run/grounds.ts';
import type { Plan } from '../../src/plan/plan.ts';
import type { GroupMeasurement, TrialMeasurement } from '../../src/run/measurement.ts';
import { runPlan } from '../../src/run/run.ts';
import { fewInternalPartitions, version } from '../drivers/real-broker.ts';
import { planOf } from '../plan/planning.ts';

/** A broker where members have short sessions and learn of their partitions soon. */
export const openGroupBroker = (): Promise<Cluster> =>
  openCluster({
    kind: 'local',
    brokers: 1,
    version,
    config: {
      ...fewInternalPartitions,
      'group.min.session.timeout.ms': 1_000,
      'group.consumer.min.heartbeat.interval.ms': 300,
      'group.consumer.heartbeat.interval.ms': 300,
      'group.consumer.min.session.timeout.ms': 2_000,
      'group.consumer.session.timeout.ms': 2_000,
    },
  });

/** The grounds of a run on brokers that go on after it, as if they were somebody else's: neither warmed nor ended. */
export async function groundsOn(
  cluster: Cluster,
  { scenario, seed }: Plan,
): Promise<{ runId: string; grounds: Grounds }> {
  const runId = `test-${Math.random().toString(36).slice(2, 8)}`;
  const grounds = await openGrounds({
    cluster: { ...cluster, kind: 'external', [Symbol.asyncDispose]: async () => undefined },
    scenario,
    runId,
    seed,
    topicsAtEnd: 'delete',
    onProgress: () => undefined,
  });
  return { runId, grounds };
}

/** The measurements of a scenario's trials, in their order. The name and one block are given. @throws the first trial's error */
export async function trialsOn(cluster: Cluster, text: string): Promise<TrialMeasurement[]> {
  const plan = await planOf(`name: test\nrepeat: 1\n${text}`);
  const { runId, grounds: opened } = await groundsOn(cluster, plan);
  await using grounds = opened;
  const trials: TrialMeasurement[] = [];
  const { signal } = new AbortController();
  for await (const event of runPlan(plan, { runId, grounds, signal, drainTimeoutMicros: 5e6 })) {
    if (event.type === 'trial-failed') throw new Error(event.error.message);
    if (event.type === 'trial-done') trials.push(event.measurement);
  }
  return trials;
}

export const groupOf = ({ groups }: TrialMeasurement, name: string): GroupMeasurement =>
  groups.find(({ group }) => group === name) as GroupMeasurement;
