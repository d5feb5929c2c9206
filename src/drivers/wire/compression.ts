/** Kafka's codecs: their numbers in a batch's attributes, and both directions. Synchronous: what a codec costs is the producer's own cost. */
import { gunzipSync, gzipSync, zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import { compressionsAlgorithms } from '@platformatic/kafka';
import type { Compression } from '../driver.ts';
import { MalformedFrameError } from './protocol/reader.ts';

interface Codec {
  readonly compress: (bytes: Buffer) => Buffer;
  /** @throws Error where the bytes are not what the codec made */
  readonly decompress: (bytes: Buffer) => Buffer;
}

/** A batch may not grow beyond this when it is decompressed: brokers take batches of a few MiB. */
const maxOutputLength = 2 ** 28;

const { snappy, lz4 } = compressionsAlgorithms;

/** By the number in the lowest three bits of a batch's attributes (the protocol guide, "Record Batch"). */
const codecs: readonly (readonly [name: Compression, codec: Codec | null])[] = [
  ['none', null],
  ['gzip', { compress: bytes => gzipSync(bytes), decompress: bytes => gunzipSync(bytes, { maxOutputLength }) }],
  ['snappy', { compress: bytes => snappy.compressSync(bytes), decompress: bytes => snappy.decompressSync(bytes) }],
  ['lz4', { compress: bytes => lz4.compressSync(bytes), decompress: bytes => lz4.decompressSync(bytes) }],
  [
    'zstd',
    { compress: bytes => zstdCompressSync(bytes), decompress: bytes => zstdDecompressSync(bytes, { maxOutputLength }) },
  ],
];

/** The codec's number in a batch's attributes. */
export const codecNumber = (name: Compression): number => codecs.findIndex(([known]) => known === name);

export const compress = (name: Compression, bytes: Buffer): Buffer =>
  codecs[codecNumber(name)]?.[1]?.compress(bytes) ?? bytes;

/** Records as they were before the codec of that number. @throws MalformedFrameError where there is no such codec, or the bytes are not its */
export function decompress(number: number, bytes: Buffer): Buffer {
  const [name, codec] = codecs[number] ?? ['none', undefined];
  if (codec === undefined) throw new MalformedFrameError(`there is no codec ${number}`);
  if (codec === null) return bytes;
  try {
    return codec.decompress(bytes);
  } catch (error) {
    throw new MalformedFrameError(`records that were to be ${name} are not (${(error as Error).message})`);
  }
}
