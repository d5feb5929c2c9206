/** Starts real Apache Kafka brokers on this host, and sees to it that they end. */
import { copyFile, mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { plainText } from '../drivers/driver.ts';
import { HarnessError } from '../support/errors.ts';
import { type BrokerEnd, type BrokerProcess, configureBroker, logFileOf, logTail, startBroker } from './broker.ts';
import { type CacheOptions, defaultCacheFolder } from '../support/cache.ts';
import { fastStartFlags } from './class-archive.ts';
import { makeClusterFolder, removeDeadFolders, removeFolder } from './folders.ts';
import { withSpaceIn } from '../support/full-disk.ts';
import { type Guard, openGuard } from './guard.ts';
import { fetchJars } from './jars.ts';
import { findJava } from './java.ts';
import {
  addScramUsers,
  type Demands,
  demandsNothing,
  listenerSettings,
  makeKeystore,
  noDemands,
  protocolOf,
} from './listener.ts';
import { freePorts, requireFree } from './ports.ts';
import { type ClusterMembers, untilServing } from './readiness.ts';
import {
  type BrokerConfig,
  type BrokerNode,
  clientAddress,
  internalAddress,
  layOutNodes,
  serverSettings,
} from './server-properties.ts';
import { formatStorage, type KafkaPrograms, randomKafkaUuid } from './storage.ts';

/** What to start. */
export interface LocalSettings {
  readonly brokers: number;
  /** The release of Apache Kafka. */
  readonly version: string;
  /** Applied to every broker. */
  readonly config: BrokerConfig;
  /** What clients must do to be let in; nothing unless given. Brokers and controllers talk to each other in plain text. */
  readonly demands?: Demands;
}

/** How to start it. */
export interface LocalOptions extends CacheOptions {
  readonly signal?: AbortSignal | undefined;
  /** Where clients shall reach the brokers, one port each; free ones unless given. */
  readonly clientPorts?: readonly number[];
}

/** Brokers that serve. Disposing kills them and removes their data. */
export interface LocalCluster extends AsyncDisposable {
  readonly members: ClusterMembers;
  /** PEM of the certificate that clients are to trust; null without TLS. */
  readonly certificate: string | null;
  readonly processes: readonly BrokerProcess[];
  /** The error of a broker that has ended though nobody stopped it; undefined while all is well. */
  failure(): Promise<HarnessError | undefined>;
}

const startTimeoutMillis = 60_000;
const attemptsWithOtherPorts = 3;

/** What Kafka logs when somebody took a port between the search and the start. */
const portTaken = /Address already in use|Failed to bind|BindException/i;

/** Gets the jars and a Java, which are two downloads at first and nothing afterwards. */
async function preparePrograms(version: string, options: CacheOptions): Promise<KafkaPrograms> {
  const [jarsFolder, java] = await Promise.all([fetchJars(version, options), findJava(options)]);
  const cacheFolder = options.cacheFolder ?? defaultCacheFolder();
  const programs: KafkaPrograms = { java, jarsFolder, version, cacheFolder, javaFlags: [] };
  return { ...programs, javaFlags: await fastStartFlags(programs, options.onProgress) };
}

/** Copies a broker's log to where the removal of its data does not reach; undefined where that cannot be written to. */
async function keepLog(node: BrokerNode): Promise<string | undefined> {
  try {
    const kept = join(await mkdtemp(join(tmpdir(), 'highwater-kafka-log-')), `broker-${node.id}.log`);
    await copyFile(logFileOf(node), kept);
    return kept;
  } catch {
    return undefined; // a full disk is a reason for brokers to end: it must not hide itself
  }
}

/** Keeps a broker's log, and says what happened. */
async function brokerFailed(node: BrokerNode, { exitCode, signal }: BrokerEnd): Promise<HarnessError> {
  const [kept, tail] = await Promise.all([keepLog(node), logTail(node)]);
  const said = tail === '' ? 'It logged nothing.' : `The end of its log:\n${tail}`;
  const log = kept === undefined ? 'Its log could not be kept' : `Its whole log is ${kept}`;
  return new HarnessError(
    'environment',
    `Broker ${node.id} ended by itself (${signal ?? `exit code ${exitCode}`}). ${said}`,
    { hint: `${log}; check cluster.local.config, the free memory and the free disk space.` },
  );
}

/** What happened to a broker that was not asked to end; its log is kept once, however often that is asked. */
const failures = new WeakMap<BrokerProcess, Promise<HarnessError>>();
function failureOf(broker: BrokerProcess, end: BrokerEnd): Promise<HarnessError> {
  const failure = failures.get(broker) ?? brokerFailed(broker.node, end);
  failures.set(broker, failure);
  return failure;
}

/** Waits until the brokers serve at these addresses, in plain text, or until one of them has ended. */
async function untilServingOrEnded(
  processes: readonly BrokerProcess[],
  brokers: readonly string[],
  signal: AbortSignal | undefined,
): Promise<ClusterMembers> {
  const waiting = new AbortController();
  const deaths = processes.map(async broker => {
    const end = await broker.ended;
    if (end.asked) return new Promise<never>(() => {});
    throw await failureOf(broker, end);
  });
  const signals = signal === undefined ? [waiting.signal] : [waiting.signal, signal];
  const access = { brokers, security: plainText };
  const serving = untilServing(access, { timeoutMillis: startTimeoutMillis, signal: AbortSignal.any(signals) });
  serving.catch(() => {}); // it loses the race against a death, and then stops
  try {
    return await Promise.race([serving, ...deaths]);
  } finally {
    waiting.abort();
  }
}

/** Where brokers stand; found once for each attempt to start them. */
async function choosePorts(brokers: number, asked: readonly number[] | undefined): Promise<number[]> {
  const free = await freePorts(brokers * 3);
  if (asked === undefined) return free;
  if (asked.length !== brokers) throw new Error(`${brokers} brokers were given ${asked.length} client ports`);
  await requireFree(asked);
  return free.map((port, index) => (index % 3 === 0 ? (asked[index / 3] as number) : port));
}

/** What a started cluster holds, from the first thing taken to the last. */
interface Holdings {
  readonly guard: Guard;
  readonly folder: string;
  readonly processes: BrokerProcess[];
}

async function release({ guard, folder, processes }: Holdings): Promise<void> {
  await Promise.all(processes.map(broker => broker.stop('now')));
  await removeFolder(folder);
  await guard[Symbol.asyncDispose]();
}

async function startBrokers(
  programs: KafkaPrograms,
  settings: LocalSettings,
  { signal, clientPorts }: LocalOptions,
  { guard, folder, processes }: Holdings,
): Promise<Pick<LocalCluster, 'members' | 'certificate'>> {
  const { config, demands = noDemands } = settings;
  const ports = await choosePorts(settings.brokers, clientPorts);
  const nodes = layOutNodes(settings.brokers, ports, id => join(folder, `broker-${id}`));
  const storages = nodes.map(node => ({ id: node.id, dataFolder: join(node.folder, 'data') }));
  await formatStorage(programs, randomKafkaUuid(), storages);
  const { tls } = demands;
  const keystore = tls === null ? null : await makeKeystore(programs, folder, tls.serverName);
  const listener = { protocol: protocolOf(demands), settings: listenerSettings(demands, keystore) };
  for (const node of nodes) {
    await configureBroker(node, serverSettings(node, nodes, config, listener));
    processes.push(await startBroker(node, programs, guard));
  }
  const certificate = keystore?.certificate ?? null;
  if (demandsNothing(demands)) {
    return { members: await untilServingOrEnded(processes, nodes.map(clientAddress), signal), certificate };
  }
  const members = await untilServingOrEnded(processes, nodes.map(internalAddress), signal);
  await addScramUsers(internalAddress(nodes[0] as BrokerNode), demands.users);
  return { members: asClientsSee(members, nodes), certificate };
}

/** The members with the addresses of the listener for clients in place of those for each other. */
function asClientsSee({ clusterId, nodes: members }: ClusterMembers, nodes: readonly BrokerNode[]): ClusterMembers {
  const portOf = (id: number, otherwise: number): number => nodes.find(node => node.id === id)?.clientPort ?? otherwise;
  return { clusterId, nodes: members.map(member => ({ ...member, port: portOf(member.id, member.port) })) };
}

async function firstFailure(processes: readonly BrokerProcess[]): Promise<HarnessError | undefined> {
  for (const broker of processes) {
    const end = broker.end();
    if (end !== undefined && !end.asked) return failureOf(broker, end);
  }
  return undefined;
}

async function startOnce(
  programs: KafkaPrograms,
  settings: LocalSettings,
  options: LocalOptions,
): Promise<LocalCluster> {
  const guard = await openGuard();
  const folder = await makeClusterFolder();
  guard.remove(folder);
  const holdings: Holdings = { guard, folder, processes: [] };
  try {
    const started = await startBrokers(programs, settings, options, holdings);
    return {
      ...started,
      processes: holdings.processes,
      failure: () => firstFailure(holdings.processes),
      [Symbol.asyncDispose]: () => release(holdings),
    };
  } catch (error) {
    await release(holdings);
    throw error;
  }
}

/**
 * Starts brokers in KRaft mode and waits until they serve: up to three controllers, listeners of their own for clients,
 * brokers and controllers. A port that somebody takes in the meantime is no reason to fail: others are tried.
 * @throws HarnessError 'usage' for a release or a setting that cannot be had, 'environment' where the host does not let them start
 */
export async function openLocalCluster(settings: LocalSettings, options: LocalOptions = {}): Promise<LocalCluster> {
  const programs = await preparePrograms(settings.version, options);
  await removeDeadFolders();
  for (let attempt = 1; ; attempt++) {
    options.signal?.throwIfAborted();
    try {
      return await withSpaceIn(tmpdir(), 'TMPDIR', () => startOnce(programs, settings, options));
    } catch (error) {
      const isLast = attempt === attemptsWithOtherPorts || options.clientPorts !== undefined;
      if (isLast || !(error instanceof HarnessError) || !portTaken.test(error.message)) throw error;
    }
  }
}
