/** Turns how a client secures its connection into what Node's TLS takes, and keeps its secrets out of what is said. */
import { isIP } from 'node:net';
import { checkServerIdentity, type ConnectionOptions } from 'node:tls';
import { messageOf } from '../support/errors.ts';
import type { ClientSecurity, ClientTls } from './driver.ts';

/** The options of `tls.connect` besides host and port. */
export function tlsOptions({ ca, cert, key, passphrase, serverName }: ClientTls): ConnectionOptions {
  return {
    ...(ca === null ? {} : { ca }),
    ...(cert === null ? {} : { cert }),
    ...(key === null ? {} : { key }),
    ...(passphrase === null ? {} : { passphrase }),
    ...(serverName === null ? {} : identityOf(serverName)),
  };
}

/** TLS has no way to ask for a server by its IP address: there the name is compared, and not sent. */
const identityOf = (serverName: string): ConnectionOptions =>
  isIP(serverName) === 0
    ? { servername: serverName }
    : { checkServerIdentity: (_, certificate) => checkServerIdentity(serverName, certificate) };

/** What nobody may read: passwords, tokens, keys. */
function secretsOf({ tls, sasl }: ClientSecurity): string[] {
  const ofSasl = sasl === null ? [] : [sasl.mechanism === 'oauthbearer' ? sasl.token : sasl.password];
  return [...ofSasl, tls?.passphrase, tls?.key].filter(secret => typeof secret === 'string').filter(Boolean);
}

/** A text that somebody else's code has written, without the secrets that it may quote. */
export const withoutSecrets = (text: string, security: ClientSecurity): string =>
  secretsOf(security).reduce((masked, secret) => masked.replaceAll(secret, '***'), text);

/** The message of anything that a client threw, without the secrets that it may quote. */
export const publicMessageOf = (error: unknown, security: ClientSecurity): string =>
  withoutSecrets(messageOf(error), security);
