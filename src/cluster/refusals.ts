/** Says why brokers that were reached do not let a client in, where TLS or SASL is the reason. */
import { publicMessageOf } from '../drivers/security.ts';
import { HarnessError } from '../support/errors.ts';
import type { Access } from './admin.ts';
import { speaksTls } from './sockets.ts';

/** What a client or Node's TLS says of an error besides its message. */
interface Fault {
  readonly name?: string;
  readonly type?: string;
  readonly code?: string | number;
  readonly message?: string;
  readonly cause?: unknown;
}

/** An error, and what each names as its cause. */
function chainOf(error: unknown): Fault[] {
  if (typeof error !== 'object' || error === null) return [];
  return [error, ...chainOf((error as Fault).cause)];
}

const ofSasl = (fault: Fault): boolean =>
  fault.name === 'KafkaJSSASLAuthenticationError' || /SASL/.test(fault.type ?? '');

/** Node's codes for a certificate that does not convince the client. */
const ofCertificate = ({ code }: Fault): boolean =>
  /^(?:CERT_|UNABLE_TO_|DEPTH_ZERO_|SELF_SIGNED_|ERR_TLS_CERT_|HOSTNAME_)/.test(String(code));

/** An alert that the broker has sent, or bytes that are none of TLS. */
const ofHandshake = ({ code, message }: Fault): boolean =>
  /^(?:ERR_SSL_|EPROTO)/.test(String(code)) || /before secure TLS connection/.test(message ?? '');

const saslHint =
  'Check cluster.security.sasl, or the sasl settings of cluster.properties, and the variables that they refer to.';
const trustHint =
  'Name the PEM file of the authority that signed it in cluster.security.tls.ca; for a certificate of another name, that name in serverName.';
const plainHint = 'Check the port, or remove cluster.security.tls (security.protocol in cluster.properties).';
const certificateHint =
  'Check that cluster.security.tls.cert and key are there, and that the brokers trust who signed the certificate.';

const refusal = (message: string, hint: string, cause: unknown): HarnessError =>
  new HarnessError('environment', message, { hint, cause });

/** The error of a connection that TLS or SASL has ended, with the brokers' own reason; undefined where neither has. */
export function refusalOf({ brokers, security }: Access, error: unknown): HarnessError | undefined {
  const chain = chainOf(error);
  const find = (is: (fault: Fault) => boolean): Fault | undefined => chain.find(is);
  const at = brokers.join(', ');
  const said = (fault: Fault): string => publicMessageOf(fault, security);
  const sasl = find(ofSasl);
  if (sasl) return refusal(`The brokers at ${at} refuse the credentials: ${said(sasl)}.`, saslHint, error);
  const certificate = find(ofCertificate);
  if (certificate) {
    return refusal(`The certificate of the brokers at ${at} is not trusted: ${said(certificate)}.`, trustHint, error);
  }
  const handshake = find(ofHandshake);
  if (!handshake) return undefined;
  const isAlert = /alert/i.test(`${handshake.code} ${handshake.message}`);
  return isAlert
    ? refusal(`The brokers at ${at} refuse the TLS connection: ${said(handshake)}.`, certificateHint, error)
    : refusal(`What listens at ${at} does not speak TLS: ${said(handshake)}.`, plainHint, error);
}

/** The error of brokers that close a connection without a word, as they do where a client omits TLS or SASL. */
export async function whyClosed(access: Access, error: unknown): Promise<HarnessError | undefined> {
  const refused = refusalOf(access, error);
  const [address = ''] = access.brokers;
  if (refused !== undefined || access.security.tls !== null || !(await speaksTls(address))) return refused;
  return refusal(
    `What listens at ${address} speaks TLS, and this client was to speak plain text.`,
    'Set cluster.security.tls, or security.protocol in the file that cluster.properties names.',
    error,
  );
}
