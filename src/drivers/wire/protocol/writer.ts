/** Writes Kafka's primitive types: for the seldom requests. What is sent for every message is written in place. */

export class Writer {
  #bytes = Buffer.allocUnsafe(256);
  #end = 0;

  int8(value: number): this {
    const at = this.#grow(1);
    this.#bytes.writeInt8(value, at);
    return this;
  }

  int16(value: number): this {
    const at = this.#grow(2);
    this.#bytes.writeInt16BE(value, at);
    return this;
  }

  int32(value: number): this {
    const at = this.#grow(4);
    this.#bytes.writeInt32BE(value, at);
    return this;
  }

  int64(value: number): this {
    const at = this.#grow(8);
    this.#bytes.writeBigInt64BE(BigInt(value), at);
    return this;
  }

  string(value: string): this {
    const length = Buffer.byteLength(value);
    this.int16(length);
    return this.#text(value, length);
  }

  nullableString(value: string | null): this {
    return value === null ? this.int16(-1) : this.string(value);
  }

  /** Bytes with a 32-bit length before them. */
  sizedBytes(value: Buffer): this {
    this.int32(value.length);
    const at = this.#grow(value.length);
    value.copy(this.#bytes, at);
    return this;
  }

  array<T>(elements: readonly T[], write: (element: T) => void): this {
    this.int32(elements.length);
    for (const element of elements) write(element);
    return this;
  }

  /** A string of the flexible versions: its length plus one, as an unsigned varint. */
  compactString(value: string): this {
    const length = Buffer.byteLength(value);
    this.unsignedVarint(length + 1);
    return this.#text(value, length);
  }

  compactNullableString(value: string | null): this {
    return value === null ? this.unsignedVarint(0) : this.compactString(value);
  }

  /** An array of the flexible versions: its length plus one, as an unsigned varint; 0 for null, where that says something else than an empty one. */
  compactArray<T>(elements: readonly T[] | null, write: (element: T) => void): this {
    this.unsignedVarint(elements === null ? 0 : elements.length + 1);
    for (const element of elements ?? []) write(element);
    return this;
  }

  /** 16 bytes, given as hexadecimal digits. */
  uuid(value: string): this {
    const at = this.#grow(16);
    this.#bytes.write(value, at, 'hex');
    return this;
  }

  /** Ends a structure of the flexible versions that has no tagged fields. */
  noTaggedFields(): this {
    return this.unsignedVarint(0);
  }

  unsignedVarint(value: number): this {
    let rest = value;
    for (; rest > 0x7f; rest = Math.floor(rest / 128)) this.#byte((rest % 128) | 0x80);
    this.#byte(rest);
    return this;
  }

  /** What was written, as a view. */
  toBuffer(): Buffer {
    return this.#bytes.subarray(0, this.#end);
  }

  #text(value: string, length: number): this {
    const at = this.#grow(length);
    this.#bytes.write(value, at);
    return this;
  }

  #byte(value: number): void {
    const at = this.#grow(1);
    this.#bytes[at] = value;
  }

  /** Makes room; returns where it begins. The memory may be another afterwards. */
  #grow(by: number): number {
    const start = this.#end;
    this.#end += by;
    if (this.#end > this.#bytes.length) {
      const larger = Buffer.allocUnsafe(Math.max(this.#bytes.length * 2, this.#end));
      this.#bytes.copy(larger, 0, 0, start);
      this.#bytes = larger;
    }
    return start;
  }
}
