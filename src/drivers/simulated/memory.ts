/** Lays out what the threads of one simulated broker share, and locks it. */

/** Injected faults, by their place among the counters. */
export const faultKinds = ['unanswered', 'lost', 'duplicated', 'reordered'] as const;
export type FaultKind = (typeof faultKinds)[number];

/** Doubles first, for their alignment: the window's begin, the common start (host's clock), the window's length. */
const doubleCount = 3;
const lockCount = 2;
const appendsPlace = lockCount;
const countersPlace = appendsPlace + 1;
const lengthsPlace = countersPlace + faultKinds.length;

/** Attempts to take a lock before its thread sleeps: it is held for microseconds. */
const spins = 200;
const free = 0;
const held = 1;
const heldWithWaiters = 2;

/** A lock in shared memory (Drepper, "Futexes Are Tricky", mutex 2). Not reentrant. */
export class SharedLock {
  readonly #words: Int32Array;
  readonly #place: number;

  constructor(words: Int32Array, place: number) {
    this.#words = words;
    this.#place = place;
  }

  acquire(): void {
    for (let spin = 0; spin < spins; spin++) {
      if (Atomics.compareExchange(this.#words, this.#place, free, held) === free) return;
    }
    while (Atomics.exchange(this.#words, this.#place, heldWithWaiters) !== free) {
      Atomics.wait(this.#words, this.#place, heldWithWaiters);
    }
  }

  release(): void {
    if (Atomics.exchange(this.#words, this.#place, free) === heldWithWaiters)
      Atomics.notify(this.#words, this.#place, 1);
  }
}

/** One thread's view of a broker's control block. */
export class Control {
  /** Held while messages enter the servers' queue. */
  readonly queueLock: SharedLock;
  /** Held while messages are appended to logs. */
  readonly logLock: SharedLock;
  readonly #doubles: Float64Array;
  readonly #words: Int32Array;

  /** Memory for the control block of so many partitions. */
  static allocate(partitions: number): SharedArrayBuffer {
    const memory = new SharedArrayBuffer(8 * doubleCount + 4 * (lengthsPlace + partitions));
    new Float64Array(memory, 0, doubleCount).fill(Number.NaN);
    return memory;
  }

  constructor(memory: SharedArrayBuffer) {
    this.#doubles = new Float64Array(memory, 0, doubleCount);
    this.#words = new Int32Array(memory, 8 * doubleCount);
    this.queueLock = new SharedLock(this.#words, 0);
    this.logLock = new SharedLock(this.#words, 1);
  }

  /** When the measured window begins, on the host's clock; NaN while that is not known. */
  get windowMicros(): number {
    return this.#doubles[0] as number;
  }

  setWindow(hostMicros: number, commonStartHostMicros: number, measureMicros: number): void {
    this.#doubles[1] = commonStartHostMicros;
    this.#doubles[2] = measureMicros;
    this.#doubles[0] = hostMicros;
  }

  /** Whether a due time, in µs since the common start, lies in the measured window. */
  isInWindow(dueMicros: number): boolean {
    const begin = (this.#doubles[0] as number) - (this.#doubles[1] as number);
    // what a host's uptime in µs loses of its last digits must not move a message that is due on the window's edge
    const fromMicros = Math.round(begin * 1e3) / 1e3;
    return dueMicros >= fromMicros && dueMicros < fromMicros + (this.#doubles[2] as number);
  }

  countInjected(kind: FaultKind): void {
    Atomics.add(this.#words, countersPlace + faultKinds.indexOf(kind), 1);
  }

  injected(kind: FaultKind): number {
    return Atomics.load(this.#words, countersPlace + faultKinds.indexOf(kind));
  }

  /** Messages that a partition's log holds: its end offset. */
  logLength(partition: number): number {
    return Atomics.load(this.#words, lengthsPlace + partition);
  }

  publishLogLength(partition: number, length: number): void {
    Atomics.store(this.#words, lengthsPlace + partition, length);
  }

  /** Wakes the threads that wait for an append. */
  announceAppends(): void {
    Atomics.add(this.#words, appendsPlace, 1);
    Atomics.notify(this.#words, appendsPlace);
  }

  /** Announced appends, modulo 2³². */
  get appends(): number {
    return Atomics.load(this.#words, appendsPlace);
  }

  /** Blocks the thread until an append beyond that count is announced, but no longer than so many milliseconds. */
  awaitAppends(beyond: number, millis: number): void {
    Atomics.wait(this.#words, appendsPlace, beyond, millis);
  }
}
