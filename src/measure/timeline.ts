/** Counts events by the second in which they happen, warm-up included. Hot. */

export class SecondCounter {
  #counts = new Float64Array(64);
  #used = 0;

  /** Counts events that happened `atMicros` after the trial's common start. */
  add(atMicros: number, count: number): void {
    const second = atMicros < 0 ? 0 : (atMicros / 1e6) | 0;
    if (second >= this.#used) this.#extend(second + 1);
    this.#counts[second] = (this.#counts[second] as number) + count;
  }

  /** Counts per second from the trial's common start. */
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
