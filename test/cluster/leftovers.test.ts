/** Specifies what is swept from a cluster: the topics and groups of this host's dead runs on it, and nothing else. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { withAdmin } from '../../src/cluster/admin.ts';
import { type Cluster, openCluster } from '../../src/cluster/cluster.ts';
import { deleteGroups, sweepLeftovers } from '../../src/cluster/leftovers.ts';
import { markRun } from '../../src/cluster/runs.ts';
import { createTopics, topicPrefix } from '../../src/cluster/topics.ts';
import { openKafka } from '../../src/drivers/kafkajs/client.ts';

let cluster: Cluster;
let deadPid: number;
before(async () => {
  cluster = await openCluster({
    kind: 'local',
    brokers: 1,
    version: '4.3.1',
    config: { 'offsets.topic.num.partitions': 1 },
  });
  const child = spawn(process.execPath, ['-e', '']);
  await once(child, 'exit');
  deadPid = child.pid as number;
});
after(() => cluster?.[Symbol.asyncDispose]());

/** A folder of marks that is gone at the end of the scope. */
async function aMarksFolder() {
  const folder = await mkdtemp(join(tmpdir(), 'highwater-marks-'));
  return { folder, [Symbol.asyncDispose]: () => rm(folder, { recursive: true }) };
}

/** Alters the mark of a run in a folder, as somebody else or an earlier time would have written it. */
async function alterMark(folder: string, runId: string, change: Readonly<Record<string, unknown>>): Promise<void> {
  const file = join(folder, `${runId}.json`);
  await writeFile(file, JSON.stringify({ ...(JSON.parse(await readFile(file, 'utf8')) as object), ...change }));
}

/** Makes a topic and a group of that name. */
async function leave(name: string): Promise<void> {
  const spec = { name, partitions: 1, replicationFactor: 1, config: {} };
  await createTopics(cluster, [spec], { ifExists: 'fail' }); // not disposed of: that is the point
  const kafka = openKafka({ ...cluster, clientId: 'leftovers-test' }, {});
  const consumer = kafka.consumer({ groupId: name, maxWaitTimeInMs: 20 });
  await consumer.connect();
  await consumer.subscribe({ topics: [name] });
  await consumer.run({ autoCommit: false, eachBatch: async () => undefined });
  await consumer.commitOffsets([{ topic: name, partition: 0, offset: '0' }]);
  await consumer.disconnect();
}

/** The topics and groups of the cluster that begin with a prefix. */
const present = (prefix: string) =>
  withAdmin(cluster, async admin => {
    const groups = (await admin.listGroups()).groups.map(({ groupId }) => groupId);
    const ours = (names: readonly string[]) => names.filter(name => name.startsWith(prefix)).toSorted();
    return { topics: ours(await admin.listTopics()), groups: ours(groups) };
  });

const both = (...names: readonly string[]) => ({ topics: names.toSorted(), groups: names.toSorted() });

test('what a dead run left is swept, what a living one has and what is not ours is not', async () => {
  await using marks = await aMarksFolder();
  const prefix = `p${randomUUID()}.`;
  const names = ['dead', 'living', 'unmarked'].map(runId => `${topicPrefix(prefix, runId)}readers`);
  const [dead = '', living = '', unmarked = ''] = names;
  const others = [`${prefix}orders`, `${prefix}hw-dead`, `other.${dead}`];
  for (const name of [...names, ...others]) await leave(name);
  await markRun(cluster.clusterId, 'dead', marks.folder);
  await alterMark(marks.folder, 'dead', { pid: deadPid });
  await using _ = await markRun(cluster.clusterId, 'living', marks.folder);

  assert.deepEqual(await sweepLeftovers(cluster, prefix, marks.folder), both(dead));
  assert.deepEqual(await present(prefix), both(living, unmarked, `${prefix}orders`, `${prefix}hw-dead`));
  assert.deepEqual(await present('other.'), both(`other.${dead}`));
  assert.deepEqual(await readdir(marks.folder), ['living.json']);
  assert.deepEqual(await sweepLeftovers(cluster, prefix, marks.folder), both());
});

for (const [what, change] of [
  ['of another host', { host: 'another-host' }],
  ['on another cluster', { clusterId: 'another-cluster' }],
] as const) {
  test(`what a run ${what} left is not swept, and its mark stays`, async () => {
    await using marks = await aMarksFolder();
    const prefix = `p${randomUUID()}.`;
    const name = `${topicPrefix(prefix, 'run')}t`;
    await leave(name);
    await markRun(cluster.clusterId, 'run', marks.folder);
    await alterMark(marks.folder, 'run', { pid: deadPid, ...change });
    assert.deepEqual(await sweepLeftovers(cluster, prefix, marks.folder), both());
    assert.deepEqual(await present(prefix), both(name));
    assert.deepEqual(await readdir(marks.folder), ['run.json']);
  });
}

test('a run that began before this host did is dead, though another process has its number now', async () => {
  await using marks = await aMarksFolder();
  const prefix = `p${randomUUID()}.`;
  const name = `${topicPrefix(prefix, 'run')}t`;
  await leave(name);
  await markRun(cluster.clusterId, 'run', marks.folder);
  await alterMark(marks.folder, 'run', { startedAtMillis: 0 });
  assert.deepEqual(await sweepLeftovers(cluster, prefix, marks.folder), both(name));
});

test('a run that ends in order puts its mark away', async () => {
  await using marks = await aMarksFolder();
  const mark = await markRun(cluster.clusterId, 'run', marks.folder);
  assert.deepEqual(await readdir(marks.folder), ['run.json']);
  await mark[Symbol.asyncDispose]();
  assert.deepEqual(await readdir(marks.folder), []);
});

test('a mark that another version wrote, or that is damaged, is passed over', async () => {
  await using marks = await aMarksFolder();
  await writeFile(join(marks.folder, 'damaged.json'), '{"runId":');
  await writeFile(join(marks.folder, 'other.json'), '{"version":2}');
  assert.deepEqual(await sweepLeftovers(cluster, 'p.', marks.folder), both());
});

test('groups are deleted by the beginning of their names, and no others', async () => {
  const prefix = `g${randomUUID()}.`;
  const names = ['run-a', 'run-b', 'else'].map(name => `${prefix}${name}`);
  for (const name of names) await leave(name);
  await deleteGroups(cluster, `${prefix}run-`);
  assert.deepEqual((await present(prefix)).groups, [`${prefix}else`]);
  await deleteGroups(cluster, `${prefix}run-`);
});
