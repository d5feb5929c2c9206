/** Gives tests a real broker of their own to stop, pause, kill and start again, on the same ports and with the same data. */
import { execFile } from 'node:child_process';
import { setTimeout as pause } from 'node:timers/promises';
import { promisify } from 'node:util';
import { type BrokerProcess, startBroker } from '../../src/cluster/broker.ts';
import { defaultCacheFolder } from '../../src/support/cache.ts';
import { fastStartFlags } from '../../src/cluster/class-archive.ts';
import type { Cluster } from '../../src/cluster/cluster.ts';
import { openGuard } from '../../src/cluster/guard.ts';
import { fetchJars } from '../../src/cluster/jars.ts';
import { findJava } from '../../src/cluster/java.ts';
import { openLocalCluster } from '../../src/cluster/local.ts';
import { untilServing } from '../../src/cluster/readiness.ts';
import { clientAddress } from '../../src/cluster/server-properties.ts';
import { plainText } from '../../src/drivers/driver.ts';
import { fewInternalPartitions, version } from './real-broker.ts';

export interface FragileBroker extends AsyncDisposable {
  readonly cluster: Cluster;
  /** Ends it at once, as a crash would. */
  kill(): Promise<void>;
  /** Starts it again and waits until it serves. */
  restart(): Promise<void>;
  /** Lets it hold its connections and answer nothing, until it goes on. */
  pause(): Promise<void>;
  goOn(): void;
}

const run = promisify(execFile);

async function thePrograms() {
  const [java, jarsFolder] = await Promise.all([findJava(), fetchJars(version)]);
  const programs = { java, jarsFolder, version, cacheFolder: defaultCacheFolder(), javaFlags: [] };
  return { ...programs, javaFlags: await fastStartFlags(programs) };
}

const signal = (pid: number, name: 'SIGSTOP' | 'SIGCONT'): void => void process.kill(-pid, name);

/** On a busy host a process's threads run on for some milliseconds after it was told to stop. */
async function untilStopped(pid: number): Promise<void> {
  const state = async (): Promise<string> => (await run('ps', ['-o', 'state=', '-p', String(pid)])).stdout.trim();
  while (!(await state()).startsWith('T')) await pause(5);
}

/** A controller lets a broker come back only when it has missed the one before for so long, which is 9 s by Kafka's default. */
const config = {
  ...fewInternalPartitions,
  'broker.session.timeout.ms': 1_500,
  'broker.heartbeat.interval.ms': 300,
};

/** One broker that serves. */
export async function openFragileBroker(): Promise<FragileBroker> {
  await using opened = new AsyncDisposableStack();
  const local = opened.use(await openLocalCluster({ brokers: 1, version, config }));
  const guard = opened.use(await openGuard());
  const programs = await thePrograms();
  let broker = local.processes[0] as BrokerProcess;
  const { node } = broker;
  const brokers = [clientAddress(node)];
  opened.defer(async () => broker.stop('now'));
  const rest = opened.move();
  return {
    cluster: {
      kind: 'local',
      brokers,
      security: plainText,
      clusterId: local.members.clusterId,
      nodes: local.members.nodes,
      brokerCount: 1,
      kafkaVersion: version,
      failure: () => local.failure(),
      [Symbol.asyncDispose]: async () => {},
    },
    kill: async () => broker.stop('now'),
    async restart() {
      broker = await startBroker(node, programs, guard);
      await untilServing({ brokers, security: plainText }, { timeoutMillis: 30_000, signal: undefined });
    },
    async pause() {
      signal(broker.pid, 'SIGSTOP');
      await untilStopped(broker.pid);
    },
    goOn: () => signal(broker.pid, 'SIGCONT'),
    [Symbol.asyncDispose]: () => rest.disposeAsync(),
  };
}
