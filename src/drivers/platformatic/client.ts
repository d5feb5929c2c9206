/** Opens and closes clients of @platformatic/kafka, and says in one sentence what one of its errors holds. */
import { isIP, type Socket } from 'node:net';
import {
  type Base,
  type BaseOptions,
  type ClusterMetadata,
  type ConnectionPool,
  findErrorBy,
  type RetryDelayGetter,
  type SASLOptions,
  SASLMechanisms,
} from '@platformatic/kafka';
import { splitAddress } from '../../support/address.ts';
import { HarnessError } from '../../support/errors.ts';
import type { ClientOptions, ClientSasl } from '../driver.ts';
import { tlsOptions, withoutSecrets } from '../security.ts';
import { type Backoff, commonDefaults, type Settings, waitMillis } from './config.ts';
import { noLongerThan } from '../../support/wait.ts';

/** How often opening tries to learn of the topics: they may have been made a moment ago. */
const openingRetries = 5;

/** How long closing waits for answers, and then for the connections to end. */
const answerMillis = 1_500;
const endMillis = 500;

type Secured = Pick<BaseOptions, 'sasl' | 'tls' | 'tlsServerName'>;

/** What a client is made with, but for what only producers or only consumers have. */
export function baseOptions(options: ClientOptions, settings: Settings, backoff: Backoff) {
  return {
    ...commonDefaults,
    clientId: options.clientId,
    bootstrapBrokers: [...options.brokers],
    autocreateTopics: false,
    ...secured(options),
    retryDelay: (...[client, , retry, , error]: Parameters<RetryDelayGetter>): number => {
      const base = client as Base;
      if (base.closed) return 0; // only an attempt tells a client that it is closed
      if (findErrorBy(error, 'hasStaleMetadata', true) !== null) refresh(base, options.topics);
      return waitMillis(backoff, retry);
    },
    ...settings,
  };
}

/** The library asks once who leads when it was told that it is mistaken; an election may take longer. */
const refresh = (client: Base, topics: readonly string[]): void =>
  client.metadata({ topics: [...topics], forceUpdate: true, retries: 0 }, () => undefined);

function secured({ brokers, security: { tls, sasl } }: ClientOptions): Secured {
  return {
    ...(tls === null ? {} : { tls: tlsOptions(tls) }),
    // unless told otherwise the library does not say whom it wants to speak to; addresses are no names
    ...(tls === null || tls.serverName !== null ? {} : { tlsServerName: !brokers.some(hasAddress) }),
    ...(sasl === null ? {} : { sasl: saslOptions(sasl) }),
  };
}

const hasAddress = (broker: string): boolean => isIP(splitAddress(broker).host) > 0;

function saslOptions(sasl: ClientSasl): SASLOptions {
  switch (sasl.mechanism) {
    case 'plain':
      return { mechanism: SASLMechanisms.PLAIN, username: sasl.username, password: sasl.password };
    case 'scram-sha-256':
      return { mechanism: SASLMechanisms.SCRAM_SHA_256, username: sasl.username, password: sasl.password };
    case 'scram-sha-512':
      return { mechanism: SASLMechanisms.SCRAM_SHA_512, username: sasl.username, password: sasl.password };
    case 'oauthbearer':
      return { mechanism: SASLMechanisms.OAUTHBEARER, token: sasl.token, authBytesValidator: refuseAnswer };
  }
}

/** A broker that takes a token says nothing, one that does not says why; the library would take either for yes. */
const refuseAnswer: NonNullable<SASLOptions['authBytesValidator']> = (answer, callback) =>
  answer.length === 0
    ? callback(null, answer)
    : callback(new Error(`the broker refused the token: ${answer.toString()}`));

/** Connects and learns of the topics. Rejects where a broker says nothing for as long as a request may take. */
export async function learnTopics(
  client: Base,
  topics: readonly string[],
  { retries = openingRetries, requestTimeout = commonDefaults.requestTimeout }: Settings,
): Promise<ClusterMetadata> {
  const { promise, resolve, reject } = Promise.withResolvers<ClusterMetadata>();
  const timer = setTimeout(() => reject(new Error(`no answer came within ${requestTimeout} ms`)), requestTimeout);
  client.metadata({ topics: [...topics], retries: Math.min(retries, openingRetries) }).then(resolve, reject);
  try {
    return await promise;
  } finally {
    clearTimeout(timer);
  }
}

/** Everything that an error of the library says: its own message is often that something failed some times. */
function explain(error: unknown): string {
  const messages: string[] = [];
  let next = error;
  while (next instanceof Error) {
    const { serverErrorMessage } = next as { serverErrorMessage?: string | null };
    messages.push(...[next.message, serverErrorMessage ?? ''].map(text => text.replace(/\.$/, '')));
    next = next instanceof AggregateError && next.errors.length > 0 ? next.errors.at(-1) : next.cause;
  }
  return messages.length === 0 ? String(error) : [...new Set(messages)].filter(text => text !== '').join(': ');
}

/** An error of the library that says all it holds, but for secrets. */
export const publicError = (cause: unknown, { security }: ClientOptions): Error =>
  new Error(withoutSecrets(explain(cause), security), { cause });

/** The error of a client that could not be opened. */
export const cannotOpen = (what: string, options: ClientOptions, cause: unknown): HarnessError =>
  new HarnessError(
    'environment',
    `@platformatic/kafka cannot open a ${what} for ${options.topics.join(', ')} at ${options.brokers.join(', ')}: ${publicError(cause, options).message}`,
    { hint: 'Check that the brokers run, that this host reaches them, and that the topics exist.', cause },
  );

/**
 * Lets a client do what is left to do, and close; then sees to it that it has: what waits for a broker that does not answer,
 * or that takes nothing, is cut off.
 */
export async function closeClient(
  pools: () => readonly ConnectionPool[],
  rest: () => Promise<unknown>,
  close: () => Promise<unknown>,
): Promise<void> {
  const sockets = new Set<Socket>();
  const lookAt = (): void => {
    for (const pool of pools()) for (const [, { socket }] of pool) if (socket !== undefined) sockets.add(socket);
  };
  lookAt();
  await noLongerThan(answerMillis, rest());
  lookAt();
  await noLongerThan(endMillis, close());
  lookAt();
  for (const socket of sockets) socket.destroy();
}
