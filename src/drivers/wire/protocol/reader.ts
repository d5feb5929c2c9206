/** Reads Kafka's primitive types from a frame, and never past its end. */

/** What came from a broker is not what the protocol says: the connection is of no more use. */
export class MalformedFrameError extends Error {
  constructor(what: string) {
    super(`The broker sent a frame that cannot be read: ${what}.`);
    this.name = 'MalformedFrameError';
  }
}

/** A position in a frame. Every read moves it. @throws MalformedFrameError where the frame is too short or says nonsense */
export class Reader {
  readonly bytes: Buffer;
  offset: number;
  readonly end: number;

  constructor(bytes: Buffer, offset = 0, end = bytes.length) {
    this.bytes = bytes;
    this.offset = offset;
    this.end = end;
  }

  get left(): number {
    return this.end - this.offset;
  }

  int8(): number {
    return this.bytes.readInt8(this.#take(1));
  }

  int16(): number {
    return this.bytes.readInt16BE(this.#take(2));
  }

  int32(): number {
    return this.bytes.readInt32BE(this.#take(4));
  }

  /** A 64-bit integer as a number: exact up to 2⁵³, as all offsets are. */
  int64(): number {
    return readInt64(this.bytes, this.#take(8));
  }

  /** A 64-bit integer that is no count: a producer's identity. */
  bigInt64(): bigint {
    return this.bytes.readBigInt64BE(this.#take(8));
  }

  bool(): boolean {
    return this.int8() !== 0;
  }

  string(): string {
    const text = this.nullableString();
    if (text === null) throw new MalformedFrameError('a name is missing');
    return text;
  }

  nullableString(): string | null {
    const length = this.int16();
    if (length < 0) return null;
    const start = this.#take(length);
    return this.bytes.toString('utf8', start, start + length);
  }

  /** A string of the flexible versions: its length plus one before it, as an unsigned varint. */
  compactString(): string {
    const text = this.compactNullableString();
    if (text === null) throw new MalformedFrameError('a name is missing');
    return text;
  }

  compactNullableString(): string | null {
    const length = this.unsignedVarint() - 1;
    if (length < 0) return null;
    const start = this.#take(length);
    return this.bytes.toString('utf8', start, start + length);
  }

  /** 16 bytes, as hexadecimal digits. */
  uuid(): string {
    const start = this.#take(16);
    return this.bytes.toString('hex', start, start + 16);
  }

  /** Bytes with a 32-bit length before them; a view of the frame. */
  sizedBytes(): Buffer | null {
    const length = this.int32();
    if (length < 0) return null;
    const start = this.#take(length);
    return this.bytes.subarray(start, start + length);
  }

  /** An array with a 32-bit length before it; −1 is an empty one. Each element takes at least a byte, or the length is nonsense. */
  array<T>(element: (reader: this) => T): T[] {
    return this.#elements(this.int32(), element);
  }

  /** An array of the flexible versions: its length plus one, as an unsigned varint; 0 is an empty one. */
  compactArray<T>(element: (reader: this) => T): T[] {
    return this.#elements(this.unsignedVarint() - 1, element);
  }

  unsignedVarint(): number {
    let value = 0;
    for (let shift = 0; shift < 35; shift += 7) {
      const byte = this.bytes[this.#take(1)] as number;
      value += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) return value;
    }
    throw new MalformedFrameError('a variable-length number does not end');
  }

  /** Passes over the tagged fields of the flexible versions. */
  skipTaggedFields(): void {
    for (let fields = this.unsignedVarint(); fields > 0; fields--) {
      this.unsignedVarint();
      this.skip(this.unsignedVarint());
    }
  }

  skip(bytes: number): void {
    this.#take(bytes);
  }

  #elements<T>(length: number, element: (reader: this) => T): T[] {
    if (length > this.left) throw new MalformedFrameError(`an array of ${length} in ${this.left} bytes`);
    const elements: T[] = [];
    for (let i = 0; i < length; i++) elements.push(element(this));
    return elements;
  }

  /** Where the next so many bytes begin. */
  #take(bytes: number): number {
    const start = this.offset;
    if (bytes > this.end - start) throw new MalformedFrameError(`${bytes} bytes are wanted of ${this.end - start}`);
    this.offset = start + bytes;
    return start;
  }
}

/** A big-endian 64-bit integer as a number: exact up to 2⁵³. Without BigInt, which would allocate. */
export const readInt64 = (bytes: Buffer, offset: number): number =>
  bytes.readInt32BE(offset) * 2 ** 32 + bytes.readUInt32BE(offset + 4);
