/** Turns librdkafka's delivery reports, one a message, into runs of consecutive tickets. Hot: runs once a message. */
import type { ProducerEvents } from '../driver.ts';

/** What is told of a message: `departed` with acks 0. */
type Outcome = 'acknowledged' | 'departed';

export class DeliveryRuns {
  readonly #events: ProducerEvents;
  readonly #outcome: Outcome;
  #first = 0;
  #count = 0;
  #atMicros = 0;
  #partition = 0;
  /** Of the run's first message; −1 where the broker did not tell. */
  #baseOffset = 0;
  /** Why the run failed; null where it did not. */
  #error: Error | null = null;

  constructor(events: ProducerEvents, outcome: Outcome) {
    this.#events = events;
    this.#outcome = outcome;
  }

  /** Enters the report of a message. */
  // oxlint-disable-next-line max-params -- an object per message would cost more than the rest
  add(ticket: number, partition: number, offset: number, error: Error | null, atMicros: number): void {
    const count = this.#count;
    if (count > 0 && ticket === this.#first + count && this.#goesOn(partition, offset, error)) {
      this.#count = count + 1;
      return;
    }
    this.tell();
    this.#first = ticket;
    this.#count = 1;
    this.#atMicros = atMicros;
    this.#partition = partition;
    this.#baseOffset = offset < 0 ? -1 : offset;
    this.#error = error;
  }

  /** Tells of the run that is open, if there is one. */
  tell(): void {
    const count = this.#count;
    if (count === 0) return;
    this.#count = 0;
    const events = this.#events;
    if (this.#error !== null) events.failed(this.#first, count, this.#atMicros, this.#error);
    else if (this.#outcome === 'departed') events.departed(this.#first, count, this.#atMicros);
    else events.acknowledged(this.#first, count, this.#atMicros, this.#partition, this.#baseOffset);
  }

  #goesOn(partition: number, offset: number, error: Error | null): boolean {
    if (error !== null || this.#error !== null) return error === this.#error;
    if (this.#outcome === 'departed') return true;
    if (partition !== this.#partition) return false;
    return this.#baseOffset < 0 ? offset < 0 : offset === this.#baseOffset + this.#count;
  }
}
