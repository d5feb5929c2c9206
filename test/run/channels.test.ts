import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openCluster } from '../../src/cluster/cluster.ts';
import { plainText } from '../../src/drivers/driver.ts';
import type { ProduceAssignment } from '../../src/plan/assignment.ts';
import { assignTrial } from '../../src/plan/assign.ts';
import type { Cell } from '../../src/plan/plan.ts';
import { openGrounds } from '../../src/run/grounds.ts';
import { openProcess } from '../../src/run/processes.ts';
import type { FromWorker, WorkerChannel } from '../../src/run/protocol.ts';
import { openThreads } from '../../src/run/threads.ts';
import { runTrial } from '../../src/run/trial.ts';
import { planOf } from '../plan/planning.ts';

/** A worker of each kind, and what is to be closed after it. */
const hosts: Readonly<Record<string, () => { readonly channel: WorkerChannel } & AsyncDisposable>> = {
  thread() {
    const pool = openThreads(1);
    return { channel: pool.open(), [Symbol.asyncDispose]: () => pool[Symbol.asyncDispose]() };
  },
  process: () => ({ channel: openProcess(), [Symbol.asyncDispose]: async () => undefined }),
};

const placement = {
  runId: 'test-run',
  seed: 7,
  trial: { cell: 'test', block: 1, attempt: 1 },
  topics: ['test'],
  partitionsPerTopic: 1,
  brokers: [],
  security: plainText,
  simulatedBroker: undefined,
  pacing: 'nap',
  groupPrefix: '',
  lines: [],
} as const;

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
    channel.post({ type: 'prepare', assignment: await anAssignment('driver: simulated') });
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

test('a trial measures the same in threads and in processes, on a real broker', async () => {
  await using cluster = await openCluster({ kind: 'local', brokers: 1, version: '4.3.1', config: {} });
  const plan = await planOf(
    'name: test\nload: { rate: 500/s, warmup: 500ms, measure: 1s }\nconsumers: { readers: {} }\ntopic: { partitions: 2 }\nproducers: { count: 2, workers: 2 }\nrepeat: 1\n',
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
  await using threads = openThreads(3);
  const openers = { thread: () => threads.open(), process: openProcess };
  for (const [attempt, [name, open]] of Object.entries(openers).entries()) {
    const place = { cell: cell.id, block: 1, attempt: attempt + 1, position: 1, of: 1 };
    await using ground = await grounds.open(cell, place);
    const assigned = assignTrial(cell.scenario, { ...placement, ...ground, trial: place, lines: [] });
    const { counts, findings, totals } = await runTrial(
      { ...assigned, place, ground, drainTimeoutMicros: 5e6 },
      { signal: new AbortController().signal, open, watch: () => undefined },
    );
    assert.deepEqual(
      [name, counts.scheduled, counts.acked, counts.consumed, counts.lost, findings],
      [name, 500, 500, 500, 0, []],
    );
    assert.equal(totals.appended, totals.acked);
  }
});
