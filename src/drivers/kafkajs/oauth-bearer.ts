/** Authenticates kafkajs by OAUTHBEARER (RFC 7628) so that a broker's refusal is heard: its own way takes any answer for consent. */
import type { Mechanism } from 'kafkajs';

/** Ends a part of a message, and is all of the answer to a refusal. */
const separator = '\u0001';

/** A message as kafkajs hands it on: its length, then its bytes. */
function framed(text: string): Buffer {
  const bytes = Buffer.from(text);
  const length = Buffer.alloc(4);
  length.writeInt32BE(bytes.length);
  return Buffer.concat([length, bytes]);
}

/** What kafkajs is to do where a broker asks for the token. */
export const oauthBearer = (token: string): Mechanism => ({
  mechanism: 'oauthbearer',
  authenticationProvider: ({ saslAuthenticate }) => ({
    async authenticate() {
      const answer = await saslAuthenticate({
        request: { encode: () => framed(`n,,${separator}auth=Bearer ${token}${separator}${separator}`) },
        response: { decode: bytes => bytes.subarray(4), parse: bytes => bytes },
      });
      if (answer === undefined || answer.length === 0) return;
      // a broker that refuses says why, and ends the exchange with an error once it was heard
      await saslAuthenticate({ request: { encode: () => framed(separator) } });
      throw new Error(`The broker neither took the token nor refused it: ${answer.toString()}`);
    },
  }),
});
