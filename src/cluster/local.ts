/** Starts real Apache Kafka brokers on this host, and sees to it that they end. */
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { plainText } from '../drivers/driver.ts';
import { splitAddress } from '../support/address.ts';
import { HarnessError } from '../support/errors.ts';
import { type BrokerProcess, configureBroker } from './broker.ts';
import { failureOf } from './broker-failure.ts';
import { type CacheOptions, defaultCacheFolder } from '../support/cache.ts';
import { fastStartFlags } from './class-archive.ts';
import type { Link } from '../support/link-fault.ts';
import { type ClusterFaults, type FaultNeeds, noFaultNeeds } from './faults.ts';
import { type LimitedDisk, mountLimitedDisk } from './faults/limited-disk.ts';
import { LocalBroker } from './faults/local-broker.ts';
import { type Breakable, LocalFaults, routeId } from './faults/local-faults.ts';
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
import { openProxies } from './proxy/proxies.ts';
import { type ClusterMembers, untilServing } from './readiness.ts';
import {
  type BrokerConfig,
  type BrokerNode,
  clientAddress,
  type ClientListener,
  dataFolderOf,
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
  /** What is to be readied for faults; unless given, the cluster has none. */
  readonly faultNeeds?: FaultNeeds;
}

/** Brokers that serve. Disposing kills them and removes their data. */
export interface LocalCluster extends AsyncDisposable {
  readonly members: ClusterMembers;
  /** PEM of the certificate that clients are to trust; null without TLS. */
  readonly certificate: string | null;
  /** Where clients reach the brokers. */
  readonly addresses: readonly string[];
  /** Of each broker the one that runs, or the last that did. */
  readonly processes: readonly BrokerProcess[];
  /** Undefined where no `faultNeeds` were given. */
  readonly faults?: ClusterFaults;
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

/** What may be broken later is readied before the brokers start; each part goes with `opened`. */
async function readyForFaults(
  needs: FaultNeeds,
  nodes: readonly BrokerNode[],
  guard: Guard,
  opened: AsyncDisposableStack,
): Promise<Pick<Breakable, 'disks' | 'proxies'>> {
  const ids = nodes.map(({ id }) => id);
  const unknown = [...needs.limitedDisks.keys()].filter(id => !ids.includes(id));
  if (unknown.length > 0) {
    throw new HarnessError('usage', `There is no broker ${unknown.join(', ')} whose disk could be limited.`, {
      hint: `The brokers are ${ids.join(', ')}.`,
    });
  }
  const disks = new Map<number, LimitedDisk>();
  for (const node of nodes) {
    const bytes = needs.limitedDisks.get(node.id);
    if (bytes !== undefined) disks.set(node.id, opened.use(await mountLimitedDisk(dataFolderOf(node), bytes, guard)));
  }
  if (needs.links.length === 0) return { disks, proxies: undefined };
  const routes = nodes.flatMap(node =>
    needs.links.map(link => ({
      id: routeId(node.id, link),
      target: link === 'clients' ? clientAddress(node) : internalAddress(node),
    })),
  );
  return { disks, proxies: opened.use(await openProxies(routes)) };
}

/** What the listeners for clients are told of what they demand, and the certificate that clients are to trust then. */
async function demanding(
  demands: Demands,
  programs: KafkaPrograms,
  folder: string,
): Promise<{ readonly client: ClientListener; readonly certificate: string | null }> {
  const { tls } = demands;
  const keystore = tls === null ? null : await makeKeystore(programs, folder, tls.serverName);
  const client = { protocol: protocolOf(demands), settings: listenerSettings(demands, keystore) };
  return { client, certificate: keystore?.certificate ?? null };
}

/** Waits until brokers that were just started serve, and lets the users in that are demanded. */
async function untilOpen(
  brokers: readonly LocalBroker[],
  addresses: readonly string[],
  demands: Demands,
  signal: AbortSignal | undefined,
): Promise<ClusterMembers> {
  const nodes = brokers.map(({ node }) => node);
  const processes = brokers.map(({ process }) => process);
  if (demandsNothing(demands)) return untilServingOrEnded(processes, nodes.map(clientAddress), signal);
  const members = await untilServingOrEnded(processes, nodes.map(internalAddress), signal);
  await addScramUsers(internalAddress(nodes[0] as BrokerNode), demands.users);
  // the brokers were asked where they reach each other: clients reach them elsewhere
  const placeOf = new Map(nodes.map(({ id }, index) => [id, splitAddress(addresses[index] as string)]));
  return { ...members, nodes: members.nodes.map(member => ({ ...member, ...placeOf.get(member.id) })) };
}

async function firstFailure(brokers: readonly LocalBroker[]): Promise<HarnessError | undefined> {
  for (const broker of brokers) {
    const failure = await broker.failure();
    if (failure !== undefined) return failure;
  }
  return undefined;
}

async function startOnce(
  programs: KafkaPrograms,
  settings: LocalSettings,
  { signal, clientPorts, faultNeeds }: LocalOptions,
): Promise<LocalCluster> {
  const { config, demands = noDemands } = settings;
  await using opened = new AsyncDisposableStack();
  const guard = opened.use(await openGuard());
  const folder = await makeClusterFolder();
  guard.remove(folder);
  opened.defer(() => removeFolder(folder));

  const ports = await choosePorts(settings.brokers, clientPorts);
  const nodes = layOutNodes(settings.brokers, ports, id => join(folder, `broker-${id}`));
  const ready = await readyForFaults(faultNeeds ?? noFaultNeeds, nodes, guard, opened);
  const advertised = (node: BrokerNode, link: Link) => ready.proxies?.addresses.get(routeId(node.id, link));
  const addresses = nodes.map(node => advertised(node, 'clients') ?? clientAddress(node));
  await formatStorage(
    programs,
    randomKafkaUuid(),
    nodes.map(node => ({ id: node.id, dataFolder: dataFolderOf(node) })),
  );
  const { client, certificate } = await demanding(demands, programs, folder);

  const brokers: LocalBroker[] = [];
  opened.defer(async () => void (await Promise.all(brokers.map(broker => broker.close()))));
  for (const node of nodes) {
    const listeners = {
      client,
      advertised: { clients: advertised(node, 'clients'), brokers: advertised(node, 'brokers') },
    };
    await configureBroker(node, serverSettings(node, nodes, config, listeners));
    brokers.push(await LocalBroker.start(node, { programs, guard }));
  }
  const members = await untilOpen(brokers, addresses, demands, signal);
  for (const broker of brokers) await broker.giveWay(); // Linux has them in turn anyway
  const breakable = { ...ready, brokers, needs: faultNeeds ?? noFaultNeeds };
  const faults = faultNeeds === undefined ? undefined : opened.use(new LocalFaults(breakable));
  const held = opened.move();
  return {
    members,
    addresses,
    certificate,
    ...(faults === undefined ? {} : { faults }),
    get processes() {
      return brokers.map(({ process }) => process);
    },
    failure: async () => (await firstFailure(brokers)) ?? ready.proxies?.failure(),
    [Symbol.asyncDispose]: () => held.disposeAsync(),
  };
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
