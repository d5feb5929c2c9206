/** Starts, finds and stops the one local cluster that is kept running between runs. */
import { type ChildProcess, fork } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { readFile, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { dirname, extname, resolve } from 'node:path';
import { json } from 'node:stream/consumers';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { plainText } from '../drivers/driver.ts';
import { defaultCacheFolder, exclusively, isProcessAlive, type OnProgress } from '../support/cache.ts';
import { deserializeError, HarnessError } from '../support/errors.ts';
import { killGroup } from '../support/processes.ts';
import { isClusterFolder, removeDeadFolders, removeFolder } from './folders.ts';
import type { FromKeeper, KeeperOrder } from './keeper-process.ts';
import { type Asked, type KeeperAnswer, KeptState, stateFileIn } from './kept-state.ts';
import { describeMembers } from './readiness.ts';

/** What became of the cluster that was kept, if one was. */
export type KeptCluster =
  | { readonly state: 'none' }
  | { readonly state: 'running'; readonly kept: KeptState; readonly failure: string | null }
  /** It is remembered and not there: the host was started anew, or its keeper was killed. */
  | { readonly state: 'stale'; readonly kept: KeptState | null };

/** Null for a file of another version of Highwater, or a damaged one; undefined where there is none. */
async function readState(file: string): Promise<KeptState | null | undefined> {
  const text = await readFile(file, 'utf8').catch(() => undefined);
  if (text === undefined) return undefined;
  try {
    return KeptState.parse(JSON.parse(text));
  } catch {
    return null;
  }
}

/** A busy host may keep the keeper from answering for seconds; ending brokers takes longer. */
const answerMillis = { status: 20_000, stop: 60_000 };

const silence = [
  'The process that keeps the cluster does not answer.',
  { hint: 'Try again when the host is less busy, or end it: its brokers go with it.' },
] as const;

/** What the keeper answers; rejects where nobody listens there who knows the token. */
async function askKeeper(
  { controlPort, token }: KeptState,
  ask: Asked['ask'],
  withinMillis = answerMillis[ask],
): Promise<KeeperAnswer> {
  const socket = connect(controlPort, '127.0.0.1');
  socket.setTimeout(withinMillis, () => socket.destroy(new HarnessError('environment', ...silence)));
  await once(socket, 'connect');
  socket.write(`${JSON.stringify({ token, ask } satisfies Asked)}\n`);
  return (await json(socket)) as KeeperAnswer;
}

/** Looks for the kept cluster. */
export async function findKeptCluster(cacheFolder = defaultCacheFolder(), withinMillis?: number): Promise<KeptCluster> {
  const kept = await readState(stateFileIn(cacheFolder));
  if (kept === undefined) return { state: 'none' };
  if (kept === null) return { state: 'stale', kept };
  try {
    const { failure } = await askKeeper(kept, 'status', withinMillis);
    return { state: 'running', kept, failure };
  } catch (error) {
    // one that is silent is there: what belongs to it must not be cleared up
    const isSilent = error instanceof HarnessError && isProcessAlive(kept.pid);
    return isSilent ? { state: 'running', kept, failure: error.message } : { state: 'stale', kept };
  }
}

/** Removes what a keeper left that could not clear up after itself. */
async function forget(kept: KeptState | null, cacheFolder: string): Promise<void> {
  if (kept !== null) {
    // whoever answers by the cluster's random id is the cluster: its processes are those that were written down
    const brokers = kept.brokers.map(({ address }) => address);
    const members = await describeMembers({ brokers, security: plainText }).catch(() => null);
    if (members?.clusterId === kept.clusterId) for (const { pid } of kept.brokers) killGroup(pid, 'SIGKILL');
    const folders = new Set(kept.brokers.map(one => dirname(one.folder)).filter(isClusterFolder));
    for (const folder of folders) await removeFolder(folder);
  }
  await rm(stateFileIn(cacheFolder), { force: true });
  await removeDeadFolders();
}

/** What to keep running. */
export interface KeptSettings {
  readonly brokers: number;
  /** The release of Apache Kafka. */
  readonly version: string;
}

/** How it is started. */
export interface KeptOptions {
  readonly cacheFolder?: string;
  readonly onProgress?: OnProgress;
}

/**
 * Starts brokers that go on when this program ends; the remains of a stale cluster are cleared up first.
 * @throws HarnessError 'usage' where one runs already, 'environment' where brokers cannot be started
 */
export async function startKeptCluster(
  settings: KeptSettings,
  { cacheFolder = defaultCacheFolder(), onProgress }: KeptOptions = {},
): Promise<KeptState> {
  const stateFile = resolve(stateFileIn(cacheFolder));
  return await exclusively(dirname(stateFile), async () => {
    const found = await findKeptCluster(cacheFolder);
    if (found.state === 'running') throw alreadyRunning(found.kept);
    if (found.state === 'stale') await forget(found.kept, cacheFolder);
    onProgress?.(
      `starting Apache Kafka ${settings.version}, ${settings.brokers === 1 ? 'one broker' : `${settings.brokers} brokers`}`,
    );
    return await startKeeper(
      { ...settings, cacheFolder: resolve(cacheFolder), stateFile, token: randomUUID() },
      onProgress,
    );
  });
}

const alreadyRunning = ({ brokers }: KeptState): HarnessError =>
  new HarnessError('usage', `A cluster is kept already: ${brokers.map(({ address }) => address).join(',')}.`, {
    hint: '`highwater cluster down` stops it.',
  });

async function startKeeper(order: KeeperOrder, onProgress: OnProgress | undefined): Promise<KeptState> {
  const entry = new URL(`./keeper-process${extname(import.meta.filename)}`, import.meta.url);
  const keeper = fork(fileURLToPath(entry), [JSON.stringify(order)], {
    cwd: dirname(order.stateFile), // it shall hold no folder of its user's
    detached: true,
    stdio: 'ignore',
    execArgv: [],
  });
  try {
    return await untilReady(keeper, onProgress);
  } finally {
    if (keeper.connected) keeper.disconnect();
    keeper.unref();
  }
}

function untilReady(keeper: ChildProcess, onProgress: OnProgress | undefined): Promise<KeptState> {
  return new Promise((resolve, reject) => {
    keeper.on('message', (message: FromKeeper) => {
      if (message.type === 'progress') onProgress?.(message.message);
      else if (message.type === 'ready') resolve(message.state);
      else reject(deserializeError(message.error));
    });
    keeper.once('error', reject);
    keeper.once('exit', (exitCode, signal) =>
      reject(
        new HarnessError('environment', `The keeper of the brokers ended (${signal ?? `exit code ${exitCode}`}).`, {
          hint: 'Check free memory and `highwater doctor`.',
        }),
      ),
    );
  });
}

const exitMillis = 5_000;

/** It answers when brokers and data are gone, and ends itself then. */
async function stopKeeper(kept: KeptState): Promise<void> {
  await askKeeper(kept, 'stop');
  const deadline = performance.now() + exitMillis;
  while (isProcessAlive(kept.pid) && performance.now() < deadline) await pause(20);
}

/** Stops the kept cluster and removes its data; returns what was there. */
export async function stopKeptCluster(cacheFolder = defaultCacheFolder()): Promise<KeptCluster> {
  return await exclusively(dirname(stateFileIn(cacheFolder)), async () => {
    const found = await findKeptCluster(cacheFolder);
    if (found.state === 'running') await stopKeeper(found.kept);
    if (found.state === 'stale') await forget(found.kept, cacheFolder);
    return found;
  });
}
