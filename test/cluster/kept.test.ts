import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { findKeptCluster } from '../../src/cluster/kept.ts';
import { type KeptState, stateFileIn } from '../../src/cluster/kept-state.ts';

/** More than any process has for a number. */
const deadPid = 2 ** 30;

/** What is found where that port is written down as the keeper's. */
async function found(behaviour: (socket: Socket) => void, state: Partial<KeptState> = {}) {
  const cacheFolder = await mkdtemp(join(tmpdir(), 'highwater-test-state-'));
  const sockets = new Set<Socket>();
  const server = createServer(socket => {
    sockets.add(socket.on('error', () => undefined));
    behaviour(socket);
  }).listen(0, '127.0.0.1');
  try {
    await once(server, 'listening');
    const written: KeptState = {
      stateVersion: 1,
      pid: process.pid,
      startedAt: '2026-01-02T03:04:05.000Z',
      controlPort: (server.address() as AddressInfo).port,
      token: 'told',
      kafkaVersion: '4.3.1',
      clusterId: 'id',
      brokers: [{ id: 1, address: '127.0.0.1:1', pid: deadPid, folder: '', logFile: '' }],
      ...state,
    };
    await mkdir(join(cacheFolder, 'cluster'));
    await writeFile(stateFileIn(cacheFolder), JSON.stringify(written));
    return await findKeptCluster(cacheFolder, 200);
  } finally {
    for (const socket of sockets) socket.destroy();
    server.close();
    await rm(cacheFolder, { recursive: true });
  }
}

const answering = (text: string) => (socket: Socket) => void socket.once('data', () => socket.end(text));
const silent = (): void => undefined;

test('a keeper that answers keeps a cluster', async () => {
  const { state } = await found(answering('{ "stopped": false, "failure": null }\n'));
  assert.equal(state, 'running');
});

test('one that tells of a broker that ended keeps a cluster that is not well', async () => {
  const kept = await found(answering('{ "stopped": false, "failure": "Broker 1 ended by itself" }\n'));
  assert.equal(kept.state === 'running' && kept.failure, 'Broker 1 ended by itself');
});

test('one that is too busy to answer is not taken for gone: its brokers are still there', async () => {
  const kept = await found(silent);
  assert.match(String(kept.state === 'running' && kept.failure), /does not answer/);
});

test('where its process has ended, whoever is silent at its port is somebody else', async () => {
  assert.equal((await found(silent, { pid: deadPid })).state, 'stale');
});

test('so is whoever does not know the token', async () => {
  assert.equal((await found(socket => void socket.destroy())).state, 'stale');
  assert.equal((await found(answering('who are you?\n'))).state, 'stale');
});
