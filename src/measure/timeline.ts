/** Counts events by the second in which they happen, warm-up included. Hot. */

/** How many entries of a series come before the measured window. */
export function warmupSeconds(warmupMicros: number): number {
  return Math.ceil(warmupMicros / 1e6);
}

export class SecondCounter {
  #counts = new Float64Array(64);
  #used = 0;
  /** What shifts the trial's start so that the window begins with a whole second. */
  readonly #leadMicros: number;

  constructor(warmupMicros: number) {
    this.#leadMicros = warmupSeconds(warmupMicros) * 1e6 - warmupMicros;
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
