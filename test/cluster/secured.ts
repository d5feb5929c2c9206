/** Gives tests local brokers that demand TLS, a client's certificate or a user, and clients that bring it. */
import { createPrivateKey } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { openLocalCluster } from '../../src/cluster/local.ts';
import { untilServing } from '../../src/cluster/readiness.ts';
import { clientAddress } from '../../src/cluster/server-properties.ts';
import type { ClientSasl, ClientSecurity, ClientTls } from '../../src/drivers/driver.ts';

export const fixtures = join(import.meta.dirname, '../fixtures/security');
const fixture = (name: string): string => readFileSync(join(fixtures, name), 'utf8');

/** The one client whose certificate brokers of these tests take. */
export const clientCertificate = fixture('client.pem');
export const clientKey = fixture('client.key');

/** The client's key, encrypted. */
export const encryptedKey = (passphrase: string): string =>
  createPrivateKey(clientKey).export({ type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase }).toString();

/** TLS that trusts one authority. */
export const trusting = (ca: string | null, more: Partial<ClientTls> = {}): ClientTls => ({
  ca,
  cert: null,
  key: null,
  passphrase: null,
  serverName: null,
  ...more,
});

const encoded = (part: object): string => Buffer.from(JSON.stringify(part)).toString('base64url');

/** A token that nobody signed and brokers without a validator of their own take, until it expires. */
export function unsecuredToken(subject: string, lifetimeSeconds = 3_600): string {
  const nowSeconds = Math.floor(Date.now() / 1e3);
  const claims = { sub: subject, iat: nowSeconds - 7_200, exp: nowSeconds + lifetimeSeconds };
  return `${encoded({ alg: 'none' })}.${encoded(claims)}.`;
}

/** A token that a broker which takes unsigned ones does not: somebody has signed it. */
function signedToken(subject: string): string {
  const [, claims = ''] = unsecuredToken(subject).split('.');
  return `${encoded({ alg: 'HS256' })}.${claims}.${encoded({ not: 'a signature' })}`;
}

/** With characters that the formats on the way to a broker give a meaning. */
export const password = 'correct "horse" \\ battery=staple;';

/** The same person by every mechanism. */
export const users: Readonly<Record<ClientSasl['mechanism'], ClientSasl>> = {
  plain: { mechanism: 'plain', username: 'alice', password },
  'scram-sha-256': { mechanism: 'scram-sha-256', username: 'alice', password },
  'scram-sha-512': { mechanism: 'scram-sha-512', username: 'alice', password },
  oauthbearer: { mechanism: 'oauthbearer', token: unsecuredToken('alice') },
};

/** The same person with what brokers do not take. */
export const impostors: Readonly<Record<ClientSasl['mechanism'], ClientSasl>> = {
  plain: { mechanism: 'plain', username: 'alice', password: 'wrong-battery' },
  'scram-sha-256': { mechanism: 'scram-sha-256', username: 'alice', password: 'wrong-battery' },
  'scram-sha-512': { mechanism: 'scram-sha-512', username: 'alice', password: 'wrong-battery' },
  oauthbearer: { mechanism: 'oauthbearer', token: signedToken('alice') },
};

/** What a broker says to each of them. */
export const reasons: Readonly<Record<ClientSasl['mechanism'], RegExp>> = {
  plain: /Authentication failed: Invalid username or password/,
  'scram-sha-256': /invalid credentials with SASL mechanism SCRAM-SHA-256/,
  'scram-sha-512': /invalid credentials with SASL mechanism SCRAM-SHA-512/,
  oauthbearer: /invalid_token/,
};

export const mechanisms = Object.keys(users) as ClientSasl['mechanism'][];

/** One broker that demands TLS and a user, by whichever mechanism. */
export interface SaslBroker extends AsyncDisposable {
  readonly brokers: readonly string[];
  /** TLS that trusts it. */
  readonly tls: ClientTls;
  /** How that user comes in. */
  as(sasl: ClientSasl): ClientSecurity;
}

/** Starts a broker that takes all users; its certificate bears the name kafka.test besides its address. */
export async function openSaslBroker(config: Readonly<Record<string, string | number>>): Promise<SaslBroker> {
  const local = await openLocalCluster({
    brokers: 1,
    version: '4.3.1',
    config,
    demands: { tls: { serverName: 'kafka.test', clientAuthorities: null }, users: Object.values(users) },
  });
  const tls = trusting(local.certificate);
  const brokers = local.processes.map(({ node }) => clientAddress(node));
  const last: ClientSecurity = { tls, sasl: users['scram-sha-512'] };
  await untilServing({ brokers, security: last }, { timeoutMillis: 20_000, signal: undefined });
  return {
    brokers,
    tls,
    as: sasl => ({ tls, sasl }),
    [Symbol.asyncDispose]: () => local[Symbol.asyncDispose](),
  };
}
