/** Writes and reads the 24 bytes by which a message is known again: run, producer, sequence and due time. */

/** Layout, little-endian: u32 run | u32 producer | f64 sequence | f64 due (µs since the trial's common start). */
export const stampBytes = 24;

/** The name of the header that carries the stamp where the value cannot. */
export const stampHeader = 'highwater';

/** What a stamp says. Mutable: a reader fills the same object again and again. */
export interface Stamp {
  /** Which trial sent it: a hash of run id, cell and block. */
  run: number;
  /** The producer's index within the trial. */
  producer: number;
  /** Counts up from 0 per producer. */
  sequence: number;
  /** When the schedule wanted it sent, in µs since the trial's common start. */
  dueMicros: number;
}

export const emptyStamp = (): Stamp => ({ run: 0, producer: 0, sequence: 0, dueMicros: 0 });

/** Reads a stamp that begins at a byte offset into `into`; false where fewer than 24 bytes are left. */
export function readStamp(bytes: Buffer, offset: number, into: Stamp): boolean {
  if (bytes.length - offset < stampBytes) return false;
  into.run = bytes.readUInt32LE(offset);
  into.producer = bytes.readUInt32LE(offset + 4);
  into.sequence = bytes.readDoubleLE(offset + 8);
  into.dueMicros = bytes.readDoubleLE(offset + 16);
  return true;
}

/** As `readStamp`, for who has a view of the bytes: it costs half, and this is done for every message that is read. */
export function readStampAt(view: DataView, offset: number, into: Stamp): boolean {
  if (view.byteLength - offset < stampBytes) return false;
  into.run = view.getUint32(offset, true);
  into.producer = view.getUint32(offset + 4, true);
  into.sequence = view.getFloat64(offset + 8, true);
  into.dueMicros = view.getFloat64(offset + 16, true);
  return true;
}

/** A run of stamps, packed: written through typed views because these are the writes made for every message. */
export interface StampColumn {
  readonly bytes: Buffer;
  write(index: number, run: number, producer: number, sequence: number, dueMicros: number): void;
}

export function stampColumn(capacity: number): StampColumn {
  const memory = new ArrayBuffer(capacity * stampBytes);
  const words = new Uint32Array(memory);
  const doubles = new Float64Array(memory);
  return {
    bytes: Buffer.from(memory),
    write(index, run, producer, sequence, dueMicros) {
      words[index * 6] = run;
      words[index * 6 + 1] = producer;
      doubles[index * 3 + 1] = sequence;
      doubles[index * 3 + 2] = dueMicros;
    },
  };
}
