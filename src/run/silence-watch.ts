/** Knows the partitions of one producer's messages on their way, so that those without an outcome count for theirs too. Hot. */
import type { SilenceRecorder } from '../measure/silences.ts';
import { ended, type Tickets } from './tickets.ts';

export class SilenceWatch {
  readonly #recorder: SilenceRecorder;
  readonly #tickets: Tickets;
  /** By ticket, as in `Tickets`: the partition over all topics; −1 where the client chooses it. */
  #places = new Int32Array(0);

  /** The recorder is shared by the producers of a worker. */
  constructor(recorder: SilenceRecorder, tickets: Tickets) {
    this.#recorder = recorder;
    this.#tickets = tickets;
    recorder.waiting.push(partition => this.#firstWaiting(partition));
  }

  /** The ticket that was issued last goes to that partition. */
  placed(partition: number): void {
    const { next, mask } = this.#tickets;
    if (this.#places.length <= mask) this.#grow();
    this.#places[(next - 1) & mask] = partition;
  }

  acknowledged(partition: number, atMicros: number, dueMicros: number): void {
    this.#recorder.acknowledged(partition, atMicros, dueMicros);
  }

  /** A message of that slot has failed, or will have no outcome. */
  failed(slot: number, dueMicros: number): void {
    const partition = this.#places[slot] as number;
    if (partition >= 0) this.#recorder.failed(partition, dueMicros);
  }

  /** Due times grow with tickets. */
  #firstWaiting(partition: number): number {
    const { low, next, mask, sentMicros, dueMicros } = this.#tickets;
    for (let ticket = low; ticket < next; ticket++) {
      const slot = ticket & mask;
      if (this.#places[slot] === partition && sentMicros[slot] !== ended) return dueMicros[slot] as number;
    }
    return Infinity;
  }

  #grow(): void {
    const { low, next, mask } = this.#tickets;
    const places = new Int32Array(mask + 1);
    const before = this.#places.length - 1;
    for (let ticket = low; before > 0 && ticket < next - 1; ticket++)
      places[ticket & mask] = this.#places[ticket & before] as number;
    this.#places = places;
  }
}
