/** Decodes record batches of format v2 into columns of positions, and reads from there: no object for a record. Hot. */
import { readStampAt, type Stamp, stampBytes, stampHeader } from '../../support/stamp.ts';
import type { RecordBatch } from '../driver.ts';
import { batchHeaderBytes } from './batch.ts';
import { decompress } from './compression.ts';
import { crc32c } from './crc32c.ts';
import { MalformedFrameError, readInt64 } from './protocol/reader.ts';
import { batchFields, bytesBeforeLengthEnds } from './seal.ts';

const codecMask = 0x07;
const transactionalBit = 0x10;
const controlBit = 0x20;

const stampName = Buffer.from(stampHeader);

/** The least that a record takes: six numbers of a byte each, and its attributes. */
const leastRecordBytes = 7;

/** What a batch's header says of it. */
export interface BatchHeader {
  readonly baseOffset: number;
  readonly end: number;
  readonly nextOffset: number;
  readonly isTransactional: boolean;
  readonly isControl: boolean;
}

/** Reads the header of the batch that begins there. */
export function readBatchHeader(bytes: Buffer, at: number): BatchHeader {
  const attributes = bytes.readInt16BE(at + batchFields.attributes);
  const baseOffset = readInt64(bytes, at);
  return {
    baseOffset,
    end: at + bytesBeforeLengthEnds + bytes.readInt32BE(at + batchFields.batchLength),
    nextOffset: baseOffset + bytes.readInt32BE(at + batchFields.lastOffsetDelta) + 1,
    isTransactional: (attributes & transactionalBit) !== 0,
    isControl: (attributes & controlBit) !== 0,
  };
}

/** Asserts that a whole batch is what the producer made. @throws MalformedFrameError */
export function checkCrc(bytes: Buffer, at: number, end: number): void {
  const expected = bytes.readUInt32BE(at + batchFields.crc);
  const found = crc32c(bytes.subarray(at + batchFields.attributes, end));
  if (found !== expected)
    throw new MalformedFrameError(
      `the records from offset ${readInt64(bytes, at)} on have the checksum ${found}, their header says ${expected}`,
    );
}

/** The position behind the number that was read last: what `varintAt` returns besides the number. */
let behind = 0;

/** Reads a zigzag varint of up to 32 bits. Past the end of the bytes it reads zeros: who calls compares positions afterwards. */
function varintAt(bytes: Uint8Array, at: number): number {
  let byte = bytes[at] as number;
  let value = byte & 0x7f;
  let next = at + 1;
  for (let shift = 7; byte > 0x7f && shift < 35; shift += 7) {
    byte = bytes[next++] as number;
    value |= (byte & 0x7f) << shift;
  }
  behind = next;
  return (value >>> 1) ^ -(value & 1);
}

/** Where the next number begins, after one of up to 64 bits. */
function afterVarlong(bytes: Uint8Array, at: number): number {
  let next = at;
  while ((bytes[next] as number) > 0x7f && next - at < 9) next++;
  return next + 1;
}

/** One batch after the other: `decode` fills it anew. */
export class RecordView implements RecordBatch {
  topic = 0;
  partition = 0;
  count = 0;
  nextOffset = 0;
  readonly #stampIn: 'value' | 'header';
  /** The records' bytes: the frame's, or what a codec made of them. */
  #bytes: Buffer = Buffer.alloc(0);
  #data: DataView = new DataView(new ArrayBuffer(0));
  #baseOffset = 0;
  /** The first record that was asked for: a batch may begin before it. */
  #first = 0;
  #offsetDelta = new Int32Array(1_024);
  #keyAt = new Int32Array(1_024);
  #keyLength = new Int32Array(1_024);
  #valueAt = new Int32Array(1_024);
  #valueLength = new Int32Array(1_024);

  constructor(stampIn: 'value' | 'header') {
    this.#stampIn = stampIn;
  }

  /** Shows a batch from which nothing is to be read, but where the partition goes on. */
  showNothing({ baseOffset, nextOffset }: BatchHeader): void {
    this.count = 0;
    this.#baseOffset = baseOffset;
    this.nextOffset = nextOffset;
  }

