/** Knows which offsets of one partition were acknowledged, or read, and which messages stood there: a bit an offset, a sum a page. Hot. */
import { pageSize, type SequenceSetData, SequenceSet } from './sequences.ts';

/** The offsets, and by page of 65,536 of them the sum of what identifies the messages there. */
export interface OffsetLedgerData {
  readonly offsets: SequenceSetData;
  readonly sums: ReadonlyMap<number, number>;
}

/**
 * 32 bits that depend on where a message stands and which it is. Two sets of messages whose sums agree are the same but for one chance
 * in four thousand million: a sum does not depend on the order. The mixing is that of MurmurHash3's finalizer (Appleby 2011).
 */
function identityOf(offset: number, producer: number, sequence: number): number {
  let mixed =
    Math.imul(offset | 0, 0x9e3779b1) ^
    Math.imul((sequence | 0) + 0x165667b1, 0xc2b2ae35) ^
    Math.imul(producer, 0x27d4eb2f);
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x85ebca6b);
  return mixed ^ (mixed >>> 13);
}

export class OffsetLedger {
  /** Offsets that were entered though they had been before. */
  repeated = 0;
  /** Without those of the run that goes on. */
  readonly #offsets = new SequenceSet();
  readonly #sums = new Map<number, number>();
  #pageStart = -pageSize;
  #sum = 0;
  /** Beyond the highest offset entered: what lies there is new. */
  #end = 0;
  /** Offsets of which the sums know already, and that are not yet in the set: one run. */
  #runStart = 0;
  #runEnd = 0;

  /** Enters a message at an offset; false where one was entered there before. */
  add(offset: number, producer: number, sequence: number): boolean {
    if (offset >= this.#end) {
      if (offset !== this.#runEnd) {
        this.#endRun();
        this.#runStart = offset;
      }
      this.#runEnd = offset + 1;
      this.#end = offset + 1;
    } else if (!this.#addLate(offset)) return false;
    this.#count(offset, producer, sequence);
    return true;
  }

  #addLate(offset: number): boolean {
    this.#endRun();
    if (this.#offsets.add(offset)) return true;
    this.repeated++;
    return false;
  }

  toData(): OffsetLedgerData {
    this.#endRun();
    this.#turnTo(-pageSize);
    return { offsets: this.#offsets.toData(), sums: this.#sums };
  }

  #count(offset: number, producer: number, sequence: number): void {
    if (offset - this.#pageStart >= pageSize || offset < this.#pageStart) this.#turnTo(offset - (offset % pageSize));
    this.#sum = (this.#sum + identityOf(offset, producer, sequence)) | 0;
  }

  #turnTo(pageStart: number): void {
    if (this.#pageStart >= 0) this.#sums.set(this.#pageStart / pageSize, this.#sum);
    this.#pageStart = pageStart;
    this.#sum = this.#sums.get(pageStart / pageSize) ?? 0;
  }

  #endRun(): void {
    if (this.#runEnd > this.#runStart) this.#offsets.addRun(this.#runStart, this.#runEnd - this.#runStart);
    this.#runStart = this.#runEnd;
  }
}

/** What several ledgers of one partition know together: of several producers, or of several members. */
export interface OffsetUnion {
  readonly offsets: SequenceSet;
  /** Offsets that more than one of them has. */
  readonly repeated: number;
  /** By page: the sum; null where an offset of the page is in more than one of them. */
  readonly sums: ReadonlyMap<number, number | null>;
}

/** Adds ledgers of one partition up. */
export function unionOf(ledgers: readonly OffsetLedgerData[]): OffsetUnion {
  const offsets = new SequenceSet();
  const sums = new Map<number, number | null>();
  let repeated = 0;
  for (const ledger of ledgers) {
    const own = SequenceSet.from(ledger.offsets);
    for (const [page, sum] of ledger.sums) {
      const common = own.countCommonWith(offsets, page * pageSize, (page + 1) * pageSize);
      const before = sums.get(page);
      repeated += common;
      sums.set(page, common > 0 || before === null ? null : ((before ?? 0) + sum) | 0);
    }
    offsets.addAll(own);
  }
  return { offsets, repeated, sums };
}

/** Holds what was read against what was acknowledged, page by page. */
export interface PageComparison {
  /** Messages on pages where exactly the acknowledged offsets were read: there the sums tell whether they are the same messages. */
  readonly compared: number;
  /** Those of them on pages whose sums differ: another message stands where one was acknowledged. */
  readonly differing: number;
}

export function comparePages(acked: OffsetUnion, read: OffsetUnion): PageComparison {
  let compared = 0;
  let differing = 0;
  for (const [page, sum] of acked.sums) {
    const other = read.sums.get(page);
    if (sum === null || other === null || other === undefined) continue;
    const [from, to] = [page * pageSize, (page + 1) * pageSize];
    const count = acked.offsets.countIn(from, to);
    if (acked.offsets.countCommonWith(read.offsets, from, to) !== count || read.offsets.countIn(from, to) !== count)
      continue;
    compared += count;
    if (sum !== other) differing += count;
  }
  return { compared, differing };
}
