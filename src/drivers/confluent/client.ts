/** Connects a client of librdkafka within a bound, looks its topics up, and lets it go again. */
import type { EventEmitter } from 'node:events';
import type { KafkaConsumer, Metadata, PartitionMetadata, Producer } from '@confluentinc/kafka-javascript';
import { HarnessError, messageOf } from '../../support/errors.ts';
import type { ClientOptions } from '../driver.ts';
import { publicMessageOf } from '../security.ts';
import type { Settings } from './config.ts';
import { securitySettings } from './security.ts';

type Client = Producer | KafkaConsumer;

/** How long opening waits for a first broker. */
const connectMillis = 7_000;

/** How long closing waits for a client that waits for a broker itself. */
const closeMillis = 3_000;

/** The severity of syslog, the smaller the graver, up to which a log tells why a client cannot connect. */
const leastGrave = 4;
const mostComplaints = 3;

/** Failures of security: a broker that refuses a client will do so again. Another one may not, for so long. */
const hopeless = /AUTH_REQ|SSL_HANDSHAKE|SASL authentication|security\.protocol/;
const patienceMillis = 1_000;

/**
 * Makes a client, which connects to nothing yet.
 * @throws HarnessError `usage` for a setting that librdkafka does not know or take
 */
export function createClient<C extends Client>(
  what: string,
  options: ClientOptions,
  settings: Settings,
  create: (all: Record<string, unknown>) => C,
): C {
  const all = {
    'bootstrap.servers': options.brokers.join(','),
    'client.id': options.clientId,
    ...settings,
    ...securitySettings(options.security),
  };
  try {
    const client = create(all);
    // a token that librdkafka does not take; what follows from it is heard elsewhere
    (client as EventEmitter).on('error', () => undefined);
    return client;
  } catch (cause) {
    if (cause instanceof HarnessError) throw cause;
    const message = publicMessageOf(cause, options.security);
    throw new HarnessError('usage', `confluent does not take the settings of a ${what}: ${message}`, {
      hint: 'Look at config and options of the scenario; librdkafka names its settings in its CONFIGURATION.md.',
      cause,
    });
  }
}

/**
 * Connects. Asks for all topics, because a question for one makes brokers create it.
 * @returns the partitions of the options' topics, in order
 * @throws HarnessError `environment` that says where, and as far as librdkafka says it, why
 */
export async function connectClient(
  client: Client,
  what: string,
  options: ClientOptions,
): Promise<readonly (readonly PartitionMetadata[])[]> {
  const complaints = listenToComplaints(client);
  try {
    const { topics } = await untilConnected(client, complaints);
    const found = options.topics.map(topic => topics.find(({ name }) => name === topic)?.partitions ?? []);
    const missing = options.topics.filter((_, index) => found[index]?.length === 0);
    if (missing.length > 0) throw new Error(`there is no topic ${missing.join(', ')}`);
    return found.map(partitions => partitions.toSorted((a, b) => a.id - b.id));
  } catch (cause) {
    // a client that was given up still waits for a broker, and goes when it has
    if (!complaints.isHopeless) await disconnectClient(client);
    const reasons = [messageOf(cause), ...complaints.said].join('; ');
    throw cannotOpen(what, options, new Error(reasons, { cause }));
  }
}

/** Settles when the client has gone, or takes too long. One that could not connect has gone by itself. */
export async function disconnectClient(client: Client): Promise<void> {
  if (!client.isConnected()) return;
  const { promise, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, closeMillis);
  // a producer flushes for so long before it goes: what waits is dropped, as it is in every driver
  if ('produce' in client) client.disconnect(0, () => resolve());
  else client.disconnect(() => resolve());
  await promise;
  clearTimeout(timer);
}

/** The error of a client that could not be opened. */
export const cannotOpen = (what: string, { brokers, topics, security }: ClientOptions, cause: unknown): HarnessError =>
  new HarnessError(
    'environment',
    `confluent cannot open a ${what} for ${topics.join(', ')} at ${brokers.join(', ')}: ${publicMessageOf(cause, security)}`,
    { hint: 'Check that the brokers run, that this host reaches them, and that the topics exist.', cause },
  );

/** Settles when a broker has told its topics, or when there is no hope that one will. */
async function untilConnected(client: Client, complaints: Complaints): Promise<Metadata> {
  const { promise, resolve, reject } = Promise.withResolvers<Metadata>();
  let timer: NodeJS.Timeout | undefined;
  complaints.onHopeless = () => {
    timer ??= setTimeout(() => {
      complaints.isHopeless = true;
      reject(new Error('it was refused'));
    }, patienceMillis);
  };
  client.connect({ allTopics: true, timeout: connectMillis }, (error, metadata) => {
    clearTimeout(timer);
    if (error) reject(new Error(error.message));
    else if (complaints.isHopeless) void disconnectClient(client);
    else resolve(metadata);
  });
  return promise;
}

/** What librdkafka logs of failures: its errors themselves do not say what failed. */
interface Complaints {
  /** The first few, each once. */
  readonly said: Set<string>;
  /** Called for one that trying again will not mend … */
  onHopeless(): void;
  /** … after which the client was given up. */
  isHopeless: boolean;
}

function listenToComplaints(client: Client): Complaints {
  const complaints: Complaints = { said: new Set(), onHopeless: () => undefined, isHopeless: false };
  (client as EventEmitter).on('event.log', ({ severity, message }: { severity: number; message: string }) => {
    if (severity > leastGrave) return;
    if (complaints.said.size < mostComplaints) complaints.said.add(essenceOf(message));
    if (hopeless.test(message)) complaints.onHopeless();
  });
  return complaints;
}

/** A log's message without the thread that wrote it and without the time that it took, which alone differ from one attempt to the next. */
const essenceOf = (message: string): string =>
  message
    .replace(/^\[thrd:[^\]]*\]: /, '')
    .replace(/ \(after [^)]*(?:\(s\)[^)]*)?\)$/, '')
    .trim();
