/** Asks a broker which release of Kafka it is: no request tells, but the newest metadata version that it supports does. */
import type { ClientTls } from '../drivers/driver.ts';
import { openSocket } from './sockets.ts';

/** The first metadata version of each release, oldest first (org.apache.kafka.server.common.MetadataVersion). */
const firstMetadataVersions: readonly (readonly [release: string, level: number])[] = [
  ['3.3', 4],
  ['3.4', 8],
  ['3.5', 9],
  ['3.6', 12],
  ['3.7', 15],
  ['3.8', 20],
  ['3.9', 21],
  ['4.0', 22],
  ['4.1', 26],
  ['4.2', 28],
  ['4.3', 30],
];

/** The release that supports metadata versions up to this one; undefined for one before KRaft. */
export function releaseOf(metadataVersion: number): string | undefined {
  const newest = firstMetadataVersions.at(-1);
  if (newest !== undefined && metadataVersion > newest[1]) return `${newest[0]} or newer`;
  return firstMetadataVersions.findLast(([, level]) => level <= metadataVersion)?.[0];
}

const apiVersionsKey = 18;
/** The first version of the request whose answer lists features. */
const apiVersionsVersion = 3;
const supportedFeaturesTag = 0;
const timeoutMillis = 3_000;
const maxAnswerBytes = 1 << 20;

/** An ApiVersions request in its frame: header version 2, two compact strings. */
function encodeRequest(): Buffer {
  const header = Buffer.alloc(8);
  header.writeInt16BE(apiVersionsKey, 0);
  header.writeInt16BE(apiVersionsVersion, 2);
  const noTags = Buffer.from([0]);
  const clientId = Buffer.from([0, 2, ...Buffer.from('hw')]);
  const compact = (text: string) => Buffer.from([text.length + 1, ...Buffer.from(text)]);
  const body = Buffer.concat([header, clientId, noTags, compact('highwater'), compact('1'), noTags]);
  const size = Buffer.alloc(4);
  size.writeInt32BE(body.length);
  return Buffer.concat([size, body]);
}

/** Reads one answer, without its length. */
function exchange(address: string, tls: ClientTls | null, request: Buffer): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    let received = Buffer.alloc(0);
    const socket = openSocket(address, tls, () => socket.write(request));
    socket.setTimeout(timeoutMillis, () => socket.destroy(new Error(`no answer within ${timeoutMillis / 1e3} s`)));
    socket.once('error', reject);
    socket.once('close', () => reject(new Error('the connection was closed')));
    socket.on('data', chunk => {
      received = Buffer.concat([received, chunk]);
      const size = received.length < 4 ? Infinity : received.readInt32BE(0);
      if (received.length > maxAnswerBytes) socket.destroy(new Error('that is no answer of Kafka'));
      if (received.length < 4 + size) return;
      resolve(received.subarray(4, 4 + size));
      socket.destroy();
    });
  });
}

/** Walks through the fields of an answer. */
class Reader {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  skip(bytes: number): void {
    this.#at += bytes;
  }

  int16(): number {
    const value = this.#bytes.readInt16BE(this.#at);
    this.#at += 2;
    return value;
  }

  varint(): number {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = this.#bytes.readUInt8(this.#at++);
      value |= (byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
  }

  text(): string {
    const length = this.varint() - 1;
    this.#at += length;
    return this.#bytes.toString('utf8', this.#at - length, this.#at);
  }

  skipTags(): void {
    for (let tags = this.varint(); tags > 0; tags--) {
      this.varint();
      this.skip(this.varint());
    }
  }
}

/** The answer's supported features, by name their newest version; none where the broker refused. */
function decodeFeatures(answer: Buffer): Map<string, number> {
  const features = new Map<string, number>();
  const reader = new Reader(answer);
  reader.skip(4); // correlation id
  if (reader.int16() !== 0) return features;
  for (let apis = reader.varint() - 1; apis > 0; apis--) {
    reader.skip(6);
    reader.skipTags();
  }
  reader.skip(4); // throttle time
  for (let tags = reader.varint(); tags > 0; tags--) {
    const tag = reader.varint();
    const bytes = reader.varint();
    if (tag !== supportedFeaturesTag) {
      reader.skip(bytes);
      continue;
    }
    for (let count = reader.varint() - 1; count > 0; count--) {
      const name = reader.text();
      reader.skip(2); // oldest
      features.set(name, reader.int16());
      reader.skipTags();
    }
  }
  return features;
}

/** The release of the broker at an address, as far as it tells: `4.3`. It tells whoever asks, before it is told by whom. */
export async function releaseAt(address: string, tls: ClientTls | null): Promise<string | undefined> {
  try {
    const metadataVersion = decodeFeatures(await exchange(address, tls, encodeRequest())).get('metadata.version');
    return metadataVersion === undefined ? undefined : releaseOf(metadataVersion);
  } catch {
    return undefined; // a broker that cannot be asked can still be measured: the result says "unknown"
  }
}
