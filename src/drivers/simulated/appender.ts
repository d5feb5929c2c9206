/** Appends one producer's acknowledged messages to the logs, and loses, duplicates and reorders its share of them. */
import { stampBytes } from '../../support/stamp.ts';
import { Chance, Share } from './chance.ts';
import type { Control } from './memory.ts';
import type { MessageTable } from './message-table.ts';
import type { PartitionLog } from './partition-log.ts';
import type { SimulatedHandle } from './settings.ts';

const wordsPerStamp = stampBytes / 4;

/** Where a message is at the moment of its acknowledgement: nowhere yet, as it is held back. */
const unknownOffset = -1;

/**
 * Where several fates would hit the same message, losing comes before duplicating, duplicating before reordering.
 * A message to be reordered is held back until the next message of its partition that consumers get, and counts as
 * reordered only then.
 */
export class Appender {
  readonly #control: Control;
  readonly #logs: readonly PartitionLog[];
  readonly #lose: Share;
  readonly #duplicate: Share;
  readonly #reorder: Share;
  /** By partition: the stamp of the message that is held back, when it is due, and whether there is one. */
  readonly #heldStamps: Int32Array;
  readonly #heldDueMicros: Float64Array;
  readonly #isHeld: Uint8Array;
  #mayHold = true;

  constructor({ settings, seed }: SimulatedHandle, producer: number, control: Control, logs: readonly PartitionLog[]) {
    this.#control = control;
    this.#logs = logs;
    this.#lose = new Share(new Chance(seed, 'lose', producer), settings.lose);
    this.#duplicate = new Share(new Chance(seed, 'duplicate', producer), settings.duplicate);
    this.#reorder = new Share(new Chance(seed, 'reorder', producer), settings.reorder);
    this.#heldStamps = new Int32Array(wordsPerStamp * logs.length);
    this.#heldDueMicros = new Float64Array(logs.length);
    this.#isHeld = new Uint8Array(logs.length);
  }

  /** Appends a message and returns its offset; −1 where it is held back. The caller holds the log lock. */
  append(messages: MessageTable, ticket: number): number {
    const partition = messages.partition(ticket);
    const log = this.#logs[partition] as PartitionLog;
    const sequence = messages.sequence(ticket);
    if (this.#lose.includes(sequence)) {
      if (this.#control.isInWindow(messages.dueMicros(ticket))) this.#control.countInjected('lost');
      return log.appendLost();
    }
    const isDuplicate = this.#duplicate.includes(sequence);
    const isFollower = this.#isHeld[partition] === 1;
    if (!isDuplicate && !isFollower && this.#mayHold && this.#reorder.includes(sequence)) {
      this.#hold(partition, messages, ticket);
      return unknownOffset;
    }
    const word = messages.stampWord(ticket);
    const offset = log.append(messages.stampWords, word);
    if (isDuplicate) {
      log.append(messages.stampWords, word);
      if (this.#control.isInWindow(messages.dueMicros(ticket))) this.#control.countInjected('duplicated');
    }
    if (isFollower) this.#releaseAfter(partition);
    return offset;
  }

  /** Lets messages be held back (again), as more are to come. */
  resume(): void {
    this.#mayHold = true;
  }

  /** Holds nothing back any more: appends what is held, in order, and uncounted. The caller holds the log lock. */
  release(): void {
    this.#mayHold = false;
    for (let partition = 0; partition < this.#isHeld.length; partition++) {
      if (this.#isHeld[partition] === 1) this.#appendHeld(partition);
    }
  }

  #hold(partition: number, messages: MessageTable, ticket: number): void {
    const word = messages.stampWord(ticket);
    const words = messages.stampWords;
    for (let i = 0; i < wordsPerStamp; i++) this.#heldStamps[partition * wordsPerStamp + i] = words[word + i] as number;
    this.#heldDueMicros[partition] = messages.dueMicros(ticket);
    this.#isHeld[partition] = 1;
  }

  /** The message that is held back comes after a later one. */
  #releaseAfter(partition: number): void {
    this.#appendHeld(partition);
    if (this.#control.isInWindow(this.#heldDueMicros[partition] as number)) this.#control.countInjected('reordered');
  }

  #appendHeld(partition: number): void {
    (this.#logs[partition] as PartitionLog).append(this.#heldStamps, partition * wordsPerStamp);
    this.#isHeld[partition] = 0;
  }
}
