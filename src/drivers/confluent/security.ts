/** Turns how a client secures its connection into librdkafka's settings, and into the answer to its question for a token. */
import { HarnessError } from '../../support/errors.ts';
import type { ClientSasl, ClientSecurity, ClientTls } from '../driver.ts';

/** What a broker is shown in OAUTHBEARER, as the library wants it. */
interface Token {
  readonly tokenValue: string;
  /** When it ends, in milliseconds of Unix time. */
  readonly lifetime: number;
  readonly principal: string;
}

/** Settings of librdkafka that hold secrets, and for OAUTHBEARER the callback that gives it the token. */
export type SecuritySettings = Readonly<Record<string, string | boolean | (() => Promise<Token>)>>;

/** A token that does not say when it ends is taken to be good for so long. */
const lifetimeMillis = 3_600_000;

/**
 * The settings; none for a connection in plain text.
 * @throws HarnessError `usage` for what librdkafka cannot do
 */
export function securitySettings({ tls, sasl }: ClientSecurity): SecuritySettings {
  if (tls === null && sasl === null) return {};
  const protocol = `${sasl === null ? '' : 'sasl_'}${tls === null ? 'plaintext' : 'ssl'}`;
  return { 'security.protocol': protocol, ...(tls && tlsSettings(tls)), ...(sasl && saslSettings(sasl)) };
}

function tlsSettings({ ca, cert, key, passphrase, serverName }: ClientTls): SecuritySettings {
  if (serverName !== null) {
    throw new HarnessError(
      'usage',
      `The driver confluent cannot check a certificate for another name (${serverName}).`,
      {
        hint: 'Leave serverName out and reach the brokers by the names of their certificates, or use another driver.',
      },
    );
  }
  return {
    'enable.ssl.certificate.verification': true,
    'ssl.endpoint.identification.algorithm': 'https',
    ...(ca === null ? {} : { 'ssl.ca.pem': ca }),
    ...(cert === null ? {} : { 'ssl.certificate.pem': cert }),
    ...(key === null ? {} : { 'ssl.key.pem': key }),
    ...(passphrase === null ? {} : { 'ssl.key.password': passphrase }),
  };
}

function saslSettings(sasl: ClientSasl): SecuritySettings {
  const mechanism = { 'sasl.mechanisms': sasl.mechanism.toUpperCase() };
  if (sasl.mechanism !== 'oauthbearer')
    return { ...mechanism, 'sasl.username': sasl.username, 'sasl.password': sasl.password };
  return { ...mechanism, oauthbearer_token_refresh_cb: async () => describeToken(sasl.token) };
}

/** What the token, if it is a JSON Web Token, says of its end and of whom it is for. */
export function describeToken(token: string, nowMillis = Date.now()): Token {
  const { exp, sub } = claimsOf(token);
  return {
    tokenValue: token,
    lifetime: typeof exp === 'number' ? exp * 1e3 : nowMillis + lifetimeMillis,
    principal: typeof sub === 'string' ? sub : '',
  };
}

function claimsOf(token: string): { readonly exp?: unknown; readonly sub?: unknown } {
  try {
    const claims: unknown = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString());
    return typeof claims === 'object' && claims !== null ? claims : {};
  } catch {
    return {};
  }
}
