import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { type Cluster, openCluster } from '../../src/cluster/cluster.ts';
import { loadDriver } from '../../src/drivers/registry.ts';
import type { ProduceAssignment } from '../../src/plan/assignment.ts';
import { assignTrial } from '../../src/plan/assign.ts';
import type { Cell } from '../../src/plan/plan.ts';
import { openGrounds } from '../../src/run/grounds.ts';
import { openProcess } from '../../src/run/processes.ts';
import type { FromWorker, WorkerChannel } from '../../src/run/protocol.ts';
import { openThreads } from '../../src/run/threads.ts';
import { runTrial } from '../../src/run/trial.ts';
import { whyMissing } from '../drivers/contract/subject.ts';
import { aPlacement, planOf } from '../plan/planning.ts';

/** A worker of each kind, and what is to be closed after it. */
const hosts: Readonly<Record<string, () => { readonly channel: WorkerChannel } & AsyncDisposable>> = {
  thread() {
    const pool = openThreads(1);
    return { channel: pool.open(), [Symbol.asyncDispose]: () => pool[Symbol.asyncDispose]() };
  },
  process: () => ({ channel: openProcess(), [Symbol.asyncDispose]: async () => undefined }),
};

const placement = aPlacement();

async function anAssignment(text: string): Promise<ProduceAssignment> {
  const { scenario } = await planOf(`name: test\n${text}`);
  return assignTrial(scenario, placement).assignments[0] as ProduceAssignment;
}

async function firstOf(channel: WorkerChannel): Promise<FromWorker | undefined> {
  for await (const message of channel.messages) return message;
  return undefined;
}

for (const [name, open] of Object.entries(hosts)) {
  test(`a ${name} that cannot prepare says why, with the reason that gives the exit code`, async () => {
    await using host = open();
    await using channel = host.channel;
    // the simulated driver without its broker
    channel.post({ type: 'prepare', startMicros: null, assignment: await anAssignment('driver: simulated') });
    const answer = await firstOf(channel);
    assert.ok(answer?.type === 'failed', JSON.stringify(answer));
    assert.equal(answer.error.reason, 'usage');
    assert.match(answer.error.message, /simulated/);
  });

  test(`a ${name} that is disposed ends, and its messages with it`, async () => {
    await using host = open();
    const { channel } = host;
    await channel[Symbol.asyncDispose]();
    assert.equal(await firstOf(channel).catch(() => undefined), undefined);
  });
}

/** One trial of a small scenario on a new topic, by workers that are opened so. */
async function measureTrial(cluster: Cluster, driver: string, open: () => WorkerChannel) {
  const plan = await planOf(
    `name: test\ndriver: ${driver}\nload: { rate: 500/s, warmup: 500ms, measure: 1s }\nconsumers: { readers: { members: 2 } }\ntopic: { partitions: 2 }\nproducers: { count: 2, workers: 2 }\nrepeat: 1\n`,
  );
  const cell = plan.cells[0] as Cell;
  await using grounds = await openGrounds({
    cluster: { ...cluster, kind: 'external', [Symbol.asyncDispose]: async () => undefined },
    scenario: cell.scenario,
    runId: 'test-run',
    seed: plan.seed,
    topicsAtEnd: 'delete',
    onProgress: () => undefined,
  });
  const place = { cell: cell.id, block: 1, attempt: 1, position: 1, of: 1 };
  await using ground = await grounds.open(cell, place);
  const assigned = assignTrial(cell.scenario, { ...placement, ...ground, trial: place, lines: [] });
  return await runTrial(
    { ...assigned, place, ground, drainTimeoutMicros: 5e6, capacity: null, checks: [], faults: [] },
    { signal: new AbortController().signal, open, watch: () => undefined, missed: () => undefined },
  );
}

describe('on a real broker', () => {
  let cluster: Cluster | undefined;
  before(async () => void (cluster = await openCluster({ kind: 'local', brokers: 1, version: '4.3.1', config: {} })));
  after(() => cluster?.[Symbol.asyncDispose]());

  for (const [driver, host] of [
    ['kafkajs', 'thread'],
    ['kafkajs', 'process'],
    ['confluent', 'process'],
  ] as const) {
    test(`a trial of ${driver} measures the same in a ${host}`, async t => {
      const missing = await loadDriver(driver).then(() => undefined, whyMissing);
      if (missing !== undefined) return t.skip(missing);
      await using threads = openThreads(3);
      const open = host === 'thread' ? () => threads.open() : openProcess;
      const { counts, findings, totals } = await measureTrial(cluster as Cluster, driver, open);
      assert.deepEqual(
        [counts.scheduled, counts.acked, counts.consumed, counts.lost, findings],
        [500, 500, 500, 0, []],
      );
      assert.equal(totals.appended, totals.acked);
    });
  }
});
