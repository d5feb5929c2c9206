/** Turns what a local cluster's listener for clients is to demand into broker settings, and makes its certificate and its users. */
import { execFile } from 'node:child_process';
import { pbkdf2Sync, randomBytes } from 'node:crypto';
import { isIP } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { alterUserScramCredentialsV0, Connection } from '@platformatic/kafka';
import type { ClientSasl, ClientSecurity } from '../drivers/driver.ts';
import { splitAddress } from '../support/address.ts';
import { HarnessError, messageOf } from '../support/errors.ts';
import type { BrokerConfig } from './server-properties.ts';
import { type KafkaPrograms, shortLivedJavaFlags } from './storage.ts';

/** What clients must do to be let in. */
export interface Demands {
  /** TLS; null for none. */
  readonly tls: TlsDemands | null;
  /** The users that there are; none where nobody is asked who they are. */
  readonly users: readonly ClientSasl[];
}

interface TlsDemands {
  /** A name that the brokers' certificate bears besides those of this host. */
  readonly serverName: string | null;
  /** PEM of those whom a client's certificate must come from; null where clients need none. */
  readonly clientAuthorities: string | null;
}

/** Anybody may come, in plain text. */
export const noDemands: Demands = { tls: null, users: [] };

/** Exactly what a client brings: TLS, its certificate where it has one, its user where it has one. */
export const demandsOf = ({ tls, sasl }: ClientSecurity): Demands => ({
  tls: tls === null ? null : { serverName: tls.serverName, clientAuthorities: tls.cert },
  users: sasl === null ? [] : [sasl],
});

export const demandsNothing = ({ tls, users }: Demands): boolean => tls === null && users.length === 0;

/** A key with a certificate that it has signed itself, for all brokers of a cluster. */
export interface Keystore {
  readonly file: string;
  readonly password: string;
  /** PEM of the certificate, which clients are to trust. */
  readonly certificate: string;
}

const run = promisify(execFile);
const validDays = 3_650;
const timeoutMillis = 60_000;

/** Makes a keystore with the tool of the Java that runs Kafka, called as a module's program: not every runtime has it by name. */
export async function makeKeystore(
  { java }: KafkaPrograms,
  folder: string,
  serverName: string | null,
): Promise<Keystore> {
  const file = join(folder, 'brokers.p12');
  const password = randomBytes(16).toString('hex');
  const keytool = async (args: readonly string[]): Promise<string> => {
    const program = ['-m', 'java.base/sun.security.tools.keytool.Main', ...args];
    const store = ['-alias', 'brokers', '-keystore', file, '-storetype', 'PKCS12', '-storepass:env', 'STORE_PASSWORD'];
    const env = { ...process.env, STORE_PASSWORD: password };
    return (await run(java, [...shortLivedJavaFlags, ...program, ...store], { env, timeout: timeoutMillis })).stdout;
  };
  const more = serverName === null ? [] : [`${isIP(serverName) === 0 ? 'dns' : 'ip'}:${serverName}`];
  const names = `san=${['ip:127.0.0.1', 'dns:localhost', ...more].join(',')}`;
  const key = ['-keyalg', 'EC', '-groupname', 'secp256r1', '-dname', 'CN=highwater', '-ext', names];
  try {
    await keytool(['-genkeypair', ...key, '-startdate', '-1d', '-validity', String(validDays)]);
    return { file, password, certificate: await keytool(['-exportcert', '-rfc']) };
  } catch (cause) {
    throw new HarnessError(
      'environment',
      `No certificate could be made for local brokers: ${messageOf(cause).trim()}`,
      {
        hint: `Check that ${java} has keytool, and that ${folder} can be written to.`,
        cause,
      },
    );
  }
}

const listener = 'listener.name.client.';

/** Java's escapes within the quotes of a login module's option. */
const quoted = (text: string): string => `"${text.replaceAll(/["\\]/g, '\\$&')}"`;