  /** Shows the records of the batch that begins there, from an offset on. @throws MalformedFrameError */
  decode(bytes: Buffer, at: number, header: BatchHeader, fromOffset: number): void {
    const attributes = bytes.readInt16BE(at + batchFields.attributes);
    const records = bytes.readInt32BE(at + batchFields.recordCount);
    const codec = attributes & codecMask;
    const from = at + batchHeaderBytes;
    if (codec === 0) this.#locate(bytes, { from, end: header.end, records });
    else {
      const plain = decompress(codec, bytes.subarray(from, header.end));
      this.#locate(plain, { from: 0, end: plain.length, records });
    }
    this.#baseOffset = header.baseOffset;
    this.nextOffset = header.nextOffset;
    let first = 0;
    while (first < records && header.baseOffset + (this.#offsetDelta[first] as number) < fromOffset) first++;
    this.#first = first;
    this.count = records - first;
  }

  offset(index: number): number {
    return this.#baseOffset + (this.#offsetDelta[this.#first + index] as number);
  }

  readStamp(index: number, into: Stamp): boolean {
    const i = this.#first + index;
    const at = this.#stampIn === 'value' ? this.#valueStampAt(i) : this.#headerStampAt(i);
    return at >= 0 && readStampAt(this.#data, at, into);
  }

  key(index: number): Buffer | null {
    const i = this.#first + index;
    return this.#copy(this.#keyAt[i] as number, this.#keyLength[i] as number);
  }

  value(index: number): Buffer | null {
    const i = this.#first + index;
    return this.#copy(this.#valueAt[i] as number, this.#valueLength[i] as number);
  }

  header(index: number, name: string): readonly Buffer[] {
    const wanted = Buffer.from(name);
    const values: Buffer[] = [];
    this.#forHeaders(this.#first + index, (nameAt, nameLength, valueAt, valueLength) => {
      if (this.#bytes.subarray(nameAt, nameAt + nameLength).equals(wanted))
        values.push(this.#copy(valueAt, valueLength) ?? Buffer.alloc(0));
    });
    return values;
  }

  #valueStampAt(i: number): number {
    return (this.#valueLength[i] as number) >= stampBytes ? (this.#valueAt[i] as number) : -1;
  }

  #headerStampAt(i: number): number {
    let found = -1;
    this.#forHeaders(i, (nameAt, nameLength, valueAt, valueLength) => {
      if (nameLength === stampName.length && valueLength === stampBytes && this.#isStampName(nameAt)) found = valueAt;
    });
    return found;
  }

  #isStampName(at: number): boolean {
    for (let i = 0; i < stampName.length; i++) if (this.#bytes[at + i] !== stampName[i]) return false;
    return true;
  }

  /** A copy: the frame's memory is used again. */
  #copy(at: number, length: number): Buffer | null {
    return length < 0 ? null : Buffer.from(this.#bytes.subarray(at, at + length));
  }

  #forHeaders(
    i: number,
    call: (nameAt: number, nameLength: number, valueAt: number, valueLength: number) => void,
  ): void {
    const count = varintAt(this.#bytes, (this.#valueAt[i] as number) + Math.max(0, this.#valueLength[i] as number));
    let at = behind;
    for (let header = 0; header < count; header++) {
      const nameLength = varintAt(this.#bytes, at);
      const nameAt = behind;
      const valueLength = varintAt(this.#bytes, nameAt + nameLength);
      const valueAt = behind;
      at = valueAt + Math.max(0, valueLength);
      if (nameLength < 0 || at > this.#bytes.length)
        throw new MalformedFrameError('a header that ends beyond its record');
      call(nameAt, nameLength, valueAt, valueLength);
    }
  }

  /** Notes where each record's parts lie. */
  #locate(bytes: Buffer, { from, end, records }: { from: number; end: number; records: number }): void {
    if (records < 0 || records * leastRecordBytes > end - from)
      throw new MalformedFrameError(`${records} records in ${end - from} bytes`);
    if (records > this.#offsetDelta.length) this.#grow(records);
    if (bytes !== this.#bytes) {
      this.#bytes = bytes;
      this.#data = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    }
    let at = from;
    for (let i = 0; i < records; i++) {
      const length = varintAt(bytes, at);
      const recordEnd = behind + length;
      this.#offsetDelta[i] = varintAt(bytes, afterVarlong(bytes, behind + 1));
      const keyLength = varintAt(bytes, behind);
      this.#keyAt[i] = behind;
      this.#keyLength[i] = keyLength;
      const valueLength = varintAt(bytes, behind + (keyLength > 0 ? keyLength : 0));
      this.#valueAt[i] = behind;
      this.#valueLength[i] = valueLength;
      // lengths below −1 or beyond the record, and whatever was read past the end, are caught here
      if (length < 0 || keyLength < -1 || valueLength < -1 || recordEnd > end || behind + valueLength > recordEnd)
        throw new MalformedFrameError(`record ${i} of ${records} does not fit into its batch`);
      at = recordEnd;
    }
    if (at !== end) throw new MalformedFrameError(`${end - at} bytes follow the last record of a batch`);
  }

  #grow(records: number): void {
    const capacity = Math.max(records, this.#offsetDelta.length * 2);
    this.#offsetDelta = new Int32Array(capacity);
    this.#keyAt = new Int32Array(capacity);
    this.#keyLength = new Int32Array(capacity);
    this.#valueAt = new Int32Array(capacity);
    this.#valueLength = new Int32Array(capacity);
  }
}
