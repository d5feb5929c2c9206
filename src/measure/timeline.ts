/** Counts events by the second in which they happen, warm-up included. Hot. */

/** How many entries of a series come before the measured window. */
export function warmupSeconds(warmupMicros: number): number {
  return Math.ceil(warmupMicros / 1e6);
}

/** How many events were counted in a second of the measured window. */
export interface SecondCount {
  /** From the window's start. */
  readonly second: number;
  readonly count: number;
}

export class SecondCounter {
  #counts = new Float64Array(64);
  /** What `take` has handed over. */
  #taken = new Float64Array(64);
  readonly #warmupSeconds: number;
  #used = 0;
  /** What shifts the trial's start so that the window begins with a whole second. */
  readonly #leadMicros: number;

  constructor(warmupMicros: number) {
    this.#warmupSeconds = warmupSeconds(warmupMicros);
    this.#leadMicros = this.#warmupSeconds * 1e6 - warmupMicros;
  }

  /** Counts events that happened `atMicros` after the trial's common start. */
  add(atMicros: number, count: number): void {
    const second = atMicros < 0 ? 0 : ((atMicros + this.#leadMicros) / 1e6) | 0;
    if (second >= this.#used) this.#extend(second + 1);
    this.#counts[second] = (this.#counts[second] as number) + count;
  }

  /** Counts per second; the measured window begins with the entry `warmupSeconds`. */
  toData(): Float64Array {
    return this.#counts.slice(0, this.#used);
  }

  /** What was counted since the last call, in the window's seconds. */
  take(): SecondCount[] {
    if (this.#taken.length < this.#counts.length) {
      const larger = new Float64Array(this.#counts.length);
      larger.set(this.#taken);
      this.#taken = larger;
    }
    const recent: SecondCount[] = [];
    for (let i = this.#warmupSeconds; i < this.#used; i++) {
      const count = (this.#counts[i] as number) - (this.#taken[i] as number);
      if (count === 0) continue;
      recent.push({ second: i - this.#warmupSeconds, count });
      this.#taken[i] = this.#counts[i] as number;
    }
    return recent;
  }

  #extend(used: number): void {
    if (used > this.#counts.length) {
      const larger = new Float64Array(Math.max(used, this.#counts.length * 2));
      larger.set(this.#counts);
      this.#counts = larger;
    }
    this.#used = used;
  }
}

/** Adds series of counts second by second. */
export function addSeries(series: readonly Float64Array[]): Float64Array {
  const sum = new Float64Array(Math.max(0, ...series.map(one => one.length)));
  for (const one of series) one.forEach((count, second) => (sum[second] = (sum[second] as number) + count));
  return sum;
}
