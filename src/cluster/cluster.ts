/** Turns a scenario's `cluster` into brokers that answer: started here, started by docker compose, or somebody else's. */
import type { BrokerSource } from '../scenario/blocks/cluster.ts';
import { type ClientSecurity, plainText } from '../drivers/driver.ts';
import type { HarnessError } from '../support/errors.ts';
import type { OnProgress } from '../support/cache.ts';
import { openComposeCluster } from './compose.ts';
import { findExternalCluster } from './external.ts';
import type { ClusterFaults, FaultNeeds } from './faults.ts';
import { demandsOf } from './listener.ts';
import { openLocalCluster } from './local.ts';
import { type ClusterMembers, type ClusterNode, untilServing } from './readiness.ts';
import { requireLinksAlone } from './proxy/require-links-alone.ts';
import { releaseAt } from './release.ts';

/** Brokers that answer. Disposing it ends those that were started for it, and touches no others. */
export interface Cluster extends AsyncDisposable {
  readonly kind: BrokerSource['kind'];
  /** Where clients begin: `host:port` each. */
  readonly brokers: readonly string[];
  /** Where the brokers are, where `brokers` are proxies before them. */
  readonly brokersAt?: readonly string[];
  /** How clients speak to them. */
  readonly security: ClientSecurity;
  readonly clusterId: string;
  /** Every broker, as the cluster itself says, by id. */
  readonly nodes: readonly ClusterNode[];
  readonly brokerCount: number;
  /** `4.3.1` where Highwater started it, `4.3` where the brokers tell, else `unknown`. */
  readonly kafkaVersion: string;
  /** The brokers' processes as they are just now, where they are children of this one. */
  readonly processIds?: readonly number[];
  /** What can be done to it on purpose; undefined where nothing was readied for that. */
  readonly faults?: ClusterFaults;
  /** Why a broker that was started here is gone though nobody stopped it; undefined while all is well. */
  failure(): Promise<HarnessError | undefined>;
}

/** How a cluster is opened. */
export interface OpenOptions {
  /** Hears of what takes time: downloads, starts. */
  readonly onProgress?: OnProgress;
  /** Gives up: what was started so far is stopped. */
  readonly signal?: AbortSignal;
  /** How clients speak to the brokers, and what those that are started here demand; plain text unless given. */
  readonly security?: ClientSecurity;
  /** What is to be readied for faults that are injected later; nothing unless given, and then the cluster has no `faults`. */
  readonly faultNeeds?: FaultNeeds;
}

/** Within which brokers that serve let in the clients that they were started for. */
const clientMillis = 20_000;

type Parts = Omit<Cluster, 'clusterId' | 'nodes' | 'brokerCount'>;

const joined = ({ clusterId, nodes }: ClusterMembers, parts: Parts): Cluster => ({
  ...parts,
  clusterId,
  nodes,
  brokerCount: nodes.length,
});

async function openLocal(source: BrokerSource & { kind: 'local' }, options: OpenOptions): Promise<Cluster> {
  const what = source.brokers === 1 ? 'one broker' : `${source.brokers} brokers`;
  options.onProgress?.(`starting Apache Kafka ${source.version}, ${what}`);
  const { security: brought = plainText, signal } = options;
  await using opened = new AsyncDisposableStack();
  const local = opened.use(await openLocalCluster({ ...source, demands: demandsOf(brought) }, options));
  const brokers = local.addresses;
  const security = trusting(brought, local.certificate);
  // the brokers have answered each other: clients that must bring something are another matter
  if (security !== plainText) await untilServing({ brokers, security }, { timeoutMillis: clientMillis, signal });
  opened.move();
  const cluster = joined(local.members, {
    kind: 'local',
    brokers,
    security,
    kafkaVersion: source.version,
    ...(local.faults === undefined ? {} : { faults: local.faults }),
    failure: () => local.failure(),
    [Symbol.asyncDispose]: () => local[Symbol.asyncDispose](),
  });
  return {
    ...cluster,
    get processIds() {
      return local.processes.filter(broker => broker.end() === undefined).map(({ pid }) => pid);
    },
  };
}

/** With the certificate that the local brokers have just made. */
const trusting = (security: ClientSecurity, ca: string | null): ClientSecurity =>
  security.tls === null ? security : { ...security, tls: { ...security.tls, ca } };

/** What the brokers tell. */
async function versionOf({ nodes: [first] }: ClusterMembers, { tls }: ClientSecurity): Promise<string> {
  const release = first === undefined ? undefined : await releaseAt(`${first.host}:${first.port}`, tls);
  return release ?? 'unknown';
}

async function openCompose(file: string, options: OpenOptions): Promise<Cluster> {
  const { security = plainText, faultNeeds } = options;
  if (faultNeeds !== undefined) requireLinksAlone(faultNeeds, security);
  await using opened = new AsyncDisposableStack();
  const compose = opened.use(await openComposeCluster(file, options));
  const cluster = joined(compose.members, {
    kind: 'compose',
    brokers: compose.addresses,
    security,
    kafkaVersion: await versionOf(compose.members, security),
    failure: () => compose.failure(),
    [Symbol.asyncDispose]: () => compose[Symbol.asyncDispose](),
  });
  const ready = faultNeeds === undefined ? cluster : await readyForFaults(cluster, faultNeeds);
  opened.move();
  return ready;
}

async function openExternal(
  brokers: readonly string[],
  { signal, security = plainText, faultNeeds }: OpenOptions,
): Promise<Cluster> {
  if (faultNeeds !== undefined) requireLinksAlone(faultNeeds, security);
  const members = await findExternalCluster({ brokers, security }, signal);
  const cluster = joined(members, {
    kind: 'external',
    brokers,
    security,
    kafkaVersion: await versionOf(members, security),
    failure: async () => undefined,
    [Symbol.asyncDispose]: async () => {},
  });
  return faultNeeds === undefined ? cluster : readyForFaults(cluster, faultNeeds);
}

/** The same cluster with faults on the links of clients, which begin at proxies where links are to be broken. */
async function readyForFaults(cluster: Cluster, needs: FaultNeeds): Promise<Cluster> {
  const { openLinkFaults } = await import('./proxy/link-faults.ts');
  const { faults, members, ...opened } = await openLinkFaults(cluster, cluster.security, needs);
  return {
    ...cluster,
    ...(needs.links.length === 0
      ? {}
      : { brokers: members.nodes.map(({ host, port }) => `${host}:${port}`), brokersAt: cluster.brokers }),
    nodes: members.nodes,
    faults,
    failure: async () => opened.failure() ?? (await cluster.failure()),
    async [Symbol.asyncDispose]() {
      await using _ = cluster; // goes last, and whatever becomes of the proxies
      await opened[Symbol.asyncDispose]();
    },
  };
}

/**
 * Opens the cluster that a scenario asks for; it is ready to be used, and cold where it was just started.
 * @throws HarnessError 'environment' where its brokers cannot be started or reached, 'usage' where it cannot be had at all
 */
export async function openCluster(source: BrokerSource, options: OpenOptions = {}): Promise<Cluster> {
  switch (source.kind) {
    case 'local':
      return openLocal(source, options);
    case 'external':
      return openExternal(source.brokers, options);
    case 'compose':
      return openCompose(source.file, options);
  }
}
