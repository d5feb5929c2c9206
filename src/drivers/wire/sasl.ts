/** Proves to a broker who a client is: SASL PLAIN (RFC 4616), SCRAM (RFC 5802, RFC 7677) and OAUTHBEARER (RFC 7628). */
import { createHash, createHmac, pbkdf2Sync, randomBytes, timingSafeEqual } from 'node:crypto';
import type { ClientSasl } from '../driver.ts';

/** Sends one message of the conversation; resolves to the broker's answer. */
export type Exchange = (message: Buffer) => Promise<Buffer>;

/** The mechanism's name in the protocol. */
export const mechanismName = ({ mechanism }: ClientSasl): string => mechanism.toUpperCase();

/** Holds the whole conversation. @throws what the exchange throws where the broker refuses, an Error where the broker fails to prove itself */
export async function authenticate(sasl: ClientSasl, exchange: Exchange): Promise<void> {
  if (sasl.mechanism === 'oauthbearer') return bearer(sasl.token, exchange);
  if (sasl.mechanism === 'plain') {
    await exchange(Buffer.from(`\0${sasl.username}\0${sasl.password}`));
    return;
  }
  await scram(sasl, sasl.mechanism === 'scram-sha-256' ? 'sha256' : 'sha512', exchange);
}

async function bearer(token: string, exchange: Exchange): Promise<void> {
  const answer = await exchange(Buffer.from(`n,,\x01auth=Bearer ${token}\x01\x01`));
  if (answer.length === 0) return;
  // a refusal comes as JSON; the broker then waits for one more message before it says so in its own words
  await exchange(Buffer.from('\x01'));
  throw new Error(`the broker refuses the token: ${answer.toString()}`);
}

/** SCRAM's names may hold neither of its separators. */
const escaped = (name: string): string => name.replaceAll('=', '=3D').replaceAll(',', '=2C');

async function scram(
  { username, password }: { readonly username: string; readonly password: string },
  hash: 'sha256' | 'sha512',
  exchange: Exchange,
): Promise<void> {
  const hmac = (key: Buffer, text: string): Buffer => createHmac(hash, key).update(text).digest();
  const nonce = randomBytes(24).toString('base64url');
  const first = `n=${escaped(username)},r=${nonce}`;
  const challenge = (await exchange(Buffer.from(`n,,${first}`))).toString();
  const { r: wholeNonce = '', s: salt = '', i: iterations = '' } = attributesOf(challenge);
  if (!wholeNonce.startsWith(nonce) || !(Number(iterations) >= 1))
    throw new Error('the broker answers SCRAM with another nonce, or without a count of iterations');
  const salted = pbkdf2Sync(
    password.normalize('NFKC'),
    Buffer.from(salt, 'base64'),
    Number(iterations),
    hash === 'sha256' ? 32 : 64,
    hash,
  );
  const clientKey = hmac(salted, 'Client Key');
  const storedKey = createHash(hash).update(clientKey).digest();
  const withoutProof = `c=biws,r=${wholeNonce}`;
  const signed = `${first},${challenge},${withoutProof}`;
  const signature = hmac(storedKey, signed);
  const proof = clientKey.map((byte, i) => byte ^ (signature[i] as number));
  const last = (await exchange(Buffer.from(`${withoutProof},p=${Buffer.from(proof).toString('base64')}`))).toString();
  const proven = Buffer.from(attributesOf(last)['v'] ?? '', 'base64');
  const expected = hmac(hmac(salted, 'Server Key'), signed);
  if (proven.length !== expected.length || !timingSafeEqual(proven, expected))
    throw new Error('the broker does not know the password: it is not the broker that it claims to be');
}

/** `a=1,b=2` → { a: '1', b: '2' } */
const attributesOf = (message: string): Readonly<Record<string, string>> =>
  Object.fromEntries(message.split(',').map(part => [part.slice(0, 1), part.slice(2)]));
