/** Real brokers that break while messages flow: what is done to them, what is noticed of it, and that all is well afterwards. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { type Cluster, openCluster } from '../../src/cluster/cluster.ts';
import type { ClusterFaults } from '../../src/cluster/faults.ts';
import type { TrialPlace } from '../../src/run/events.ts';
import type { FaultMeasurement, FaultsMeasurement, TrialMeasurement } from '../../src/run/measurement.ts';
import { runPlan } from '../../src/run/run.ts';
import { fewInternalPartitions, version } from '../drivers/real-broker.ts';
import { planOf } from '../plan/planning.ts';
import { groundsOn, trialsOn } from './real-running.ts';

const openBrokers = (): Promise<Cluster> =>
  openCluster(
    {
      kind: 'local',
      brokers: 3,
      version,
      // brokers that are gone are given up soon, and followers that lag leave the set in sync soon
      config: {
        ...fewInternalPartitions,
        'broker.session.timeout.ms': 1_500,
        'broker.heartbeat.interval.ms': 300,
        'replica.lag.time.max.ms': 3_000,
        'group.initial.rebalance.delay.ms': 0,
      },
    },
    { faultNeeds: { links: ['clients'], limitedDisks: new Map() } },
  );

const scenario = (driver: string, faults: string, measure = '6s'): string =>
  `driver: ${driver}\nseed: 3\ncluster: { local: { brokers: 3 } }\nload: { rate: 300/s, warmup: 1s, measure: ${measure} }\nmessages: { size: 100 }\ntopic: { partitions: 3, config: { min.insync.replicas: 2 } }\nproducers: { linger: 0ms, partitioning: round-robin }\nconsumers: { readers: { groupProtocol: ${driver === 'wire' ? 'consumer' : 'classic'} } }\nfaults: ${faults}\n`;

const faultsOf = ({ faults }: TrialMeasurement): FaultsMeasurement => faults ?? assert.fail('the trial has no faults');
const [first, second] = [0, 1].map(i => (trial: TrialMeasurement): FaultMeasurement => {
  const fault = faultsOf(trial).injected[i];
  return fault ?? assert.fail(`fault ${i} did not come about`);
}) as [(trial: TrialMeasurement) => FaultMeasurement, (trial: TrialMeasurement) => FaultMeasurement];

/** Whatever broke: every message is accounted for, and none that was acknowledged with acks all is gone. */
function assertNothingLost({ counts, totals, findings }: TrialMeasurement): void {
  assert.equal(counts.scheduled, counts.acked + counts.failed + counts.unresolved + counts.notSent);
  assert.equal(counts.lost, 0);
  assert.ok(totals.appended >= totals.acked);
  assert.ok(!findings.some(({ code }) => code === 'offsets-disagree'), JSON.stringify(findings));
}

