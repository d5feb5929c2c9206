/** Specifies how proxies stand before a cluster that is somebody else's: every answer tells of them, and no client goes around them. */
import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { after, before, describe, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import * as platformatic from '@platformatic/kafka';
import { withAdmin } from '../../src/cluster/admin.ts';
import type { BrokerProcess } from '../../src/cluster/broker.ts';
import { type Cluster, openCluster, type OpenOptions } from '../../src/cluster/cluster.ts';
import type { ClusterFaults, FaultNeeds } from '../../src/cluster/faults.ts';
import { type LocalCluster, openLocalCluster } from '../../src/cluster/local.ts';
import { describeMembers } from '../../src/cluster/readiness.ts';
import { type BrokerNode, clientAddress, internalAddress } from '../../src/cluster/server-properties.ts';
import { endOffsets } from '../../src/cluster/topics.ts';
import { type Driver, plainText } from '../../src/drivers/driver.ts';
import { driverNames, loadDriver } from '../../src/drivers/registry.ts';
import { Writer } from '../../src/drivers/wire/protocol/writer.ts';
import { splitAddress } from '../../src/support/address.ts';
import { type ExitReason, HarnessError } from '../../src/support/errors.ts';
import { openMember } from '../drivers/contract/member.ts';
import { aBlock, upTo } from '../drivers/contract/messages.ts';
import { openProducer } from '../drivers/contract/producer.ts';
import { whyMissing } from '../drivers/contract/subject.ts';
import { fewInternalPartitions, openTopics, version } from '../drivers/real-broker.ts';
import { connected, endOf, fault } from './connections.ts';
import { request } from './frames.ts';
import { trusting, users } from './secured.ts';

const groups = ['a group', 'another'];
const ofClients: FaultNeeds = { links: ['clients'], limitedDisks: new Map() };
const sasl = users['scram-sha-256'];

/** One broker: clients must say who they are at one listener, and need not at the other, where `local` finds it. */
let kafka: LocalCluster;
let local: Cluster;
let cluster: Cluster;
let faults: ClusterFaults;

before(async () => {
  const demands = { tls: null, users: [sasl] };
  kafka = await openLocalCluster({ brokers: 1, version, config: fewInternalPartitions, demands });
  local = await openCluster({ kind: 'external', brokers: [internalAddress(nodeOf(kafka))] });
  cluster = await openCluster({ kind: 'external', brokers: local.brokers }, { faultNeeds: ofClients });
  faults = cluster.faults as ClusterFaults;
  await withAdmin(local, admin => admin.describeGroups(groups)); // has the broker coordinate groups
});
after(async () => {
  await cluster?.[Symbol.asyncDispose]();
  await kafka?.[Symbol.asyncDispose]();
});

const nodeOf = ({ processes: [broker] }: LocalCluster): BrokerNode => (broker as BrokerProcess).node;

/** The answer to one request at an address, as a frame. */
async function answerAt(address: string, asked: Buffer): Promise<Buffer> {
  const socket = connect(splitAddress(address));
  socket.write(asked);
  const pieces: Buffer[] = [];
  for await (const piece of socket as AsyncIterable<Buffer>) {
    pieces.push(piece);
    const answer = Buffer.concat(pieces);
    if (answer.length >= 4 && answer.length === 4 + answer.readInt32BE(0)) return answer;
  }
  throw new Error(`no whole answer came, but ${Buffer.concat(pieces).length} bytes`);
}

const ids = { metadata: 3, findCoordinator: 10, apiVersions: 18, describeCluster: 60 } as const;
type ApiName = keyof typeof ids;

/** The body of a request that asks for little, as each version has it. */
const bodies: Record<ApiName, (apiVersion: number) => Writer> = {
  metadata(apiVersion) {
    const writer = new Writer();
    if (apiVersion >= 9) writer.noTaggedFields().compactArray([], () => undefined);
    else writer.array([], () => undefined);
    if (apiVersion >= 4) writer.int8(0); // makes no topic
    if (apiVersion >= 8 && apiVersion <= 10) writer.int8(0);
    if (apiVersion >= 8) writer.int8(0);
    return apiVersion >= 9 ? writer.noTaggedFields() : writer;
  },
  findCoordinator(apiVersion) {
    const writer = new Writer();
    if (apiVersion >= 4) {
      writer.noTaggedFields().int8(0);
      return writer.compactArray(groups, key => writer.compactString(key)).noTaggedFields();
    }
    if (apiVersion === 3) return writer.noTaggedFields().compactString('a group').int8(0).noTaggedFields();
    writer.string('a group');
    return apiVersion >= 1 ? writer.int8(0) : writer;
  },
  apiVersions(apiVersion) {
    const writer = new Writer();
    if (apiVersion < 3) return writer;
    return writer.noTaggedFields().compactString('test').compactString('1').noTaggedFields();
  },
  describeCluster(apiVersion) {
    const writer = new Writer().noTaggedFields().int8(0);
    if (apiVersion >= 1) writer.int8(1); // brokers
    if (apiVersion >= 2) writer.int8(1); // fenced ones too
    return writer.noTaggedFields();
  },
};

/** One version of an API of another client of Kafka, which reads the answer. */
interface OtherApi {
  parseResponse(correlationId: number, key: number, apiVersion: number, reader: unknown): Record<string, unknown>;
}
const others = platformatic as unknown as Record<string, OtherApi> & {
  readonly Reader: { from(bytes: Buffer): { readInt32(): number; readTaggedFields(): void } };
};

/** How another client reads an answer; undefined where it does not know the version. */
function read(name: ApiName, apiVersion: number, frame: Buffer): Record<string, unknown> | undefined {
  const other = others[`${name}V${apiVersion}`];
  if (other === undefined) return undefined;
  const reader = others.Reader.from(frame.subarray(8));
  const hasTags = { metadata: 9, findCoordinator: 3, apiVersions: Infinity, describeCluster: 0 }[name] <= apiVersion;
  if (hasTags) reader.readTaggedFields();
  return other.parseResponse(1, ids[name], apiVersion, reader);
}

const whole = (asked: ApiName, apiVersion: number): Buffer =>
  request(ids[asked], apiVersion, 1, bodies[asked](apiVersion).toBuffer());

describe('the answers of a real broker', () => {
  for (const [name, newest] of [
    ['metadata', 13],
    ['findCoordinator', 6],
    ['describeCluster', 2],
  ] as const) {
    for (let apiVersion = 0; apiVersion <= newest; apiVersion++) {
      test(`${name} version ${apiVersion} tells of the proxy where the broker told of itself`, async t => {
        const own = await answerAt(local.brokers[0] as string, whole(name, apiVersion));
        const proxied = await answerAt(cluster.brokers[0] as string, whole(name, apiVersion));
        const [ownPort, proxyPort] = [local.brokers, cluster.brokers].map(([a]) => splitAddress(a as string).port);
        const endpoint = (host: string, port: number): Buffer =>
          Buffer.concat([Buffer.from(host), new Writer().int32(port).toBuffer()]);
        assert.ok(own.includes(endpoint('127.0.0.1', ownPort as number)));
        assert.ok(proxied.includes(endpoint('127.0.0.1', proxyPort as number)));
        assert.ok(!proxied.includes(endpoint('127.0.0.1', ownPort as number)));
        const [before, seen] = [read(name, apiVersion, own), read(name, apiVersion, proxied)];
        if (before === undefined)
          return t.diagnostic('no other client here reads this version: its bytes were looked at');
        const expected = JSON.parse(
          JSON.stringify(before, (_, value) => (typeof value === 'bigint' ? String(value) : value)).replaceAll(
            `"port":${ownPort}`,
            `"port":${proxyPort}`,
          ),
        );
        assert.deepEqual(
          JSON.parse(JSON.stringify(seen, (_, value) => (typeof value === 'bigint' ? String(value) : value))),
          expected,
        );
      });
    }
  }

  for (let apiVersion = 0; apiVersion <= 4; apiVersion++) {
    test(`apiVersions version ${apiVersion} tells of all versions but those that might name a new leader's address`, async () => {
      interface Told {
        readonly apiKeys: readonly {
          readonly apiKey: number;
          readonly minVersion: number;
          readonly maxVersion: number;
        }[];
      }
      const told = async (address: string): Promise<Told['apiKeys']> =>
        (read('apiVersions', apiVersion, await answerAt(address, whole('apiVersions', apiVersion))) as unknown as Told)
          .apiKeys;
      const own = await told(local.brokers[0] as string);
      const newest = new Map([
        [0, 9],
        [1, 15],
      ]);
      const expected = own
        .filter(({ apiKey }) => apiKey !== 78 && apiKey !== 79)
        .map(api => ({ ...api, maxVersion: Math.min(api.maxVersion, newest.get(api.apiKey) ?? Infinity) }));
      assert.deepEqual(await told(cluster.brokers[0] as string), expected);
    });
  }

  test('a version of ApiVersions that the broker does not know is refused as ever', async () => {
    const asked = whole('apiVersions', 99);
    assert.deepEqual(
      await answerAt(cluster.brokers[0] as string, asked),
      await answerAt(local.brokers[0] as string, asked),
    );
  });
});

test('a cluster with proxies is the same cluster, begun and seen elsewhere', () => {
  assert.equal(cluster.clusterId, local.clusterId);
  assert.equal(cluster.brokers.length, 1);
  assert.notDeepEqual(cluster.brokers, local.brokers);
  assert.deepEqual(
    cluster.nodes.map(({ host, port }) => `${host}:${port}`),
    cluster.brokers,
  );
  assert.deepEqual(cluster.brokersAt, local.brokers);
});

const cutLink = fault({ cut: true });

const timeouts = { requestTimeoutMicros: 3e6, deliveryTimeoutMicros: 3e6 };

for (const name of driverNames.filter(driver => driver !== 'simulated')) {
  const driver: Driver | string = await loadDriver(name).catch(whyMissing);
  const skip = typeof driver === 'string' && driver;
  test(`the driver ${name} reaches the broker through the proxy, and by no other way`, { skip }, async () => {
    const subject = { name, driver: driver as Driver, lacks: {}, openGround: () => openTopics(cluster) };
    const ground = await subject.openGround();
    await using producer = await openProducer(subject, ground, timeouts);
    await producer.send(aBlock(0, 50));
    await using member = await openMember(subject, ground);
    await member.until(() => member.received.length === 50);

    await faults.setLink(1, 'clients', cutLink);
    await producer.submitAll(aBlock(50, 10));
    await producer.ledger.untilEnded(60);
    assert.deepEqual(producer.ledger.tally(60), { acknowledged: 50, failed: 10 });
    assert.deepEqual(await endOffsets(local, ground.topics[0] as string), [50]);

    await faults.undo();
    await faults.untilHealthy(20e6);
    await using later = await openProducer(subject, ground);
    await later.send(aBlock(60, 10));
    const expected = [...upTo(50), ...upTo(10).map(number => 60 + number)];
    await member.until(() => {
      const read = new Set(member.received.map(({ sequence }) => sequence));
      return expected.every(sequence => read.has(sequence));
    });
  });
}

test('the controller and the partitions are asked past a link that is cut', async () => {
  const ground = await openTopics(cluster, { partitions: 2 });
  await faults.setLink(1, 'clients', cutLink);
  assert.equal(await faults.controller(), 1);
  const state = (partition: number) => ({
    topic: ground.topics[0],
    partition,
    leader: 1,
    replicas: [1],
    inSyncReplicas: [1],
  });
  const found = await faults.partitions(ground.topics);
  assert.deepEqual(
    found.toSorted((a, b) => a.partition - b.partition),
    [state(0), state(1)],
  );
  await assert.rejects(faults.untilHealthy(300e3), isError('environment', /Broker 1 does not serve clients/));
  await faults.undo();
  await faults.untilHealthy(20e6);
  assert.equal(await cluster.failure(), undefined);
});

test('a connection that a proxy had to end, though no fault says so, keeps the cluster from being called healthy', async () => {
  await using own = await openCluster({ kind: 'external', brokers: local.brokers }, { faultNeeds: ofClients });
  await own.faults?.untilHealthy(20e6);
  const socket = await connected(own.brokers[0] as string);
  const end = endOf(socket);
  socket.write(request(1, 99, 1)); // a Fetch of which no client was told
  assert.equal(await end, 'ECONNRESET');
  const deadline = performance.now() + 5_000;
  while ((await own.failure()) === undefined && performance.now() < deadline) await pause(2);
  await assert.rejects(own.faults?.untilHealthy(20e6) ?? Promise.resolve(), (error: unknown) => {
    assert.ok(error instanceof HarnessError && error.hint !== undefined);
    return isError('environment', /The proxy before 1 ended a connection: a client uses version 99/)(error);
  });
});

const isError = (reason: ExitReason, message: RegExp) => (error: unknown) =>
  error instanceof HarnessError && error.reason === reason && message.test(error.message);

test('what is not ours is not stopped, and brokers that are not there have no links', async () => {
  assert.equal(faults.canStopBrokers, false);
  assert.deepEqual(faults.brokers, [1]);
  for (const refused of [
    faults.kill(1),
    faults.stop(1),
    faults.start(1),
    faults.pause(1),
    faults.resume(1),
    faults.fillDisk(1),
    faults.freeDisk(1),
  ]) {
    await assert.rejects(refused, isError('usage', /Broker 1 cannot be \w+: Highwater has not started it/));
  }
  await assert.rejects(faults.setLink(7, 'clients', null), isError('usage', /There is no broker 7/));
});

for (const [what, options, message] of [
  ['the links between brokers', { faultNeeds: { ...ofClients, links: ['brokers'] } }, /links between brokers cannot/],
  [
    'the disks of brokers',
    { faultNeeds: { ...ofClients, limitedDisks: new Map([[1, 1e9]]) } },
    /disks of brokers cannot/,
  ],
  [
    'links that are hidden by TLS',
    { faultNeeds: ofClients, security: { ...plainText, tls: trusting(null) } },
    /hidden by TLS/,
  ],
] as const satisfies readonly (readonly [string, OpenOptions, RegExp])[]) {
  test(`${what} cannot be broken on a cluster that is somebody else's`, async () => {
    for (const source of [
      { kind: 'external', brokers: ['127.0.0.1:1'] },
      { kind: 'compose', file: 'no-such-file.yml' },
    ] as const) {
      await assert.rejects(openCluster(source, options), isError('usage', message));
    }
  });
}

test('a cluster whose links are not to be broken is begun where it is, and its partitions can still be watched', async () => {
  await using plain = await openCluster(
    { kind: 'external', brokers: local.brokers },
    { faultNeeds: { links: [], limitedDisks: new Map() } },
  );
  assert.deepEqual(plain.brokers, local.brokers);
  assert.equal(await plain.faults?.controller(), 1);
});

test('a user who must say who he is does so through the proxy', async () => {
  const security = { tls: null, sasl };
  const source = { kind: 'external', brokers: [clientAddress(nodeOf(kafka))] } as const;
  await using proxied = await openCluster(source, { security, faultNeeds: ofClients });
  assert.notDeepEqual(proxied.brokers, source.brokers);
  const ground = await openTopics(proxied);
  assert.deepEqual(await ground.endOffsets(), [0]);
  assert.equal(await proxied.faults?.controller(), 1);
  await proxied.faults?.setLink(1, 'clients', cutLink);
  await assert.rejects(describeMembers(proxied));
});
