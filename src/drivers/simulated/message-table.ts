/** Remembers what a producer has submitted until it has ended: columns in rings by ticket, which grow. Hot. */
import { stampBytes } from '../../support/stamp.ts';
import type { MessageBlock } from '../driver.ts';

const firstCapacity = 2 ** 12;
const wordsPerStamp = stampBytes / 4;
const doublesPerStamp = stampBytes / 8;

/** Stands for the partition of a message that has ended. */
const ended = -1;

export class MessageTable {
  #capacity = firstCapacity;
  /** By `ticket % capacity`: topic and partition as one number, or `ended`. */
  #partitions = new Int32Array(firstCapacity);
  #stamps = stampRing(firstCapacity);
  /** The lowest ticket that may not have ended. */
  #low = 0;
  #next = 0;

  /** Makes room for messages `from` … `from + count − 1` of a block and copies their stamps. */
  add({ firstTicket, stamps }: MessageBlock, from: number, count: number): void {
    const first = firstTicket + from;
    this.#advance();
    if (this.#low === this.#next) this.#low = first;
    this.#next = first + count;
    while (this.#next - this.#low > this.#capacity) this.#grow(first);
    const slot = this.#slotOf(first);
    const untilEnd = Math.min(count, this.#capacity - slot);
    const { bytes } = this.#stamps;
    stamps.copy(bytes, slot * stampBytes, from * stampBytes, (from + untilEnd) * stampBytes);
    stamps.copy(bytes, 0, (from + untilEnd) * stampBytes, (from + count) * stampBytes);
  }

  /** Enters where an added message goes: topic and partition as one number. */
  place(ticket: number, partition: number): void {
    this.#partitions[this.#slotOf(ticket)] = partition;
  }

  partition(ticket: number): number {
    return this.#partitions[this.#slotOf(ticket)] as number;
  }

  sequence(ticket: number): number {
    return this.#stamps.doubles[this.#slotOf(ticket) * doublesPerStamp + 1] as number;
  }

  /** In µs since the common start. */
  dueMicros(ticket: number): number {
    return this.#stamps.doubles[this.#slotOf(ticket) * doublesPerStamp + 2] as number;
  }

  /** All stamps; a message's begins at the word `stampWord`. Valid until messages are added. */
  get stampWords(): Int32Array {
    return this.#stamps.words;
  }

  stampWord(ticket: number): number {
    return this.#slotOf(ticket) * wordsPerStamp;
  }

  /** Forgets a message: its memory may be used again. */
  end(ticket: number): void {
    this.#partitions[this.#slotOf(ticket)] = ended;
  }

  /** A ticket may lie beyond 32 bits; the capacity is a power of two, so its low bits are enough. */
  #slotOf(ticket: number): number {
    return ticket & (this.#capacity - 1);
  }

  #advance(): void {
    while (this.#low < this.#next && this.partition(this.#low) === ended) this.#low++;
  }

  /** Doubles the rings; `until` is the ticket after the last that has a stamp in them. */
  #grow(until: number): void {
    const partitions = this.#partitions;
    const { bytes } = this.#stamps;
    const oldCapacity = this.#capacity;
    this.#capacity *= 2;
    this.#partitions = new Int32Array(this.#capacity);
    this.#stamps = stampRing(this.#capacity);
    for (let ticket = this.#low; ticket < until; ticket++) {
      const from = ticket & (oldCapacity - 1);
      const to = this.#slotOf(ticket);
      this.#partitions[to] = partitions[from] as number;
      bytes.copy(this.#stamps.bytes, to * stampBytes, from * stampBytes, (from + 1) * stampBytes);
    }
  }
}

interface StampRing {
  readonly bytes: Buffer;
  readonly words: Int32Array;
  readonly doubles: Float64Array;
}

function stampRing(capacity: number): StampRing {
  const memory = new ArrayBuffer(capacity * stampBytes);
  return { bytes: Buffer.from(memory), words: new Int32Array(memory), doubles: new Float64Array(memory) };
}
