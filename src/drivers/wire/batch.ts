/** A record batch in the making: the encoded records, the tickets that they stand for, and the frame's first bytes in front. Hot. */
import type { Region } from './copy.ts';
import type { ProducerId } from './protocol/apis.ts';

/** The header of a record batch, format v2. */
export const batchHeaderBytes = 61;
const smallestCapacity = 4_096;

export class Batch implements Region {
  bytes: Buffer;
  view: DataView;
  /** Where the batch's own header begins; before it is room for what a request puts in front. */
  readonly start: number;
  /** Where the next record goes. */
  end: number;
  count = 0;
  /** Keys, values and headers, as they are before encoding. */
  payloadBytes = 0;
  baseTimestampMillis = 0;
  maxTimestampMillis = 0;
  /** When its first message came, on the host's clock. */
  openedMicros = 0;
  /** Which place it belongs to, and its number among that place's batches. */
  place = 0;
  order = 0;
  /** Its header is written: it takes no more records. */
  isSealed = false;
  /** It was given up: what becomes of its request is nobody's business any more. */
  isExpired = false;
  isInFlight = false;
  attempts = 0;
  /** An idempotent producer's identity and the sequence number of the first record; null and −1 while they are not given. */
  producerId: ProducerId | null = null;
  sequence = -1;
  /** The records as a codec left them; null where they stand behind the header as they are. */
  compressed: Buffer | null = null;
  /** Runs of consecutive tickets: the first of each, and how many. */
  runFirst = new Float64Array(16);
  runCount = new Int32Array(16);
  runs = 0;

  constructor(start: number, capacity: number) {
    this.start = start;
    this.end = start + batchHeaderBytes;
    this.bytes = Buffer.allocUnsafeSlow(Math.max(smallestCapacity, this.end + capacity));
    this.view = viewOf(this.bytes);
  }

  /** Makes room for so many more bytes. */
  reserve(bytes: number): void {
    if (this.end + bytes <= this.bytes.length) return;
    const larger = Buffer.allocUnsafeSlow(Math.max(this.end + bytes, this.bytes.length * 2));
    larger.set(this.bytes.subarray(0, this.end));
    this.bytes = larger;
    this.view = viewOf(larger);
  }

  /** Notes the ticket of the record that was just encoded. */
  addTicket(ticket: number): void {
    this.count++;
    const last = this.runs - 1;
    if (last >= 0 && (this.runFirst[last] as number) + (this.runCount[last] as number) === ticket) {
      this.runCount[last] = (this.runCount[last] as number) + 1;
      return;
    }
    if (this.runs === this.runFirst.length) this.#growRuns();
    this.runFirst[this.runs] = ticket;
    this.runCount[this.runs] = 1;
    this.runs++;
  }

  /** Empties it for another use. */
  reset(): void {
    this.end = this.start + batchHeaderBytes;
    this.count = 0;
    this.payloadBytes = 0;
    this.isSealed = false;
    this.isExpired = false;
    this.isInFlight = false;
    this.attempts = 0;
    this.producerId = null;
    this.sequence = -1;
    this.compressed = null;
    this.runs = 0;
  }

  #growRuns(): void {
    const first = new Float64Array(this.runs * 2);
    const count = new Int32Array(this.runs * 2);
    first.set(this.runFirst);
    count.set(this.runCount);
    this.runFirst = first;
    this.runCount = count;
  }
}

const viewOf = (bytes: Buffer): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.length);

/** Keeps the memory of batches that are done for the next ones. */
export class BatchPool {
  readonly #start: number;
  readonly #capacity: number;
  readonly #most: number;
  readonly #free: Batch[] = [];

  /** Batches whose header begins at `start` and that have room for `capacity` bytes of records at first; keeps up to `most`. */
  constructor(start: number, capacity: number, most: number) {
    this.#start = start;
    this.#capacity = capacity;
    this.#most = most;
  }

  take(): Batch {
    return this.#free.pop() ?? new Batch(this.#start, this.#capacity);
  }

  release(batch: Batch): void {
    batch.reset();
    if (this.#free.length < this.#most) this.#free.push(batch);
  }
}
