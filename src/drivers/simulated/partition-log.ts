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
/** Stands in a stamp's sequence for a message that the broker has lost: it has an offset and nothing else. */
const lostSequence = -1;

/** Memory for an empty log. */
export function allocateLog(): SharedArrayBuffer {
  return new SharedArrayBuffer(firstMessages * stampBytes, { maxByteLength: mostMessages * stampBytes });
}

/** One thread's view of a partition's log. */
export class PartitionLog {
  readonly #memory: SharedArrayBuffer;
  readonly #control: Control;
  readonly #partition: number;
  #words: Int32Array;
  #doubles: Float64Array;

  constructor(memory: SharedArrayBuffer, control: Control, partition: number) {
    this.#memory = memory;
    this.#control = control;
    this.#partition = partition;
    this.#words = new Int32Array(0);
    this.#doubles = new Float64Array(0);
  }

  get length(): number {
    return this.#control.logLength(this.#partition);
  }

  /**
   * Appends the stamp that begins at a word of `stamps`; returns its offset. The caller holds the log lock.
   * Throws an environment error when the log is full.
   */
  append(stamps: Int32Array, firstWord: number): number {
    const offset = this.#extend();
    const place = offset * wordsPerStamp;
    // by words: a copy as doubles could change the bits of what is not a number
    for (let i = 0; i < wordsPerStamp; i++) this.#words[place + i] = stamps[firstWord + i] as number;
    this.#control.publishLogLength(this.#partition, offset + 1);
    return offset;
  }

  /** Appends an offset that consumers skip, and returns it. Otherwise as `append`. */
  appendLost(): number {
    const offset = this.#extend();
    this.#doubles[offset * doublesPerStamp + 1] = lostSequence;
    this.#control.publishLogLength(this.#partition, offset + 1);
    return offset;
  }

  isLost(offset: number): boolean {
    this.#view(offset + 1);
    return this.#doubles[offset * doublesPerStamp + 1] === lostSequence;
  }

  /** Fills `into` from the stamp at an offset below the length. */
  readStamp(offset: number, into: Stamp): void {
    this.#view(offset + 1);
    into.run = (this.#words[offset * wordsPerStamp] as number) >>> 0;
    into.producer = (this.#words[offset * wordsPerStamp + 1] as number) >>> 0;
    into.sequence = this.#doubles[offset * doublesPerStamp + 1] as number;
    into.dueMicros = this.#doubles[offset * doublesPerStamp + 2] as number;
  }

  /** Makes room for one more message; returns its offset. */
  #extend(): number {
    const { length } = this;
    if (length * stampBytes === this.#memory.byteLength) this.#grow(length);
    this.#view(length + 1);
    return length;
  }

  #grow(length: number): void {
    if (length === mostMessages) {
      throw new HarnessError('environment', `A partition of the simulated broker is full with ${length} messages.`, {
        hint: 'Use more partitions, or a shorter or slower load.',
      });
    }
    this.#memory.grow(Math.min(length + chunkMessages, mostMessages) * stampBytes);
  }

  /** Lets the views reach so many messages. Views of fixed length are faster than ones that follow the memory's length. */
  #view(messages: number): void {
    if (messages * wordsPerStamp <= this.#words.length) return;
    const { byteLength } = this.#memory;
    this.#words = new Int32Array(this.#memory, 0, byteLength / 4);
    this.#doubles = new Float64Array(this.#memory, 0, byteLength / 8);
  }
}

/** One thread's view of all logs, by topic and partition. */
export const viewLogs = (logs: readonly SharedArrayBuffer[], control: Control): PartitionLog[] =>
  logs.map((memory, partition) => new PartitionLog(memory, control, partition));