describe('on three brokers', () => {
  let cluster: Cluster;
  let faults: ClusterFaults;
  before(async () => {
    cluster = await openBrokers();
    faults = cluster.faults ?? assert.fail('nothing was readied');
  });
  after(() => cluster[Symbol.asyncDispose]());

  const trialOf = async (text: string): Promise<TrialMeasurement> => {
    const [trial] = await trialsOn(cluster, text);
    return trial ?? assert.fail('no trial was done');
  };
  /** As a trial after it would find the brokers. */
  const assertWell = (): Promise<void> => faults.untilHealthy(1e6);

  for (const driver of ['wire', 'kafkajs']) {
    test(`a leader that is killed is seen to be gone, replaced and back, and ${driver} loses nothing that was acknowledged`, async () => {
      const trial = await trialOf(scenario(driver, '[{ at: 2s, kill: leader, for: 3s }]'));
      assertNothingLost(trial);
      const fault = first(trial);
      const [broker] = fault.brokers;
      assert.deepEqual([fault.kind, fault.asked, fault.partitionsLed], ['kill', 'leader', 1]);
      assert.ok(fault.atMicros >= 2e6 && (fault.endedAtMicros ?? 0) >= fault.atMicros + 3e6, JSON.stringify(fault));
      const { leaderChanges, gaps } = faultsOf(trial);
      const away = leaderChanges.find(({ from, partition }) => from === broker && partition === 0);
      assert.ok(away !== undefined && away.to !== null && away.to !== broker, JSON.stringify(leaderChanges));
      assert.equal(fault.detectedAfterMicros, away.atMicros - fault.atMicros);
      assert.ok(fault.detectedAfterMicros >= 500_000, 'a session of 1.5 s is not over at once');
      // nothing of its partition was acknowledged until another one led it
      const gap = gaps.find(
        ({ partition, fromMicros, forMicros }) =>
          partition === 0 && fromMicros < fault.atMicros + 500_000 && fromMicros + forMicros > away.atMicros - 300_000,
      );
      assert.ok(gap !== undefined && gap.isOver, JSON.stringify(faultsOf(trial)));
      const { unavailable } = fault;
      assert.ok(unavailable !== null && unavailable.isOver && unavailable.partitions >= 1);
      const goneMicros = gap.fromMicros + gap.forMicros - Math.max(gap.fromMicros, fault.atMicros);
      assert.ok(unavailable.longestMicros >= goneMicros, JSON.stringify(faultsOf(trial)));
      // as a reader of the latencies would say: who was due when nothing was taken waited for as long
      assert.ok((trial.latencies.ack?.total.maxMicros ?? 0) >= goneMicros);
      await assertWell();
    });
  }

  test('a broker that is paused and one that is restarted do their part again, and the next trial finds all well', async () => {
    const trial = await trialOf(scenario('wire', '[{ at: 1s, pause: 2, for: 2s }, { at: 4s, restart: 3 }]'));
    assertNothingLost(trial);
    assert.deepEqual([first(trial).kind, first(trial).brokers], ['pause', [2]]);
    assert.deepEqual([second(trial).kind, second(trial).brokers], ['restart', [3]]);
    const lasted = (first(trial).endedAtMicros ?? Infinity) - first(trial).atMicros;
    assert.ok(lasted >= 2e6 && lasted < 4e6, `paused for ${lasted} µs`);
    assert.ok(
      faultsOf(trial).leaderChanges.some(({ from }) => from === 3),
      'a broker hands over before it ends',
    );
    await assertWell();
    const next = await trialOf(scenario('wire', '[]', '1s'));
    assert.equal(next.faults, undefined);
    assert.equal(next.counts.acked, 300);
  });

  test('a rolling restart goes through all brokers, one after the other, and nothing is lost', async () => {
    const trial = await trialOf(scenario('wire', '[{ at: 500ms, rollingRestart: true }]', '4s'));
    assertNothingLost(trial);
    const fault = first(trial);
    assert.deepEqual([fault.asked, fault.brokers], ['all', [1, 2, 3]]);
    assert.ok(fault.endedAtMicros !== null, 'it was carried through');
    await assertWell();
  });

  test('latency that is put on the way to a broker is seen in its acknowledgements, and ends with the fault', async () => {
    const trial = await trialOf(
      scenario('wire', '[{ at: 3s, network: { latency: 400ms, direction: toBroker }, for: 2s }]', '9s'),
    );
    assertNothingLost(trial);
    const fault = first(trial);
    assert.deepEqual([fault.kind, fault.network?.latencyMicros, fault.network?.link], ['network', 400_000, 'clients']);
    const ofSecond = (wanted: number): number =>
      trial.latencies.ack?.seconds.find(({ second: at }) => at === wanted)?.data.maxMicros ?? 0;
    assert.ok(ofSecond(4) >= 400_000, `in second 4 the slowest took ${ofSecond(4)} µs`);
    await assertWell();
  });

  test('a run that is interrupted inside a fault mends the brokers before it ends, and says what it had measured', async () => {
    const plan = await planOf(`name: test\nrepeat: 1\n${scenario('wire', '[{ at: 1s, kill: 2 }]', '60s')}`);
    const { runId, grounds: opened } = await groundsOn(cluster, plan);
    await using grounds = opened;
    const stop = new AbortController();
    let aborted: { readonly trial: TrialPlace; readonly measurement: TrialMeasurement | null } | undefined;
    for await (const event of runPlan(plan, { runId, grounds, signal: stop.signal, drainTimeoutMicros: 5e6 })) {
      const isDown = event.type === 'trial-progress' && event.phase === 'measure' && event.elapsedMicros > 2e6;
      if (isDown) stop.abort();
      if (event.type === 'trial-aborted') aborted = event;
    }
    const measurement = aborted?.measurement ?? assert.fail('the trial was not reported');
    const fault = first(measurement);
    assert.deepEqual(fault.brokers, [2]);
    assert.ok(fault.endedAtMicros !== null && fault.endedAtMicros < 60e6);
    assert.equal(cluster.processIds?.length, 3, 'a broker is still down');
    await faults.untilHealthy(60e6);
  });
});
