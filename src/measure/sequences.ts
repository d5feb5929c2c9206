/** Holds sets of sequence numbers in flat memory: a bit a message, what is missing of an old page, and nothing once a page of 65,536 is full. */

const pageBits = 16;
/** How many numbers a page holds. */
export const pageSize = 2 ** pageBits;
const wordsPerPage = pageSize / 32;

/** An old page that lacks no more than these, in rising order, is held by what it lacks. */
const mostMissing = 1_024;
/** A page is looked at again when so many newer ones have been begun: messages overtake each other, and some come late. */
const oldAfterPages = [3, 16] as const;

/** Pages as plain data: a bit a number, or the numbers that it lacks; `null` is a full page. */
export type SequenceSetData = readonly (readonly [page: number, members: Uint32Array | Uint16Array | null])[];

/** 65,536 sequence numbers: a bit each, or none where the page is full but for what is missing. */
interface Page {
  words: Uint32Array | null;
  /** In rising order; of a page without words. */
  missing: Uint16Array;
  size: number;
}

const nothing = new Uint16Array();

/** A set of whole numbers from 0 on, dense where it is used. */
export class SequenceSet {
  readonly #pages = new Map<number, Page>();
  /** Where the page begins that was used last. */
  #lastStart = -pageSize;
  #last: Page = { words: null, missing: nothing, size: 0 };
  /** The words of a page that has become full, for the next one: at full rate there are many of them a second. */
  #spare: Uint32Array | null = null;

  static from(data: SequenceSetData): SequenceSet {
    const set = new SequenceSet();
    for (const [number, members] of data)
      set.#pages.set(number, members instanceof Uint16Array ? lackingPage(members) : pageOf(members));
    return set;
  }

  get size(): number {
    let sum = 0;
    for (const page of this.#pages.values()) sum += page.size;
    return sum;
  }

  /** Adds a number; false where it was there already. */
  add(sequence: number): boolean {
    const page = this.#pageWith(sequence);
    const bit = sequence - this.#lastStart;
    if (page.words === null) return page.missing.length > 0 && fillIn(page, bit);
    const mask = 1 << (bit & 31);
    const word = page.words[bit >>> 5] as number;
    if ((word & mask) !== 0) return false;
    page.words[bit >>> 5] = word | mask;
    page.size++;
    if (page.size === pageSize) this.#setAside(page, page.words);
    return true;
  }

  /** Adds a run of consecutive numbers, whole words at a time. */
  addRun(first: number, count: number): void {
    const end = first + count;
    for (let sequence = first; sequence < end;) {
      const page = this.#pageWith(sequence);
      const bit = sequence % pageSize;
      const stop = Math.min(pageSize, bit + end - sequence);
      if (page.words === null) for (let i = bit; page.missing.length > 0 && i < stop; i++) fillIn(page, i);
      else {
        setBits(page, page.words, bit, stop);
        if (page.size === pageSize) this.#setAside(page, page.words);
      }
      sequence += stop - bit;
    }
  }

  has(sequence: number): boolean {
    const page = this.#pages.get(Math.floor(sequence / pageSize));
    if (page === undefined) return false;
    const bit = sequence % pageSize;
    if (page.words === null) return !page.missing.includes(bit);
    return ((page.words[bit >>> 5] as number) & (1 << (bit & 31))) !== 0;
  }

  /** How many members lie in [from, to). */
  countIn(from: number, to: number): number {
    return this.#sumPages(from, to, words => words);
  }

  /** How many members in [from, to) the other set lacks. */
  countMissingFrom(other: SequenceSet, from: number, to: number): number {
    return this.#sumPages(from, to, (words, number) => combine(words, other.#wordsOf(number), (a, b) => a & ~b));
  }

  /** How many members in [from, to) the other set has too. */
  countCommonWith(other: SequenceSet, from: number, to: number): number {
    return this.#sumPages(from, to, (words, number) => combine(words, other.#wordsOf(number), (a, b) => a & b));
  }

  /** The members that the other set has too. */
  commonWith(other: SequenceSet): SequenceSet {
    const common = new SequenceSet();
    for (const [number, page] of this.#pages) {
      if (!other.#pages.has(number)) continue;
      common.#pages.set(number, pageOf(combine(wordsIn(page), other.#wordsOf(number), (a, b) => a & b)));
    }
    return common;
  }

  /** Adds all members of another set. */
  addAll(other: SequenceSet): void {
    for (const [number, page] of other.#pages) {
      this.#pages.set(number, pageOf(combine(this.#wordsOf(number), wordsIn(page), (a, b) => a | b)));
    }
    this.#lastStart = -pageSize;
  }

  toData(): SequenceSetData {
    return [...this.#pages].map(([number, { words, missing }]) => [
      number,
      words ?? (missing.length > 0 ? missing : null),
    ]);
  }

  #setAside(page: Page, words: Uint32Array): void {
    page.words = null;
    this.#spare = words.fill(0);
  }

