/** Finds in the answer to a Fetch what each partition got: where its record batches lie, not what is in them. */
import { bytesBeforeLengthEnds } from './seal.ts';
import { MalformedFrameError, readInt64, type Reader } from './protocol/reader.ts';
import { batchFields, magicV2 } from './seal.ts';
import { batchHeaderBytes } from './batch.ts';

/** A transaction that was aborted, in a partition. */
export interface Aborted {
  readonly producerId: bigint;
  readonly firstOffset: number;
}

/** What an answer holds for one partition. */
export interface FetchedRegion {
  readonly topic: string;
  readonly partition: number;
  readonly code: number;
  readonly aborted: readonly Aborted[];
  /** The bytes [start, end) of the frame hold whole record batches … */
  readonly start: number;
  readonly end: number;
  /** … after which the partition goes on here; −1 where there is none. */
  readonly nextOffset: number;
}

export interface FetchResponse {
  readonly code: number;
  readonly regions: readonly FetchedRegion[];
}

/** Walks an answer, which begins behind the correlation id. @throws MalformedFrameError */
export function readFetchResponse(reader: Reader, version: number): FetchResponse {
  reader.int32(); // throttle time
  const code = reader.int16();
  reader.int32(); // session id
  const regions = reader.array(() => {
    const topic = reader.string();
    return reader.array(() => readRegion(reader, topic, version));
  });
  return { code, regions: regions.flat() };
}

function readRegion(reader: Reader, topic: string, version: number): FetchedRegion {
  const partition = reader.int32();
  const code = reader.int16();
  reader.skip(24); // high watermark, last stable offset, log start offset
  const aborted = reader.array(() => ({ producerId: reader.bigInt64(), firstOffset: reader.int64() }));
  if (version >= 11) reader.int32(); // preferred read replica
  const length = Math.max(0, reader.int32());
  const start = reader.offset;
  reader.skip(length);
  return { topic, partition, code, aborted, ...wholeBatches(reader.bytes, start, start + length) };
}

/** The whole batches among some bytes: a broker may cut the last one off. */
function wholeBatches(bytes: Buffer, start: number, limit: number): { start: number; end: number; nextOffset: number } {
  let at = start;
  let nextOffset = -1;
  while (limit - at >= batchHeaderBytes) {
    if (bytes[at + batchFields.magic] !== magicV2)
      throw new MalformedFrameError(
        `a record batch of format ${bytes[at + batchFields.magic]}, of which only 2 is read`,
      );
    const end = at + bytesBeforeLengthEnds + bytes.readInt32BE(at + batchFields.batchLength);
    if (end > limit) break;
    if (end < at + batchHeaderBytes) throw new MalformedFrameError('a record batch that is shorter than its header');
    nextOffset = readInt64(bytes, at) + bytes.readInt32BE(at + batchFields.lastOffsetDelta) + 1;
    at = end;
  }
  return { start, end: at, nextOffset };
}
