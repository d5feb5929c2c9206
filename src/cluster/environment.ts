/** Turns a cluster into the facts that a result keeps of it: who the brokers are, and which settings are not Kafka's own. */
import type { Admin, DescribeConfigResponse } from 'kafkajs';
import type { ClientSecurity } from '../drivers/driver.ts';
import { type Access, withAdmin } from './admin.ts';
import type { Cluster } from './cluster.ts';

/** Settings by Kafka's names; a secret one reads `***`. */
export type Settings = Readonly<Record<string, string>>;

/** A cluster, for the result. */
export interface ClusterFacts {
  readonly kind: Cluster['kind'];
  readonly kafkaVersion: string;
  readonly clusterId: string;
  readonly nodeIds: readonly number[];
  /** How clients speak to the brokers, in Kafka's words: what it costs is in every figure. */
  readonly security: {
    readonly protocol: string;
    readonly mechanism: string | null;
    readonly clientCertificate: boolean;
  };
  /** What is not Kafka's default and the same on every broker. */
  readonly brokerConfig: Settings;
  /** What is not Kafka's default and differs, by node id; a broker that has the default is left out. */
  readonly differingBrokerConfig: Readonly<Record<string, Readonly<Record<string, string>>>>;
}

type Entry = DescribeConfigResponse['resources'][number]['configEntries'][number];

/** Kafka's ConfigResource types; kafkajs exports its names for them in a way that an ES module cannot import. */
const resourceTypes = { topic: 2, broker: 4 } as const;
/** Kafka's ConfigSource: set by nobody. */
const defaultSource = 5;
/** Where the cluster itself or one of its brokers sets a topic's configuration. */
const topicSource = 1;

/** Which node it is and where it listens: different in every start, and no setting that a result depends on. */
const identity: ReadonlySet<string> = new Set([
  'node.id',
  'broker.id',
  'listeners',
  'advertised.listeners',
  'controller.quorum.voters',
  'controller.quorum.bootstrap.servers',
  'log.dir',
  'log.dirs',
  'metadata.log.dir',
]);

/** Kafka marks passwords as sensitive and withholds them; settings that it does not know, it gives in the clear. */
const secretName = /password|secret|credential|token|jaas|private|\.key$/i;
const masked = '***';

const valueOf = ({ configName, configValue, isSensitive }: Entry): string =>
  isSensitive || secretName.test(configName) ? masked : configValue;

function settingsOf(entries: readonly Entry[], counts: (entry: Entry) => boolean): Settings {
  const chosen = entries.filter(entry => counts(entry) && !identity.has(entry.configName));
  const pairs = chosen.map(entry => [entry.configName, valueOf(entry)] as const);
  return Object.fromEntries(pairs.toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

async function configsOf(
  admin: Admin,
  type: keyof typeof resourceTypes,
  names: readonly string[],
): Promise<Map<string, Entry[]>> {
  const resources = names.map(name => ({ type: resourceTypes[type], name }));
  const answer = await admin.describeConfigs({ resources, includeSynonyms: false });
  return new Map(answer.resources.map(({ resourceName, configEntries }) => [resourceName, configEntries]));
}

/** Splits the brokers' settings into those that all have alike and the others. */
export function splitSettings(
  byNode: ReadonlyMap<string, Settings>,
): Pick<ClusterFacts, 'brokerConfig' | 'differingBrokerConfig'> {
  const brokerConfig: Record<string, string> = {};
  const differingBrokerConfig: Record<string, Record<string, string>> = {};
  const names = new Set([...byNode.values()].flatMap(settings => Object.keys(settings)));
  for (const name of [...names].toSorted()) {
    const values = [...byNode].flatMap(([id, settings]) => {
      const value = settings[name];
      return value === undefined ? [] : [[id, value] as const];
    });
    const [first] = values;
    const isShared = values.length === byNode.size && values.every(([, value]) => value === first?.[1]);
    if (isShared && first !== undefined) brokerConfig[name] = first[1];
    else differingBrokerConfig[name] = Object.fromEntries(values);
  }
  return { brokerConfig, differingBrokerConfig };
}

/** What may be told of how clients speak to brokers. */
function describeSecurity({ tls, sasl }: ClientSecurity): ClusterFacts['security'] {
  return {
    protocol: `${sasl === null ? '' : 'SASL_'}${tls === null ? 'PLAINTEXT' : 'SSL'}`,
    mechanism: sasl === null ? null : sasl.mechanism.toUpperCase(),
    clientCertificate: tls !== null && tls.cert !== null,
  };
}

/** Asks every broker for its settings. */
export async function describeCluster(cluster: Cluster): Promise<ClusterFacts> {
  const { kind, kafkaVersion, clusterId, nodes } = cluster;
  const ids = nodes.map(({ id }) => String(id));
  const configs = await withAdmin(cluster, admin => configsOf(admin, 'broker', ids));
  const settings = new Map(
    [...configs].map(([id, entries]) => [
      id,
      settingsOf(entries, ({ configSource }) => configSource !== defaultSource),
    ]),
  );
  const security = describeSecurity(cluster.security);
  return { kind, kafkaVersion, clusterId, nodeIds: nodes.map(({ id }) => id), security, ...splitSettings(settings) };
}

/** The settings that a topic has of its own. */
export async function describeTopicConfig(access: Access, topic: string): Promise<Settings> {
  const configs = await withAdmin(access, admin => configsOf(admin, 'topic', [topic]));
  return settingsOf(configs.get(topic) ?? [], ({ configSource }) => configSource === topicSource);
}
