/** Reads the PEM texts that TLS needs, and sees that they are what they are named as. */
import { createPrivateKey, X509Certificate } from 'node:crypto';
import type { ClientTls } from '../../drivers/driver.ts';
import { readSource, UnreadableFile } from '../source.ts';
import type { PlacedIssue } from '../tree.ts';
import type { Pem, TlsDraft } from './draft.ts';

/** Hears of what is wrong. */
export type Report = (issue: PlacedIssue) => void;

const certificateBlock = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;
const keyBlock = /-----BEGIN [A-Z ]*PRIVATE KEY-----[^]+?-----END [A-Z ]*PRIVATE KEY-----/g;

const inWords = { certificate: 'a certificate', key: 'a private key' } as const;

/** The text; undefined, with an issue, where it cannot be had. Paths are secret: the message names none. */
async function textOf(pem: Pem, report: Report): Promise<string | undefined> {
  if (pem.kind === 'text') return pem.text;
  try {
    return (await readSource(pem.path, pem.setting)).text;
  } catch (error) {
    if (!(error instanceof UnreadableFile)) throw error;
    const message = `${pem.setting}: of the file that it names: ${error.message}`;
    report({ place: pem.place, code: 'E109', message, hint: error.hint });
    return undefined;
  }
}

function refuse(pem: Pem, sentence: string, hint: string, report: Report): null {
  report({ place: pem.place, code: 'E109', message: `${pem.setting}: ${sentence}`, hint });
  return null;
}

/** The blocks of one kind in a PEM text, which may hold others; null, with an issue, where there is none or it cannot be read. */
async function blocksOf(pem: Pem | null, kind: 'certificate' | 'key', report: Report): Promise<string | null> {
  const text = pem === null ? undefined : await textOf(pem, report);
  if (pem === null || text === undefined) return null;
  const blocks = text.match(kind === 'certificate' ? certificateBlock : keyBlock) ?? [];
  const hint = 'name a PEM file; docs/security.md says how to make one of a JKS or PKCS12 store';
  if (blocks.length === 0) return refuse(pem, `it holds no PEM of ${inWords[kind]}`, hint, report);
  return `${blocks.join('\n')}\n`;
}

/** Whether every certificate can be read. */
function areReadable(certificates: string): boolean {
  try {
    for (const block of certificates.match(certificateBlock) ?? []) new X509Certificate(block);
    return true;
  } catch {
    return false;
  }
}

/** Why a key cannot be used with its certificate; undefined where it can. OpenSSL's own words say little to a reader. */
function faultOfKey(key: string, passphrase: string | null, cert: string | null): [string, string] | undefined {
  try {
    const opened = createPrivateKey({ key, ...(passphrase === null ? {} : { passphrase }) });
    if (cert === null || new X509Certificate(cert).checkPrivateKey(opened)) return undefined;
    return ['it is not the key of the certificate', 'name the key that the certificate was made for'];
  } catch {
    if (!/ENCRYPTED/.test(key)) return ['it holds no private key that can be read', 'make it anew'];
    if (passphrase === null) return ['it is encrypted, and no passphrase is given', 'give its passphrase'];
    return ['the passphrase does not open it', 'check the passphrase'];
  }
}

/** The texts of a draft's files. Issues are reported, and what they are about is null. */
export async function readTls(draft: TlsDraft, report: Report): Promise<ClientTls> {
  const certificates = async (pem: Pem | null): Promise<string | null> => {
    const text = await blocksOf(pem, 'certificate', report);
    if (pem === null || text === null || areReadable(text)) return text;
    return refuse(pem, 'it holds a certificate that cannot be read', 'make the file anew', report);
  };
  const [ca, cert, key] = await Promise.all([
    certificates(draft.ca),
    certificates(draft.cert),
    blocksOf(draft.key, 'key', report),
  ]);
  const { passphrase, serverName } = draft;
  const fault = key === null ? undefined : faultOfKey(key, passphrase, cert);
  if (fault !== undefined) refuse(draft.key as Pem, ...fault, report);
  return { ca, cert, key, passphrase, serverName };
}
