/** Specifies the search for ports that nobody listens on. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { test } from 'node:test';
import { freePorts, requireFree } from '../../src/cluster/ports.ts';
import { HarnessError } from '../../src/support/errors.ts';

async function aListener() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return { port, [Symbol.dispose]: () => void server.close() };
}

test('free ports differ, and lie below those that the system hands out', async () => {
  const ports = await freePorts(30);
  assert.equal(new Set(ports).size, 30);
  assert.ok(ports.every(port => port >= 20_000 && port < 32_000));
  await requireFree(ports);
});

test('a port that somebody listens on is named', async () => {
  using listener = await aListener();
  await assert.rejects(requireFree([listener.port]), (error: unknown) => {
    assert.ok(error instanceof HarnessError && error.reason === 'environment');
    assert.ok(error.message.includes(String(listener.port)));
    return true;
  });
});
