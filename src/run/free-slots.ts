/** Keeps the slots of a closed loop: each message is due at the moment its slot became free. Hot. */

/** The moments at which slots of a closed loop became free, oldest first. */
export class FreeSlots {
  readonly #freeMicros: Float64Array;
  #head = 0;
  count: number;

  constructor(slots: number) {
    this.#freeMicros = new Float64Array(slots);
    this.count = slots;
  }

  release(count: number, atMicros: number): void {
    for (let i = 0; i < count; i++) {
      this.#freeMicros[(this.#head + this.count) % this.#freeMicros.length] = atMicros;
      this.count++;
    }
  }

  take(): number {
    const freeMicros = this.#freeMicros[this.#head] as number;
    this.#head = (this.#head + 1) % this.#freeMicros.length;
    this.count--;
    return freeMicros;
  }
}
