/** Tells which records of a partition belong to aborted transactions, as a reader of committed records must (KIP-98). */
import { batchHeaderBytes } from './batch.ts';
import type { Aborted } from './fetch-response.ts';
import { batchFields } from './seal.ts';
import type { BatchHeader } from './record-view.ts';

/** A control record's key is version and type, 16 bits each; it begins behind length, attributes, two deltas and the key's length. */
const controlTypeAt = batchHeaderBytes + 5 + 2;
const abortMarker = 0;

/** Follows one answer's batches of one partition, in order. */
export class AbortedTransactions {
  readonly #toCome: Aborted[];
  readonly #active = new Set<bigint>();

  constructor(aborted: readonly Aborted[]) {
    this.#toCome = aborted.toSorted((a, b) => a.firstOffset - b.firstOffset);
  }

  /** Whether the batch that begins there was aborted. */
  covers(bytes: Buffer, at: number, { end, nextOffset, isTransactional, isControl }: BatchHeader): boolean {
    if (this.#toCome.length === 0 && this.#active.size === 0) return false;
    while ((this.#toCome[0]?.firstOffset ?? Infinity) < nextOffset) {
      this.#active.add((this.#toCome.shift() as Aborted).producerId);
    }
    const producerId = bytes.readBigInt64BE(at + batchFields.producerId);
    if (isControl && end >= at + controlTypeAt + 2 && bytes.readInt16BE(at + controlTypeAt) === abortMarker)
      this.#active.delete(producerId);
    return isTransactional && !isControl && this.#active.has(producerId);
  }
}
