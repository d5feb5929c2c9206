/** Specifies what can be done to local brokers on purpose, that it is undone, and that nothing of it outlives the harness. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { after, before, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { withAdmin } from '../../src/cluster/admin.ts';
import type { ClusterFaults, PartitionState } from '../../src/cluster/faults.ts';
import { type LocalCluster, openLocalCluster } from '../../src/cluster/local.ts';
import { describeMembers } from '../../src/cluster/readiness.ts';
import { plainText } from '../../src/drivers/driver.ts';
import { openKafka } from '../../src/drivers/kafkajs/client.ts';
import { isProcessAlive } from '../../src/support/cache.ts';
import { HarnessError } from '../../src/support/errors.ts';
import { fewInternalPartitions, version } from '../drivers/real-broker.ts';
import type { FaultyHarness } from './faulty-harness-process.ts';
import { fault } from './connections.ts';
import { whyNoDisk } from './small-disk.ts';

// nobody else's clusters are seen from here
const temporary = await mkdtemp(join(tmpdir(), 'highwater-faults-'));
process.env[process.platform === 'win32' ? 'TEMP' : 'TMPDIR'] = temporary;
after(() => rm(temporary, { recursive: true }));

const noDisk = await whyNoDisk();
const diskBytes = 64 * 2 ** 20;
/** The broker whose disk can be filled. */
const limited = 2;

/** Controllers and leaders give up what is away after two seconds rather than after ten. */
const config = {
  ...fewInternalPartitions,
  'broker.session.timeout.ms': 1_500,
  'broker.heartbeat.interval.ms': 300,
  'replica.lag.time.max.ms': 2_000,
};

const replicated = 'replicated';
/** Every partition of it is on one broker alone. */
const single = 'single';
const messagesEach = 10;
const healthyMicros = 60e6;

let cluster: LocalCluster;
let faults: ClusterFaults;
const access = () => ({ brokers: cluster.addresses, security: plainText });

before(async () => {
  cluster = await openLocalCluster(
    { brokers: 3, version, config },
    {
      faultNeeds: {
        links: ['clients', 'brokers'],
        limitedDisks: new Map(noDisk === false ? [[limited, diskBytes]] : []),
      },
    },
  );
  faults = cluster.faults as ClusterFaults;
  await withAdmin(access(), admin =>
    admin.createTopics({
      topics: [
        { topic: replicated, numPartitions: 3, replicationFactor: 3 },
        { topic: single, numPartitions: 3, replicationFactor: 1 },
      ],
    }),
  );
  await healthy();
});
after(() => cluster?.[Symbol.asyncDispose]());

const healthy = () => faults.untilHealthy(healthyMicros);

/** What the partitions of a topic are like once that holds of them. */
async function until(holds: (partitions: readonly PartitionState[]) => boolean, topic = replicated) {
  const deadline = performance.now() + 30_000;
  for (;;) {
    const partitions = await faults.partitions([topic]);
    if (holds(partitions)) return partitions;
    assert.ok(performance.now() < deadline, JSON.stringify(partitions));
    await pause(50);
  }
}

const isLedBy = (broker: number) => (partitions: readonly PartitionState[]) =>
  partitions.some(({ leader }) => leader === broker);

const isLeftBy = (broker: number) => (partitions: readonly PartitionState[]) =>
  partitions.every(({ leader, inSyncReplicas }) => leader !== broker && !inSyncReplicas.includes(broker));

const processOf = (broker: number) => {
  const found = cluster.processes.find(({ node }) => node.id === broker);
  assert.ok(found !== undefined);
  return found;
};

/** Sends so many messages to each partition. */
async function send(topic: string): Promise<void> {
  const producer = openKafka({ ...access(), clientId: 'test' }, {}).producer();
  await producer.connect();
  const messages = [0, 1, 2].flatMap(partition =>
    Array.from({ length: messagesEach }, () => ({ partition, value: 'kept' })),
  );
  await producer.send({ topic, messages, acks: -1 });
  await producer.disconnect();
}

