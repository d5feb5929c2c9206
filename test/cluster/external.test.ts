/** Specifies how somebody else's brokers are found by address, and what is said where none is. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer as createHttpServer } from 'node:http';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { after, before, test } from 'node:test';
import type { Access } from '../../src/cluster/admin.ts';
import { type Cluster, openCluster } from '../../src/cluster/cluster.ts';
import { findExternalCluster } from '../../src/cluster/external.ts';
import { plainText } from '../../src/drivers/driver.ts';
import { HarnessError } from '../../src/support/errors.ts';

const openly = (brokers: readonly string[]): Access => ({ brokers, security: plainText });

let local: Cluster;
before(async () => void (local = await openCluster({ kind: 'local', brokers: 1, version: '4.3.1', config: {} })));
after(() => local?.[Symbol.asyncDispose]());

/** An address at which something listens until the end of the scope. */
async function listening(server: Server): Promise<{ readonly address: string } & Disposable> {
  const sockets = new Set<{ destroy(): void }>();
  server.on('connection', socket => sockets.add(socket));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    address: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    [Symbol.dispose]() {
      server.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}

/** An address at which nothing listens any more. */
async function deserted(): Promise<string> {
  using place = await listening(createServer());
  return place.address;
}

/** Asserts that looking there fails with an error of the environment, within a bound; gives it back. */
async function failureAt(addresses: readonly string[], withinMillis: number): Promise<HarnessError> {
  const before = performance.now();
  let failure: unknown;
  await assert.rejects(findExternalCluster(openly(addresses)), error => {
    failure = error;
    return true;
  });
  assert.ok(performance.now() - before < withinMillis, `it took ${performance.now() - before} ms`);
  assert.ok(failure instanceof HarnessError && failure.reason === 'environment');
  for (const address of addresses) assert.ok(failure.message.includes(address), failure.message);
  return failure;
}

test('the whole cluster is found by the address of one broker, and closing leaves it alone', async () => {
  {
    await using found = await openCluster({ kind: 'external', brokers: local.brokers });
    assert.deepEqual(
      [found.kind, found.clusterId, found.nodes, found.brokerCount, found.kafkaVersion],
      ['external', local.clusterId, local.nodes, 1, '4.3'],
    );
    assert.equal(await found.failure(), undefined);
  }
  assert.equal((await findExternalCluster(local)).clusterId, local.clusterId);
});

test('one address at which a broker listens is enough, wherever it stands in the list', async () => {
  const nowhere = await deserted();
  for (const brokers of [
    [nowhere, ...local.brokers],
    [...local.brokers, nowhere],
  ]) {
    assert.equal((await findExternalCluster(openly(brokers))).clusterId, local.clusterId);
  }
});

test('where nothing listens the error names the addresses, the reason and the remedy, after a few seconds at most', async () => {
  const failure = await failureAt([await deserted(), await deserted()], 5_000);
  assert.match(failure.message, /connection refused after 3 tries/);
  assert.match(failure.hint ?? '', /leave them out to have a local Kafka started/);
});

test('a host that does not exist is named as such', async () => {
  const failure = await failureAt(['no-such-host.invalid:9092'], 10_000);
  assert.match(failure.message, /unknown host|could not be looked up/);
});

for (const [what, server] of [
  ['speaks HTTP', () => createHttpServer((_, response) => void response.end())],
  ['says nothing', () => createServer()],
  ['hangs up', () => createServer(socket => socket.destroy())],
] as const) {
  test(`something that listens but ${what} is said to be no broker, within a bound`, async () => {
    using place = await listening(server());
    const failure = await failureAt([place.address], 20_000);
    assert.match(failure.message, /does not answer as a Kafka broker/);
    assert.match(failure.hint ?? '', /listener for clients/);
  });
}

test('looking for brokers can be given up', async () => {
  const reason = new Error('given up');
  await assert.rejects(findExternalCluster(openly([await deserted()]), AbortSignal.abort(reason)), error => {
    assert.ok(error === reason || (error as Error).cause === reason);
    return true;
  });
});
