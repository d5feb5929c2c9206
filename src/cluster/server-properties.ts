/** Turns a broker's place in a local cluster into its `server.properties`. */
import { HarnessError } from '../support/errors.ts';

/** Broker settings under Kafka's own names. */
export type BrokerConfig = Readonly<Record<string, string | number | boolean>>;

/** One node: a broker, and a controller too where it has a port for that. */
export interface BrokerNode {
  readonly id: number;
  readonly clientPort: number;
  /** Brokers talk to each other here, apart from clients: a proxy or TLS may come to stand on the other one. */
  readonly internalPort: number;
  readonly controllerPort: number | undefined;
  /** Holds its data, its configuration and its log. */
  readonly folder: string;
}

/** More controllers make a quorum slower, not safer, on one host. */
const mostControllers = 3;
const host = '127.0.0.1';

/** Nodes 1 to n on these ports, of which three are used for each; up to three are controllers. */
export function layOutNodes(brokers: number, ports: readonly number[], folderOf: (id: number) => string): BrokerNode[] {
  const portAt = (index: number): number => {
    const port = ports[index];
    if (port === undefined) throw new Error(`${brokers} brokers need ${brokers * 3} ports, not ${ports.length}`);
    return port;
  };
  return Array.from({ length: brokers }, (_, index) => ({
    id: index + 1,
    clientPort: portAt(index * 3),
    internalPort: portAt(index * 3 + 1),
    controllerPort: index < mostControllers ? portAt(index * 3 + 2) : undefined,
    folder: folderOf(index + 1),
  }));
}

/** Where clients reach a node. */
export const clientAddress = (node: BrokerNode): string => `${host}:${node.clientPort}`;

/** Where a node's own kind reaches it, in plain text whatever clients must do. */
export const internalAddress = (node: BrokerNode): string => `${host}:${node.internalPort}`;

/** Where a node's controller listens, in plain text too; undefined where it is none. */
export const controllerAddress = ({ controllerPort }: BrokerNode): string | undefined =>
  controllerPort === undefined ? undefined : `${host}:${controllerPort}`;

/** Where it keeps what it is told to keep. */
export const dataFolderOf = (node: BrokerNode): string => `${node.folder}/data`;

/** What the listener for clients is told: its protocol as Kafka names it, and settings of its own. */
export interface ClientListener {
  readonly protocol: string;
  readonly settings: BrokerConfig;
}

/** What of a node's listeners is not as usual. */
export interface ListenerOptions {
  /** Plain text unless given. */
  readonly client?: ClientListener;
  /** Where others are told to reach it, where that is not where it listens: something stands before it. */
  readonly advertised?: { readonly clients?: string | undefined; readonly brokers?: string | undefined };
}

const plainListener: ClientListener = { protocol: 'PLAINTEXT', settings: {} };

/** What makes the cluster hang together; a scenario can't change it. */
function ownSettings(
  node: BrokerNode,
  nodes: readonly BrokerNode[],
  { client = plainListener, advertised = {} }: ListenerOptions,
): BrokerConfig {
  const voters = nodes.flatMap(({ id, controllerPort }) =>
    controllerPort === undefined ? [] : [`${id}@${host}:${controllerPort}`],
  );
  const listening = [`CLIENT://${clientAddress(node)}`, `INTERNAL://${internalAddress(node)}`];
  const { clients = clientAddress(node), brokers = internalAddress(node) } = advertised;
  const own = node.controllerPort === undefined ? [] : [`CONTROLLER://${host}:${node.controllerPort}`];
  return {
    'process.roles': node.controllerPort === undefined ? 'broker' : 'broker,controller',
    'node.id': node.id,
    'controller.quorum.voters': voters.join(','),
    listeners: [...listening, ...own].join(','),
    'advertised.listeners': `CLIENT://${clients},INTERNAL://${brokers}`,
    'listener.security.protocol.map': `CLIENT:${client.protocol},INTERNAL:PLAINTEXT,CONTROLLER:PLAINTEXT`,
    ...client.settings,
    'inter.broker.listener.name': 'INTERNAL',
    'controller.listener.names': 'CONTROLLER',
    'log.dirs': dataFolderOf(node),
  };
}

/** Where Kafka's own defaults want three brokers, let a misspelt topic come into being, or make consumers wait. */
function defaultSettings(brokers: number): BrokerConfig {
  const replicas = Math.min(3, brokers);
  const inSync = Math.min(2, brokers);
  return {
    'auto.create.topics.enable': false,
    'offsets.topic.replication.factor': replicas,
    'transaction.state.log.replication.factor': replicas,
    'transaction.state.log.min.isr': inSync,
    'share.coordinator.state.topic.replication.factor': replicas,
    'share.coordinator.state.topic.min.isr': inSync,
    'default.replication.factor': replicas,
    'group.initial.rebalance.delay.ms': 0,
  };
}

/** All settings of a node. @throws HarnessError 'usage' where `config` changes what holds the cluster together. */
export function serverSettings(
  node: BrokerNode,
  nodes: readonly BrokerNode[],
  config: BrokerConfig,
  listeners: ListenerOptions = {},
): BrokerConfig {
  const own = ownSettings(node, nodes, listeners);
  const taken = Object.keys(config).filter(name => name in own);
  if (taken.length > 0) {
    throw new HarnessError(
      'usage',
      `cluster.local.config sets ${taken.join(', ')}, which a local cluster sets itself.`,
      {
        hint: 'Leave it out, or run such a cluster yourself and name it with --brokers.',
      },
    );
  }
  return { ...defaultSettings(nodes.length), ...config, ...own };
}

/** Text as Java's properties files want it: one line of ASCII, backslashes doubled. */
function escapeText(text: string): string {
  return text
    .replaceAll('\\', '\\\\')
    .replaceAll('\n', '\\n')
    .replaceAll('\r', '\\r')
    .replace(/[^\x20-\x7e\t]/g, unit => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

const escapeValue = (value: string): string => escapeText(value).replace(/^[ \t]/, '\\$&');
const escapeKey = (key: string): string => escapeText(key).replace(/[ :=#!\t]/g, '\\$&');

/** Settings → the text of a properties file. */
export function formatProperties(settings: BrokerConfig): string {
  return Object.entries(settings)
    .map(([key, value]) => `${escapeKey(key)}=${escapeValue(String(value))}\n`)
    .join('');
}
