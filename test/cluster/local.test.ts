/** Specifies local brokers: real ones that serve as asked, end with the harness however it ends, and leave nothing. */
import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { after, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { promisify } from 'node:util';
import { isProcessAlive } from '../../src/support/cache.ts';
import { describeCluster } from '../../src/cluster/environment.ts';
import { makeClusterFolder, removeDeadFolders } from '../../src/cluster/folders.ts';
import { fetchJars } from '../../src/cluster/jars.ts';
import { findJava } from '../../src/cluster/java.ts';
import { type LocalCluster, openLocalCluster } from '../../src/cluster/local.ts';
import { freePorts } from '../../src/cluster/ports.ts';
import { describeMembers } from '../../src/cluster/readiness.ts';
import { clientAddress } from '../../src/cluster/server-properties.ts';
import { knock } from '../../src/cluster/sockets.ts';
import { plainText } from '../../src/drivers/driver.ts';
import { HarnessError } from '../../src/support/errors.ts';
import type { HarnessEnd, HarnessStarted } from './harness-process.ts';

// nobody else's clusters are seen from here
const temporary = await mkdtemp(join(tmpdir(), 'highwater-local-'));
process.env[process.platform === 'win32' ? 'TEMP' : 'TMPDIR'] = temporary;
after(() => rm(temporary, { recursive: true }));

const version = '4.3.1';
const oneBroker = { brokers: 1, version, config: {} };

const exists = async (path: string): Promise<boolean> => (await stat(path).catch(() => undefined)) !== undefined;

const isListening = (address: string): Promise<boolean> =>
  knock(address).then(
    () => true,
    () => false,
  );

/** What lies in this file's own folder for temporary things, where clusters and the logs that outlive them go. */
const left = (): Promise<string[]> => readdir(tmpdir());

const foldersOf = (cluster: LocalCluster): string[] => [
  ...new Set(cluster.processes.map(({ node }) => dirname(node.folder))),
];

/** What Kafka's own tool says of the controllers. */
async function describeQuorum(address: string): Promise<string> {
  const [java, jars] = await Promise.all([findJava(), fetchJars(version)]);
  const program = ['-cp', join(jars, '*'), 'org.apache.kafka.tools.MetadataQuorumCommand'];
  const flags = ['-XX:TieredStopAtLevel=1', '-XX:+UseSerialGC'];
  const args = [...flags, ...program, '--bootstrap-server', address, 'describe', '--status'];
  return (await promisify(execFile)(java, args)).stdout;
}

test('one broker serves with the settings that were asked for, and is gone with its data when disposed of', async () => {
  const config = { 'log.segment.bytes': 2_097_152, 'message.max.bytes': 3_000_000 };
  await using cluster = await openLocalCluster({ ...oneBroker, config });
  const [broker] = cluster.processes;
  const [folder = ''] = foldersOf(cluster);
  assert.ok(broker !== undefined && isProcessAlive(broker.pid));
  assert.deepEqual(cluster.members.nodes, [{ id: 1, host: '127.0.0.1', port: broker.node.clientPort }]);
  const facts = await describeCluster({
    ...cluster,
    ...cluster.members,
    kind: 'local',
    kafkaVersion: version,
    brokerCount: 1,
    brokers: [clientAddress(broker.node)],
    security: plainText,
  });
  assert.equal(facts.brokerConfig['log.segment.bytes'], '2097152');
  assert.equal(facts.brokerConfig['message.max.bytes'], '3000000');
  assert.equal(await cluster.failure(), undefined);

  await cluster[Symbol.asyncDispose]();
  assert.ok(!isProcessAlive(broker.pid));
  assert.ok(!(await exists(folder)));
  await assert.rejects(knock(clientAddress(broker.node)), { code: 'ECONNREFUSED' });
});

test('three brokers have a quorum of three controllers, and listeners of their own for clients and for each other', async () => {
  await using cluster = await openLocalCluster({ ...oneBroker, brokers: 3 });
  const nodes = cluster.processes.map(({ node }) => node);
  const [first] = nodes;
  assert.ok(first !== undefined);
  const asSeenAt = async (port: number) =>
    (await describeMembers({ brokers: [`127.0.0.1:${port}`], security: plainText })).nodes.map(node => node.port);
  assert.deepEqual(
    await asSeenAt(first.clientPort),
    nodes.map(({ clientPort }) => clientPort),
  );
  assert.deepEqual(
    await asSeenAt(first.internalPort),
    nodes.map(({ internalPort }) => internalPort),
  );
  const quorum = await describeQuorum(clientAddress(first));
  const voters = JSON.parse(/CurrentVoters:\s*(\[.*\])/.exec(quorum)?.[1] ?? '[]') as { readonly id: number }[];
  assert.deepEqual(
    voters.map(({ id }) => id).toSorted((a, b) => a - b),
    [1, 2, 3],
  );
  assert.match(quorum, /MaxFollowerLag:\s*\d/);

  await cluster[Symbol.asyncDispose]();
  for (const { pid } of cluster.processes) assert.ok(!isProcessAlive(pid));
  for (const folder of foldersOf(cluster)) assert.ok(!(await exists(folder)));
});

test('a broker that dies by itself is told of, and its log is kept when the rest goes', async () => {
  await using cluster = await openLocalCluster(oneBroker);
  const [broker] = cluster.processes;
  assert.ok(broker !== undefined);
  process.kill(broker.pid, 'SIGKILL');
  assert.deepEqual(await broker.ended, { exitCode: null, signal: 'SIGKILL', asked: false });
  const failure = await cluster.failure();
  assert.ok(failure instanceof HarnessError && failure.reason === 'environment');
  assert.match(failure.message, /Broker 1 ended by itself \(SIGKILL\)/);
  const log = /Its whole log is (.*\.log);/.exec(failure.hint ?? '')?.[1] ?? '';
  assert.equal(await cluster.failure(), failure, 'asked again, it says the same');
  await cluster[Symbol.asyncDispose]();
  assert.deepEqual(await left(), [basename(dirname(log))]);
  await rm(dirname(log), { recursive: true });
});

test('a setting that Kafka refuses is an error of the environment, with the end of its log, and leaves nothing but that', async () => {
  const opening = openLocalCluster({ ...oneBroker, config: { 'num.io.threads': 'many' } });
  let log = '';
  await assert.rejects(opening, (error: unknown) => {
    assert.ok(error instanceof HarnessError && error.reason === 'environment');
    assert.match(error.message, /Broker 1 ended by itself \(exit code \d+\)/);
    assert.match(error.message, /Invalid value many for configuration num\.io\.threads/);
    log = /Its whole log is (.*\.log); check cluster\.local\.config/.exec(error.hint ?? '')?.[1] ?? '';
    return true;
  });
  assert.match(await readFile(log, 'utf8'), /num\.io\.threads/);
  assert.deepEqual(await left(), [basename(dirname(log))]);
  await rm(dirname(log), { recursive: true });
});

test('brokers stand at the client ports that were asked for', async () => {
  const clientPorts = await freePorts(1);
  await using cluster = await openLocalCluster(oneBroker, { clientPorts });
  assert.deepEqual(
    cluster.members.nodes.map(({ port }) => port),
    clientPorts,
  );
});

test('a client port that is taken is an error of the environment that names it, and leaves nothing', async t => {
  const server = createServer().listen(0, '127.0.0.1');
  t.after(() => server.close());
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  await assert.rejects(openLocalCluster(oneBroker, { clientPorts: [port] }), (error: unknown) => {
    assert.ok(error instanceof HarnessError && error.reason === 'environment');
    assert.match(error.message, new RegExp(`Port ${port} of 127\\.0\\.0\\.1 is taken`));
    assert.match(error.hint ?? '', /End the program that listens there/);
    return true;
  });
  assert.deepEqual(await left(), []);
});

test('a start that is given up leaves nothing', async () => {
  const reason = new Error('given up');
  const giving = new AbortController();
  const opening = openLocalCluster(oneBroker, { signal: giving.signal });
  while ((await left()).length === 0) await pause(10);
  giving.abort(reason);
  await assert.rejects(opening, reason);
  assert.deepEqual(await left(), []);
});

const ends: readonly (readonly [what: string, HarnessEnd, NodeJS.Signals | null])[] = [
  ['is killed with SIGKILL', 'wait', 'SIGKILL'],
  ['is interrupted with SIGINT', 'wait', 'SIGINT'],
  ['fails without anybody to catch it', 'throw', null],
  ['ends without disposing', 'end', null],
];
for (const [what, end, signal] of ends) {
  test(`a harness that ${what} leaves no broker and no folder after a few seconds`, async () => {
    const program = join(import.meta.dirname, 'harness-process.ts');
    const harness = spawn(process.execPath, [program, end], { stdio: ['ignore', 'pipe', 'ignore'] });
    const exit = once(harness, 'exit');
    const { value } = await createInterface({ input: harness.stdout })[Symbol.asyncIterator]().next();
    const { folder, address } = JSON.parse(value as string) as HarnessStarted;
    await knock(address);
    if (signal !== null) harness.kill(signal);
    await exit;
    const isThere = async (): Promise<boolean> => (await isListening(address)) || (await exists(folder));
    const deadline = performance.now() + 5_000;
    while ((await isThere()) && performance.now() < deadline) await pause(20);
    assert.ok(!(await isListening(address)), 'the broker is alive');
    assert.ok(!(await exists(folder)), 'the folder is there');
  });
}

test('folders whose owners are dead are removed, those of the living stay', async t => {
  const under = await mkdtemp(join(tmpdir(), 'highwater-folders-'));
  t.after(() => rm(under, { recursive: true }));
  const own = basename(await makeClusterFolder(under));
  const child = spawn(process.execPath, ['-e', '']);
  await once(child, 'exit');
  for (const name of [own.replace(`-${process.pid}-`, `-${child.pid}-`), 'somebody-elses']) {
    await mkdir(join(under, name, 'data'), { recursive: true });
  }
  await removeDeadFolders(under);
  assert.deepEqual((await readdir(under)).toSorted(), [own, 'somebody-elses'].toSorted());
});