  #pageWith(sequence: number): Page {
    const ahead = sequence - this.#lastStart;
    if (ahead >= 0 && ahead < pageSize) return this.#last;
    const number = Math.floor(sequence / pageSize);
    let page = this.#pages.get(number);
    if (page === undefined) {
      page = { words: this.#spare ?? new Uint32Array(wordsPerPage), missing: nothing, size: 0 };
      this.#spare = null;
      this.#pages.set(number, page);
      for (const pages of oldAfterPages) this.#shrink(this.#pages.get(number - pages));
    }
    this.#lastStart = number * pageSize;
    this.#last = page;
    return page;
  }

  /** Holds a page that is nearly full by what it lacks. */
  #shrink(page: Page | undefined): void {
    if (page === undefined || page.words === null || page.size < pageSize - mostMissing) return;
    page.missing = missingIn(page.words, pageSize - page.size);
    this.#setAside(page, page.words);
  }

  /** Null for a full page, undefined for an empty one. */
  #wordsOf(number: number): Uint32Array | null | undefined {
    const page = this.#pages.get(number);
    return page === undefined ? undefined : wordsIn(page);
  }

  /** The pages that may hold numbers in [from, to), and others where that is quicker. */
  #pagesWithin(from: number, to: number): Iterable<readonly [number, Page]> {
    const first = Math.floor(from / pageSize);
    const count = Math.ceil(to / pageSize) - first;
    if (count >= this.#pages.size) return this.#pages;
    return Array.from({ length: Math.max(0, count) }, (_, i) => first + i).flatMap(number => {
      const page = this.#pages.get(number);
      return page === undefined ? [] : [[number, page] as const];
    });
  }

  #sumPages(
    from: number,
    to: number,
    select: (words: Uint32Array | null, number: number) => Uint32Array | null,
  ): number {
    let sum = 0;
    for (const [number, page] of this.#pagesWithin(from, to)) {
      const start = Math.max(0, from - number * pageSize);
      const end = Math.min(pageSize, to - number * pageSize);
      if (start >= end) continue;
      const selected = select(wordsIn(page), number);
      sum += selected === null ? end - start : countBits(selected, start, end);
    }
    return sum;
  }
}

function pageOf(words: Uint32Array | null): Page {
  const size = words === null ? pageSize : countBits(words, 0, pageSize);
  return { words: size === pageSize ? null : words, missing: nothing, size };
}

const lackingPage = (missing: Uint16Array): Page => ({ words: null, missing, size: pageSize - missing.length });

/** A page's bits; null for a full page. */
function wordsIn({ words, missing }: Page): Uint32Array | null {
  if (words !== null || missing.length === 0) return words;
  const filled = fullPage();
  for (const bit of missing) filled[bit >>> 5] = (filled[bit >>> 5] as number) & ~(1 << (bit & 31));
  return filled;
}

/** The numbers that a page lacks, of which there are so many. */
function missingIn(words: Uint32Array, count: number): Uint16Array {
  const missing = new Uint16Array(count);
  let found = 0;
  for (let index = 0; found < count; index++) {
    for (let absent = ~(words[index] as number); absent !== 0; absent &= absent - 1)
      missing[found++] = index * 32 + (31 - Math.clz32(absent & -absent));
  }
  return missing;
}

/** Adds a number to a page that is held by what it lacks; false where it does not lack it. */
function fillIn(page: Page, bit: number): boolean {
  const at = page.missing.indexOf(bit);
  if (at === -1) return false;
  page.missing = page.missing.filter(other => other !== bit);
  page.size++;
  return true;
}

/** Sets the bits [from, to) of a page that is not full. */
function setBits(page: Page, words: Uint32Array, from: number, to: number): void {
  for (let index = from >>> 5; index * 32 < to; index++) {
    const mask = maskWithin(index, from, to);
    const before = words[index] as number;
    page.size += popcount(mask & ~before);
    words[index] = before | mask;
  }
}

/** The bits of a word that lie in [from, to) of its page. */
function maskWithin(index: number, from: number, to: number): number {
  let mask = ~0;
  if (index * 32 < from) mask &= ~0 << (from & 31);
  if (index * 32 + 32 > to) mask &= ~(~0 << (to & 31));
  return mask;
}

function fullPage(): Uint32Array {
  return new Uint32Array(wordsPerPage).fill(0xffffffff);
}

/** Combines two pages word by word; undefined is an empty page, null a full one. Null as a result is a full page. */
function combine(
  a: Uint32Array | null | undefined,
  b: Uint32Array | null | undefined,
  operation: (a: number, b: number) => number,
): Uint32Array | null {
  const left = a === null ? fullPage() : (a ?? new Uint32Array(wordsPerPage));
  const right = b === null ? fullPage() : (b ?? new Uint32Array(wordsPerPage));
  return left.map((word, i) => operation(word, right[i] as number));
}

/** How many bits are set in [from, to) of a page. */
function countBits(words: Uint32Array, from: number, to: number): number {
  let sum = 0;
  for (let index = from >>> 5; index * 32 < to; index++) {
    sum += popcount((words[index] as number) & maskWithin(index, from, to));
  }
  return sum;
}

/** Bits set in a 32-bit word (Warren, Hacker's Delight, 5-1). */
function popcount(word: number): number {
  let bits = word - ((word >>> 1) & 0x55555555);
  bits = (bits & 0x33333333) + ((bits >>> 2) & 0x33333333);
  return Math.imul((bits + (bits >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
}