const endOffsetsOf = (topic: string) =>
  withAdmin(access(), async admin => {
    const offsets = await admin.fetchTopicOffsets(topic);
    return offsets.toSorted((a, b) => a.partition - b.partition).map(({ offset }) => Number(offset));
  });

test('a broker that is killed is replaced as leader; started again it has its data and its ports, and leads what it led', async () => {
  await send(single);
  const [victim = 0] = (await faults.partitions([single])).map(({ leader }) => leader ?? 0);
  const { pid, node } = processOf(victim);
  await faults.kill(victim);
  assert.ok(!isProcessAlive(pid));
  assert.equal(await cluster.failure(), undefined, 'what is done on purpose is no failure');
  await faults.kill(victim); // it is down already
  await until(isLeftBy(victim));

  await faults.start(victim);
  const { pid: next, node: sameNode } = processOf(victim);
  assert.ok(next !== pid && isProcessAlive(next));
  assert.equal(sameNode, node);
  await faults.start(victim); // it runs already
  assert.equal(processOf(victim).pid, next);
  const back = await until(partitions => partitions.every(({ inSyncReplicas }) => inSyncReplicas.length === 3));
  assert.ok(!isLedBy(victim)(back), 'leaders moved back by themselves');
  await healthy();
  const partitions = await faults.partitions([replicated]);
  assert.deepEqual(
    partitions.map(({ leader }) => leader),
    partitions.map(({ replicas }) => replicas[0]),
  );
  assert.deepEqual(await endOffsetsOf(single), [messagesEach, messagesEach, messagesEach]);
});

test('a broker that is stopped hands over before it ends', async () => {
  const { ended } = processOf(1);
  await faults.stop(1);
  assert.deepEqual(await ended, { exitCode: 143, signal: null, asked: true });
  assert.ok(isLeftBy(1)(await faults.partitions([replicated])), 'it led or was in sync to the end');
  await faults.start(1);
  await healthy();
});

test('a broker that is paused loses what it leads, answers nothing, and goes on when it is resumed', async () => {
  const { pid, node } = processOf(3);
  await faults.pause(3);
  await assert.rejects(describeMembers({ brokers: [`127.0.0.1:${node.internalPort}`], security: plainText }));
  await until(isLeftBy(3));
  assert.equal(await cluster.failure(), undefined);
  await faults.resume(3);
  await faults.resume(3); // it runs already
  assert.equal(processOf(3).pid, pid);
  await healthy();
});

test('the active controller is found, and the next one when it is killed', async () => {
  const first = await faults.controller();
  await faults.kill(first);
  const second = await faults.controller();
  assert.notEqual(second, first);
  await faults.start(first);
  assert.equal(await faults.controller(), second);
  await healthy();
});

test('what is amiss is told of a cluster that is not healthy in time, and all that was done to it is undone at once', async () => {
  await faults.setLink(1, 'clients', fault({ cut: true }));
  await faults.kill(2);
  await assert.rejects(faults.untilHealthy(300e3), (error: unknown) => {
    assert.ok(error instanceof HarnessError && error.reason === 'environment');
    return /not healthy after 0\.3 s: broker 2 /.test(error.message);
  });
  const reason = new Error('given up');
  await assert.rejects(faults.untilHealthy(60e6, AbortSignal.timeout(50)), { name: 'TimeoutError' });
  await assert.rejects(faults.untilHealthy(60e6, AbortSignal.abort(reason)), reason);
  await faults.pause(3);
  await faults.undo();
  assert.deepEqual((await describeMembers(access())).nodes.length, 3);
  await healthy();
  await faults.undo(); // nothing is left to be undone
});

