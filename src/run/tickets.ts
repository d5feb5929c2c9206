/** Remembers each outstanding message's due and sent time, in a ring that grows with what is outstanding. Hot. */

/** Stands in `sentMicros` for a message that has ended. */
export const ended = -1;

const firstCapacity = 2 ** 14;

export class Tickets {
  /** By `ticket & mask`: µs since the trial's common start. */
  dueMicros = new Float64Array(firstCapacity);
  /** By `ticket & mask`: µs since the trial's common start; negative once the message has ended. */
  sentMicros = new Float64Array(firstCapacity);
  mask = firstCapacity - 1;
  /** The lowest ticket that may still be outstanding. */
  low = 0;
  /** The ticket of the next message. */
  next = 0;

  /** Issues the next ticket. */
  issue(dueMicros: number): void {
    if (this.next - this.low > this.mask) this.#grow();
    const slot = this.next & this.mask;
    this.dueMicros[slot] = dueMicros;
    this.sentMicros[slot] = 0;
    this.next++;
  }

  /** Moves `low` past everything that has ended, up to a limit. */
  advance(limit: number): void {
    while (this.low < limit && this.sentMicros[this.low & this.mask] === ended) this.low++;
  }

  #grow(): void {
    const capacity = (this.mask + 1) * 2;
    const due = new Float64Array(capacity);
    const sent = new Float64Array(capacity);
    for (let ticket = this.low; ticket < this.next; ticket++) {
      due[ticket & (capacity - 1)] = this.dueMicros[ticket & this.mask] as number;
      sent[ticket & (capacity - 1)] = this.sentMicros[ticket & this.mask] as number;
    }
    this.dueMicros = due;
    this.sentMicros = sent;
    this.mask = capacity - 1;
  }
}
