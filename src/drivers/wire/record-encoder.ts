/**
 * Encodes messages as records of format v2 straight into their batch. Keys and headers are encoded once, before the load. Hot.
 * Layout (the protocol guide, "Record"): length, attributes, timestamp delta, offset delta, key, value, headers; lengths are zigzag varints.
 */
import { stampBytes, stampHeader } from '../../support/stamp.ts';
import type { MessageBlock, MessageContent, MessageHeader } from '../driver.ts';
import type { Batch } from './batch.ts';
import { copyBytes, type Region, regionOf } from './copy.ts';
import { putVarint, varintBytes } from './varint.ts';

/** Pieces that are encoded once, packed: piece i is [starts[i], starts[i + 1]). The first is that of "none". */
interface Pieces {
  readonly region: Region;
  readonly starts: Int32Array;
  /** What each piece counts as: the bytes of keys, names and values without what encoding adds. */
  readonly payloads: Int32Array;
}

/** The most that varints of one record take besides its pieces. */
const mostVarintBytes = 4 * 5 + 1;

export class RecordEncoder {
  readonly #bodies: Region;
  readonly #keys: Pieces;
  readonly #headers: Pieces;
  /** Of the value, which begins with the stamp … */
  readonly #valueStampBytes: number;
  /** … or of the headers, which end with it. */
  readonly #headerStampBytes: number;
  #stampsOf: Buffer | null = null;
  #stamps: Region;

  constructor({ bodies, keys, headerSets, stampIn }: MessageContent) {
    this.#bodies = regionOf(bodies);
    this.#stamps = this.#bodies;
    this.#valueStampBytes = stampIn === 'value' ? stampBytes : 0;
    this.#headerStampBytes = stampIn === 'header' ? stampBytes : 0;
    this.#keys = piecesOf([null, ...keys].map(key => [encodedKey(key), key?.length ?? 0]));
    this.#headers = piecesOf(
      [[], ...headerSets].map(set => [
        encodedHeaders(set, stampIn),
        payloadOf(set) + (stampIn === 'header' ? stampHeader.length : 0),
      ]),
    );
  }

  /** The bytes of a message's key, value and headers. */
  payloadBytesOf(block: MessageBlock, i: number): number {
    const body = block.bodyLength[i] as number;
    const value = body < 0 ? 0 : body + this.#valueStampBytes;
    const key = this.#keys.payloads[(block.key[i] as number) + 1] as number;
    return key + value + (this.#headers.payloads[(block.headers[i] as number) + 1] as number) + this.#headerStampBytes;
  }

  /** Appends message i of the block to a batch that is open, with that time of creation. */
  append(batch: Batch, block: MessageBlock, i: number, nowMillis: number): void {
    const delta = Math.max(0, nowMillis - batch.baseTimestampMillis);
    const key = (block.key[i] as number) + 1;
    const keyFrom = this.#keys.starts[key] as number;
    const keyBytes = (this.#keys.starts[key + 1] as number) - keyFrom;
    const set = (block.headers[i] as number) + 1;
    const headersFrom = this.#headers.starts[set] as number;
    const headerBytes = (this.#headers.starts[set + 1] as number) - headersFrom;
    const bodyBytes = block.bodyLength[i] as number;
    const valueBytes = bodyBytes < 0 ? -1 : bodyBytes + this.#valueStampBytes;
    const size =
      1 +
      varintBytes(delta) +
      varintBytes(batch.count) +
      keyBytes +
      varintBytes(valueBytes) +
      Math.max(0, valueBytes) +
      headerBytes +
      this.#headerStampBytes;
    batch.reserve(size + mostVarintBytes);
    if (block.stamps !== this.#stampsOf) this.#useStampsOf(block);
    const { bytes } = batch;
    let at = putVarint(bytes, batch.end, size);
    bytes[at++] = 0;
    at = putVarint(bytes, at, delta);
    at = putVarint(bytes, at, batch.count);
    copyPiece(batch, at, this.#keys.region, keyFrom, keyBytes);
    at = putVarint(bytes, at + keyBytes, valueBytes);
    if (valueBytes >= 0) {
      if (this.#valueStampBytes > 0) copyBytes(batch, at, this.#stamps, i * stampBytes, stampBytes);
      at += this.#valueStampBytes;
      copyBytes(batch, at, this.#bodies, block.bodyOffset[i] as number, bodyBytes);
      at += bodyBytes;
    }
    copyPiece(batch, at, this.#headers.region, headersFrom, headerBytes);
    at += headerBytes;
    if (this.#headerStampBytes > 0) copyBytes(batch, at, this.#stamps, i * stampBytes, stampBytes);
    batch.end = at + this.#headerStampBytes;
    if (nowMillis > batch.maxTimestampMillis) batch.maxTimestampMillis = nowMillis;
    batch.addTicket(block.firstTicket + i);
  }

  #useStampsOf({ stamps }: MessageBlock): void {
    this.#stampsOf = stamps;
    this.#stamps = regionOf(stamps);
  }
}

/** Copies a key's or a header set's piece: where there is none, it is one byte. */
// oxlint-disable-next-line max-params -- as copyBytes's, and two calls for every message
function copyPiece(batch: Batch, at: number, source: Region, from: number, count: number): void {
  if (count === 1) batch.bytes[at] = source.bytes[from] as number;
  else copyBytes(batch, at, source, from, count);
}

function piecesOf(pieces: readonly (readonly [bytes: Buffer, payload: number])[]): Pieces {
  const starts = new Int32Array(pieces.length + 1);
  for (const [i, [bytes]] of pieces.entries()) starts[i + 1] = (starts[i] as number) + bytes.length;
  return {
    region: regionOf(Buffer.concat(pieces.map(([bytes]) => bytes))),
    starts,
    payloads: Int32Array.from(pieces, ([, payload]) => payload),
  };
}

function encodedKey(key: Buffer | null): Buffer {
  return key === null ? varint(-1) : Buffer.concat([varint(key.length), key]);
}

/** The count of headers, the headers, and, where the stamp is one, its name and length: the stamp itself follows. */
function encodedHeaders(set: readonly MessageHeader[], stampIn: MessageContent['stampIn']): Buffer {
  const name = Buffer.from(stampHeader);
  const stamp = stampIn === 'header' ? [varint(name.length), name, varint(stampBytes)] : [];
  const headers = set.flatMap(header => {
    const text = Buffer.from(header.name);
    return [varint(text.length), text, varint(header.value.length), header.value];
  });
  return Buffer.concat([varint(set.length + (stampIn === 'header' ? 1 : 0)), ...headers, ...stamp]);
}

const payloadOf = (set: readonly MessageHeader[]): number =>
  set.reduce((sum, { name, value }) => sum + Buffer.byteLength(name) + value.length, 0);

function varint(value: number): Buffer {
  const bytes = Buffer.alloc(5);
  return bytes.subarray(0, putVarint(bytes, 0, value));
}