/** Each mechanism's login module at the broker, with the users that it keeps itself: those of SCRAM lie in the cluster. */
function loginModule(mechanism: ClientSasl['mechanism'], users: readonly ClientSasl[]): string {
  const security = 'org.apache.kafka.common.security';
  switch (mechanism) {
    case 'plain': {
      const known = users.flatMap(user => (user.mechanism === 'plain' ? [user] : []));
      const options = known.map(({ username, password }) => ` ${quoted(`user_${username}`)}=${quoted(password)}`);
      return `${security}.plain.PlainLoginModule required${options.join('')};`;
    }
    case 'scram-sha-256':
    case 'scram-sha-512':
      return `${security}.scram.ScramLoginModule required;`;
    case 'oauthbearer': // without a handler of its own the broker takes unsecured tokens, whoever says to have made them
      return `${security}.oauthbearer.OAuthBearerLoginModule required;`;
  }
}

function tlsSettings({ clientAuthorities }: TlsDemands, { file, password }: Keystore): BrokerConfig {
  return {
    [`${listener}ssl.keystore.type`]: 'PKCS12',
    [`${listener}ssl.keystore.location`]: file,
    [`${listener}ssl.keystore.password`]: password,
    [`${listener}ssl.key.password`]: password,
    ...(clientAuthorities === null
      ? {}
      : {
          [`${listener}ssl.client.auth`]: 'required',
          [`${listener}ssl.truststore.type`]: 'PEM',
          [`${listener}ssl.truststore.certificates`]: clientAuthorities,
        }),
  };
}

/** The protocol of the listener for clients, as Kafka names it. */
export const protocolOf = ({ tls, users }: Demands): string =>
  `${users.length > 0 ? 'SASL_' : ''}${tls === null ? 'PLAINTEXT' : 'SSL'}`;

/** What the listener for clients is told besides its protocol; `keystore` is there where TLS is demanded. */
export function listenerSettings({ tls, users }: Demands, keystore: Keystore | null): BrokerConfig {
  const mechanisms = [...new Set(users.map(({ mechanism }) => mechanism))];
  const modules = mechanisms.map(mechanism => [
    `${listener}${mechanism}.sasl.jaas.config`,
    loginModule(mechanism, users),
  ]);
  return {
    ...(tls === null || keystore === null ? {} : tlsSettings(tls, keystore)),
    ...(mechanisms.length === 0
      ? {}
      : { [`${listener}sasl.enabled.mechanisms`]: mechanisms.join(',').toUpperCase(), ...Object.fromEntries(modules) }),
  };
}

const scram = {
  'scram-sha-256': { kafkaNumber: 1, digest: 'sha256', bytes: 32 },
  'scram-sha-512': { kafkaNumber: 2, digest: 'sha512', bytes: 64 },
} as const;

/** Kafka's own choice, and the least that it takes. */
const iterations = 4_096;

/** Makes the users of SCRAM, through the brokers' listener for each other: the passwords stand in no file and no argument. */
export async function addScramUsers(address: string, users: readonly ClientSasl[]): Promise<void> {
  const additions = users.flatMap(user => {
    if (user.mechanism === 'plain' || user.mechanism === 'oauthbearer') return [];
    const { kafkaNumber, digest, bytes } = scram[user.mechanism];
    const salt = randomBytes(bytes);
    const saltedPassword = pbkdf2Sync(user.password, salt, iterations, bytes, digest);
    return [{ name: user.username, mechanism: kafkaNumber, iterations, salt, saltedPassword }];
  });
  if (additions.length === 0) return;
  const connection = new Connection('highwater-admin');
  const { host, port } = splitAddress(address);
  try {
    await connection.connect(host, port);
    // one by one: the brokers take no two mechanisms of one user at once
    for (const addition of additions) await alterUserScramCredentialsV0.api.async(connection, [], [addition]);
  } catch (cause) {
    throw new HarnessError('environment', `The local brokers take no users: ${messageOf(cause)}`, {
      hint: 'Another mechanism may do: plain, or oauthbearer.',
      cause,
    });
  } finally {
    await connection.close();
  }
}
