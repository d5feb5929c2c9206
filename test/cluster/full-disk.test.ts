/** Specifies what is said when a disk is full: of the cache, of a cluster's data, and of a broker that runs into it. */
import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { readdir, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { exclusively } from '../../src/support/cache.ts';
import { download } from '../../src/cluster/download.ts';
import { openLocalCluster } from '../../src/cluster/local.ts';
import { clientAddress } from '../../src/cluster/server-properties.ts';
import { plainText } from '../../src/drivers/driver.ts';
import { openKafka } from '../../src/drivers/kafkajs/client.ts';
import { HarnessError } from '../../src/support/errors.ts';
import { aSmallDisk, whyNoSmallDisk } from './small-disk.ts';

const oneBroker = { brokers: 1, version: '4.3.1', config: {} };

const skip = await whyNoSmallDisk();

/** Asserts an error of the environment that says so, with a remedy. */
const assertFull = (work: Promise<unknown>, message: RegExp, hint: RegExp): Promise<void> =>
  assert.rejects(work, (error: unknown) => {
    assert.ok(error instanceof HarnessError && error.reason === 'environment', String(error));
    assert.match(error.message, message);
    assert.match(error.hint ?? '', hint);
    return true;
  });

test('a download that finds no space says so, and does not speak of the network', { skip }, async t => {
  await using disk = await aSmallDisk(65_536);
  const content = randomBytes(200_000);
  const requests: unknown[] = [];
  const server = createServer((request, response) => {
    requests.push(request);
    response.end(content);
  });
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  t.after(() => server.close());
  const { port } = server.address() as AddressInfo;
  const sha256 = createHash('sha256').update(content).digest('hex');
  const wanted = {
    url: `http://127.0.0.1:${port}/a.jar`,
    file: join(disk.folder, 'a.jar'),
    sha256,
    sizeBytes: 200_000,
  };
  await assertFull(download(wanted), /of 200000 bytes came.*no space left/, /Free some space .*HIGHWATER_CACHE/);
  assert.equal(requests.length, 1, 'asking again makes no space');
});

test('a cache without space for its lock says so', { skip }, async () => {
  await using disk = await aSmallDisk(4_096);
  await writeFile(join(disk.folder, 'full'), Buffer.alloc(4_096));
  const filling = exclusively(join(disk.folder, 'folder'), async () => undefined);
  await assertFull(filling, /The disk of .*folder is full/, /Free some space .*HIGHWATER_CACHE/);
});

/** Lets the data of clusters, and the logs that outlive them, go to a folder until the end of the test. */
function keepDataIn(folder: string, t: TestContext): void {
  const usual = process.env['TMPDIR'];
  process.env['TMPDIR'] = folder;
  t.after(() => {
    if (usual === undefined) delete process.env['TMPDIR'];
    else process.env['TMPDIR'] = usual;
  });
}

/** What lies in a folder, apart from kept logs. */
const clustersIn = async (folder: string): Promise<string[]> =>
  (await readdir(folder)).filter(name => !name.startsWith('highwater-kafka-log-'));

for (const [what, bytes, message, hint] of [
  ['is full before the broker starts', 4_096, /The disk of .* is full/, /Free some space .*TMPDIR/],
  ['runs full while the broker starts', 24_576, /Broker 1 ended by itself/, /the free disk space/],
] as const) {
  test(`a disk that ${what} is an error that says what to look at, and no cluster is left on it`, { skip }, async t => {
    await using disk = await aSmallDisk(bytes);
    keepDataIn(disk.folder, t);
    await assertFull(openLocalCluster(oneBroker), message, hint);
    assert.deepEqual(await clustersIn(disk.folder), []);
  });
}

test('a broker whose disk runs full under load ends, and its failure says what to look at', { skip }, async t => {
  await using disk = await aSmallDisk(4_000_000);
  keepDataIn(disk.folder, t);
  await using cluster = await openLocalCluster(oneBroker);
  const [broker] = cluster.processes;
  assert.ok(broker !== undefined);
  const kafka = openKafka(
    { brokers: [clientAddress(broker.node)], security: plainText, clientId: 'full-disk-test' },
    { retry: { retries: 0 } },
  );
  const [admin, producer] = [kafka.admin(), kafka.producer()];
  await admin.connect();
  await admin.createTopics({ topics: [{ topic: 'full' }] });
  await admin.disconnect();
  await producer.connect();
  const value = randomBytes(500_000);
  for (let i = 0; i < 20 && broker.end() === undefined; i++) {
    await producer.send({ topic: 'full', messages: [{ value }] }).catch(() => undefined);
  }
  await producer.disconnect();
  assert.equal((await broker.ended).asked, false);
  const failure = await cluster.failure();
  assert.match(failure?.message ?? '', /Broker 1 ended by itself[^]*No space left on device/);
  assert.match(failure?.hint ?? '', /the free disk space/);
});
