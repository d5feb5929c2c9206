/** Keeps brokers running after the program that started them has ended, until it is told to stop. A process of its own. */
import { createServer, type Server } from 'node:net';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { rm } from 'node:fs/promises';
import { type SerializedError, serializeError } from '../support/errors.ts';
import { writeFileAtomic } from '../support/files.ts';
import { logFileOf } from './broker.ts';
import type { Asked, KeeperAnswer, KeptState } from './kept-state.ts';
import { type LocalCluster, openLocalCluster } from './local.ts';
import { clientAddress } from './server-properties.ts';

/** What it is started with. */
export interface KeeperOrder {
  readonly cacheFolder: string;
  readonly stateFile: string;
  readonly token: string;
  readonly brokers: number;
  readonly version: string;
}

/** What it tells the program that started it, for as long as that listens. */
export type FromKeeper =
  | { readonly type: 'progress'; readonly message: string }
  | { readonly type: 'ready'; readonly state: KeptState }
  | { readonly type: 'failed'; readonly error: SerializedError };

const order = JSON.parse(process.argv[2] ?? '{}') as KeeperOrder;
const tell = (message: FromKeeper): void => void process.send?.(message, () => undefined);

await keep().catch((error: unknown) => tell({ type: 'failed', error: serializeError(error) }));
if (process.connected) process.disconnect();

async function keep(): Promise<void> {
  const giveUp = new AbortController();
  // whoever asked for the brokers went away before they served: nobody knows of them
  process.once('disconnect', () => giveUp.abort());
  const { brokers, version } = order;
  const onProgress = (message: string): void => tell({ type: 'progress', message });
  await using cluster = await openLocalCluster(
    { brokers, version, config: {} },
    { cacheFolder: order.cacheFolder, onProgress, signal: giveUp.signal },
  );
  giveUp.signal.throwIfAborted();
  const stopped = untilSignal();
  const { server, told } = await listen(cluster);
  const state = stateOf(cluster, server);
  await writeFileAtomic(order.stateFile, JSON.stringify(state, null, 2));
  tell({ type: 'ready', state });
  const answer = await Promise.race([stopped, told]);
  await cluster[Symbol.asyncDispose]();
  await rm(order.stateFile, { force: true });
  answer?.();
  server.close();
}

function untilSignal(): Promise<undefined> {
  const signals = ['SIGTERM', 'SIGINT', 'SIGHUP'];
  return Promise.race(signals.map(signal => once(process, signal))).then(() => undefined);
}

function stateOf(cluster: LocalCluster, server: Server): KeptState {
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the keeper listens at no port');
  return {
    stateVersion: 1,
    pid: process.pid,
    startedAt: new Date().toISOString(),
    controlPort: address.port,
    token: order.token,
    kafkaVersion: order.version,
    clusterId: cluster.members.clusterId,
    brokers: cluster.processes.map(({ node, pid }) => ({
      id: node.id,
      address: clientAddress(node),
      pid,
      folder: node.folder,
      logFile: logFileOf(node),
    })),
  };
}

/** Answers who knows the token; `told` settles with how to answer once it has stopped. */
async function listen(cluster: LocalCluster): Promise<{ readonly server: Server; readonly told: Promise<() => void> }> {
  const told = Promise.withResolvers<() => void>();
  const server = createServer(socket => {
    socket.on('error', () => undefined);
    createInterface({ input: socket }).once('line', line => {
      const { token, ask } = JSON.parse(line) as Asked;
      const answer = (said: KeeperAnswer): void => void socket.end(`${JSON.stringify(said)}\n`);
      if (token !== order.token) socket.destroy();
      else if (ask === 'stop') told.resolve(() => answer({ stopped: true, failure: null }));
      else void cluster.failure().then(failure => answer({ stopped: false, failure: failure?.message ?? null }));
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { server, told: told.promise };
}