test('clients are told of the proxies, and the links of clients and of brokers are broken apart from each other', async () => {
  const ports = cluster.processes.map(({ node }) => node.clientPort);
  assert.ok(cluster.members.nodes.every(({ port }) => !ports.includes(port)));
  await faults.setLink(1, 'clients', fault({ latencyMicros: 200_000 }));
  const before = performance.now();
  await describeMembers({ brokers: cluster.addresses.slice(0, 1), security: plainText });
  assert.ok(performance.now() - before >= 400, 'two questions went there and back without delay');
  await faults.setLink(1, 'clients', fault({ cut: true }));
  await assert.rejects(describeMembers({ brokers: cluster.addresses.slice(0, 1), security: plainText }));
  assert.ok(isLedBy(1)(await faults.partitions([replicated])), 'who asks is not kept from the answer');
  await faults.setLink(1, 'clients', null);

  await faults.setLink(1, 'brokers', fault({ cut: true }));
  await send(replicated); // replicas fall behind only where there is something to replicate
  const cut = await until(partitions => partitions.some(({ inSyncReplicas }) => inSyncReplicas.length < 3));
  assert.deepEqual(cut.find(({ leader }) => leader === 1)?.inSyncReplicas, [1], 'others still replicate from it');
  await faults.undo();
  await healthy();
});

test(
  'a broker whose disk is full ends without being a failure, and comes back when it is freed',
  { skip: noDisk },
  async () => {
    const { ended } = processOf(limited);
    await faults.fillDisk(limited);
    const { asked } = await ended;
    assert.ok(asked);
    assert.equal(await cluster.failure(), undefined);
    await until(isLeftBy(limited));
    await faults.freeDisk(limited);
    assert.equal(processOf(limited).end(), undefined);
    await healthy();
  },
);

test('a disk that is freed before its broker has ended leaves it as it is', { skip: noDisk }, async () => {
  await faults.fillDisk(limited);
  await faults.undo();
  await healthy();
  assert.equal(processOf(limited).end(), undefined);
  assert.equal(await cluster.failure(), undefined);
});

for (const [what, call] of [
  ['a broker that there is not', () => faults.kill(4)],
  ['a disk that was not limited', () => faults.fillDisk(3)],
] as const) {
  test(`${what} is refused`, () => assert.rejects(call(), /(There is no|has no) /));
}

const mounts = async (): Promise<string> => readFile('/proc/self/mounts', 'utf8').catch(() => '');

const exists = async (path: string): Promise<boolean> => (await stat(path).catch(() => undefined)) !== undefined;

test('a broker that dies by itself is a failure, which nothing hides, and nothing of the cluster is left then', async () => {
  const { pid, ended, node } = processOf(3);
  process.kill(pid, 'SIGKILL');
  await ended;
  const failure = await cluster.failure();
  assert.match(failure?.message ?? '', /Broker 3 ended by itself/);
  await faults.pause(2);
  await faults.undo();
  await assert.rejects(faults.start(3), failure);
  await assert.rejects(healthy(), failure);
  assert.equal(await cluster.failure(), failure);

  await faults.kill(1);
  await faults.pause(2);
  if (noDisk === false) assert.ok((await mounts()).includes(dirname(node.folder)));
  await cluster[Symbol.asyncDispose]();
  for (const broker of cluster.processes) assert.ok(!isProcessAlive(broker.pid));
  assert.ok(!(await exists(dirname(node.folder))));
  assert.ok(!(await mounts()).includes(temporary));
});

test('of brokers that were restarted, paused and filled nothing is left when the harness is killed', async () => {
  const program = join(import.meta.dirname, 'faulty-harness-process.ts');
  const args = noDisk === false ? ['mount'] : [];
  const harness = spawn(process.execPath, [program, ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
  const exit = once(harness, 'exit');
  const { value } = await createInterface({ input: harness.stdout })[Symbol.asyncIterator]().next();
  const { folder, pids } = JSON.parse(value as string) as FaultyHarness;
  harness.kill('SIGKILL');
  await exit;
  const left = async () => [
    ...pids.filter(isProcessAlive),
    ...((await exists(folder)) ? [folder] : []),
    ...((await mounts()).includes(folder) ? ['a mount'] : []),
  ];
  const deadline = performance.now() + 20_000;
  while ((await left()).length > 0 && performance.now() < deadline) await pause(50);
  assert.deepEqual(await left(), []);
});
