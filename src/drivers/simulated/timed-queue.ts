/** Holds numbers until their times have come. Hot: no object per entry. */

const firstCapacity = 1_024;

/**
 * A priority queue of (time, number) pairs that costs as little as a plain queue while times are pushed in rising order:
 * those go to a ring, only the others to a binary heap.
 */
export class TimedQueue {
  /** Pairs, by `(head + i) & mask`. */
  #ring = new Float64Array(2 * firstCapacity);
  #mask = firstCapacity - 1;
  #head = 0;
  #ringSize = 0;
  #lastMicros = -Infinity;
  readonly #heap = new TimedHeap();

  get size(): number {
    return this.#ringSize + this.#heap.size;
  }

  /** The earliest time; Infinity when empty. */
  get headMicros(): number {
    const ringMicros = this.#ringSize === 0 ? Infinity : (this.#ring[2 * this.#head] as number);
    return Math.min(ringMicros, this.#heap.headMicros);
  }

  push(atMicros: number, value: number): void {
    if (this.#ringSize > 0 && atMicros < this.#lastMicros) {
      this.#heap.push(atMicros, value);
      return;
    }
    if (this.#ringSize > this.#mask) this.#grow();
    const slot = (this.#head + this.#ringSize++) & this.#mask;
    this.#ring[2 * slot] = atMicros;
    this.#ring[2 * slot + 1] = value;
    this.#lastMicros = atMicros;
  }

  /** Removes the entry with the earliest time and returns its number; of equal times from the ring, the first pushed. */
  take(): number {
    const heapMicros = this.#heap.headMicros;
    if (this.#ringSize === 0 || heapMicros < (this.#ring[2 * this.#head] as number)) return this.#heap.take();
    const value = this.#ring[2 * this.#head + 1] as number;
    this.#head = (this.#head + 1) & this.#mask;
    this.#ringSize--;
    return value;
  }

  #grow(): void {
    const capacity = this.#mask + 1;
    const ring = new Float64Array(4 * capacity);
    const untilEnd = this.#ring.subarray(2 * this.#head);
    ring.set(untilEnd);
    ring.set(this.#ring.subarray(0, 2 * this.#head), untilEnd.length);
    this.#ring = ring;
    this.#head = 0;
    this.#mask = 2 * capacity - 1;
  }
}

/** A binary min-heap of (time, number) pairs. */
class TimedHeap {
  #pairs = new Float64Array(2 * firstCapacity);
  size = 0;

  get headMicros(): number {
    return this.size === 0 ? Infinity : (this.#pairs[0] as number);
  }

  push(atMicros: number, value: number): void {
    if (2 * this.size === this.#pairs.length) {
      const pairs = new Float64Array(2 * this.#pairs.length);
      pairs.set(this.#pairs);
      this.#pairs = pairs;
    }
    let hole = this.size++;
    while (hole > 0) {
      const parent = (hole - 1) >>> 1;
      if ((this.#pairs[2 * parent] as number) <= atMicros) break;
      this.#move(parent, hole);
      hole = parent;
    }
    this.#put(hole, atMicros, value);
  }

  take(): number {
    const pairs = this.#pairs;
    const taken = pairs[1] as number;
    const last = --this.size;
    const atMicros = pairs[2 * last] as number;
    let hole = 0;
    for (let child = 1; child < last; child = 2 * hole + 1) {
      if (child + 1 < last && (pairs[2 * child + 2] as number) < (pairs[2 * child] as number)) child++;
      if ((pairs[2 * child] as number) >= atMicros) break;
      this.#move(child, hole);
      hole = child;
    }
    this.#put(hole, atMicros, pairs[2 * last + 1] as number);
    return taken;
  }

  #move(from: number, to: number): void {
    this.#put(to, this.#pairs[2 * from] as number, this.#pairs[2 * from + 1] as number);
  }

  #put(place: number, atMicros: number, value: number): void {
    this.#pairs[2 * place] = atMicros;
    this.#pairs[2 * place + 1] = value;
  }
}
