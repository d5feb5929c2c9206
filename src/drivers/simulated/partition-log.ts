/** Keeps the stamps of one partition's messages in growing shared memory: written under a lock, read without. */
import { HarnessError } from '../../support/errors.ts';
import { type Stamp, stampBytes } from '../../support/stamp.ts';
import type { Control } from './memory.ts';

const wordsPerStamp = stampBytes / 4;
const doublesPerStamp = stampBytes / 8;
/** Messages that a partition can hold. The address space is reserved, memory is used as the log grows. */
const mostMessages = 2 ** 28;
const firstMessages = 1_024;
const chunkMessages = 2 ** 16;
/** So much of a log that writes over its oldest messages is taken to be gone already: it might go while it is read. */
const slackShare = 1 / 8;
/** Stands in a stamp's sequence for a message that the broker has lost: it has an offset and nothing else. */
const lostSequence = -1;

/** How many messages a log keeps: all, or so many of the newest. */
export type Retention = number | 'unlimited';

/** Memory for an empty log. One that keeps a number of messages has room for them, and writes over the oldest. */
export function allocateLog(retain: Retention): SharedArrayBuffer {
  return retain === 'unlimited'
    ? new SharedArrayBuffer(firstMessages * stampBytes, { maxByteLength: mostMessages * stampBytes })
    : new SharedArrayBuffer(retain * stampBytes);
}

/** One thread's view of a partition's log. */
export class PartitionLog {
  readonly #memory: SharedArrayBuffer;
  readonly #control: Control;
  readonly #partition: number;
  /** As many messages fit; the next one goes where the oldest is. */
  readonly #capacity: number;
  #words: Int32Array;
  #doubles: Float64Array;

  constructor(memory: SharedArrayBuffer, control: Control, partition: number) {
    this.#capacity = memory.growable ? Infinity : memory.byteLength / stampBytes;
    this.#memory = memory;
    this.#control = control;
    this.#partition = partition;
    this.#words = new Int32Array(0);
    this.#doubles = new Float64Array(0);
  }

  get length(): number {
    return this.#control.logLength(this.#partition);
  }

  /** The first offset that is sure to be there while a batch is read: the oldest messages are being written over. */
  get start(): number {
    return this.#capacity === Infinity ? 0 : Math.max(0, this.length - Math.floor(this.#capacity * (1 - slackShare)));
  }

  /**
   * Appends the stamp that begins at a word of `stamps`; returns its offset. The caller holds the log lock.
   * Throws an environment error when the log is full.
   */
  append(stamps: Int32Array, firstWord: number): number {
    const offset = this.#extend();
    const place = this.#place(offset) * wordsPerStamp;
    // by words: a copy as doubles could change the bits of what is not a number
    for (let i = 0; i < wordsPerStamp; i++) this.#words[place + i] = stamps[firstWord + i] as number;
    this.#control.publishLogLength(this.#partition, offset + 1);
    return offset;
  }

  /** Appends an offset that consumers skip, and returns it. Otherwise as `append`. */
  appendLost(): number {
    const offset = this.#extend();
    this.#doubles[this.#place(offset) * doublesPerStamp + 1] = lostSequence;
    this.#control.publishLogLength(this.#partition, offset + 1);
    return offset;
  }

  isLost(offset: number): boolean {
    this.#view(offset + 1);
    return this.#doubles[this.#place(offset) * doublesPerStamp + 1] === lostSequence;
  }

  /** Fills `into` from the stamp at an offset below the length. */
  readStamp(offset: number, into: Stamp): void {
    this.#view(offset + 1);
    const place = this.#place(offset);
    into.run = (this.#words[place * wordsPerStamp] as number) >>> 0;
    into.producer = (this.#words[place * wordsPerStamp + 1] as number) >>> 0;
    into.sequence = this.#doubles[place * doublesPerStamp + 1] as number;
    into.dueMicros = this.#doubles[place * doublesPerStamp + 2] as number;
  }

  #place(offset: number): number {
    return this.#capacity === Infinity ? offset : offset % this.#capacity;
  }

  /** Makes room for one more message; returns its offset. */
  #extend(): number {
    const { length } = this;
    if (this.#capacity === Infinity && length * stampBytes === this.#memory.byteLength) this.#grow(length);
    this.#view(length + 1);
    return length;
  }

  #grow(length: number): void {
    if (length === mostMessages) {
      throw new HarnessError('environment', `A partition of the simulated broker is full with ${length} messages.`, {
        hint: 'Use more partitions, a shorter or slower load, or simulated.retain.',
      });
    }
    this.#memory.grow(Math.min(length + chunkMessages, mostMessages) * stampBytes);
  }

  /** Lets the views reach so many messages. Views of fixed length are faster than ones that follow the memory's length. */
  #view(messages: number): void {
    if (Math.min(messages, this.#capacity) * wordsPerStamp <= this.#words.length) return;
    const { byteLength } = this.#memory;
    this.#words = new Int32Array(this.#memory, 0, byteLength / 4);
    this.#doubles = new Float64Array(this.#memory, 0, byteLength / 8);
  }
}

/** One thread's view of all logs, by topic and partition. */
export const viewLogs = (logs: readonly SharedArrayBuffer[], control: Control): PartitionLog[] =>
  logs.map((memory, partition) => new PartitionLog(memory, control, partition));
