/** Finishes a batch for the wire: its header of format v2, the codec and the checksum. */
import { type Batch, batchHeaderBytes } from './batch.ts';
import { codecNumber, compress } from './compression.ts';
import { crc32c } from './crc32c.ts';
import type { Compression } from '../driver.ts';

/** Where the fields of a batch's header are (the protocol guide, "Record Batch"). */
export const batchFields = {
  baseOffset: 0,
  batchLength: 8,
  leaderEpoch: 12,
  magic: 16,
  crc: 17,
  attributes: 21,
  lastOffsetDelta: 23,
  baseTimestamp: 27,
  maxTimestamp: 35,
  producerId: 43,
  producerEpoch: 51,
  baseSequence: 53,
  recordCount: 57,
} as const;

/** The length counts what follows it. */
export const bytesBeforeLengthEnds = 12;
export const magicV2 = 2;

/** Writes the header and compresses the records. May be done again, when the producer's identity has changed. */
export function seal(batch: Batch, compression: Compression): void {
  const { view, start } = batch;
  if (compression !== 'none' && batch.compressed === null)
    batch.compressed = compress(compression, batch.bytes.subarray(start + batchHeaderBytes, batch.end));
  const recordBytes = batch.compressed?.length ?? batch.end - start - batchHeaderBytes;
  putInt64(view, start + batchFields.baseOffset, 0);
  view.setInt32(start + batchFields.batchLength, batchHeaderBytes + recordBytes - bytesBeforeLengthEnds);
  view.setInt32(start + batchFields.leaderEpoch, -1);
  view.setInt8(start + batchFields.magic, magicV2);
  view.setInt16(start + batchFields.attributes, codecNumber(compression));
  view.setInt32(start + batchFields.lastOffsetDelta, batch.count - 1);
  putInt64(view, start + batchFields.baseTimestamp, batch.baseTimestampMillis);
  putInt64(view, start + batchFields.maxTimestamp, batch.maxTimestampMillis);
  view.setInt32(start + batchFields.producerId, batch.producerId?.high ?? -1);
  view.setInt32(start + batchFields.producerId + 4, batch.producerId?.low ?? -1);
  view.setInt16(start + batchFields.producerEpoch, batch.producerId?.epoch ?? -1);
  view.setInt32(start + batchFields.baseSequence, batch.sequence);
  view.setInt32(start + batchFields.recordCount, batch.count);
  const end = batch.compressed === null ? batch.end : start + batchHeaderBytes;
  const head = crc32c(batch.bytes.subarray(start + batchFields.attributes, end));
  const sum = batch.compressed === null ? head : crc32c(batch.compressed, head);
  view.setUint32(start + batchFields.crc, sum);
  batch.isSealed = true;
}

/** A whole number of 0 … 2⁵³ in 64 bits, without BigInt. */
function putInt64(view: DataView, at: number, value: number): void {
  view.setInt32(at, Math.floor(value / 2 ** 32));
  view.setUint32(at + 4, value % 2 ** 32);
}
