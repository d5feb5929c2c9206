/** Decides each message's fate from the seed, its producer and its sequence number alone: no state, so any thread agrees. */
import { finalize } from '../../support/random.ts';

/** What a number is drawn for; different purposes draw independent numbers. */
const purposes = ['unanswered', 'lose', 'duplicate', 'reorder', 'service'] as const;
export type Purpose = (typeof purposes)[number];

/** A stream of numbers, uniform in (0, 1), that are drawn by sequence number. */
export class Chance {
  readonly #low: number;
  readonly #high: number;

  constructor(seed: number, purpose: Purpose, producer: number) {
    const seeded = finalize(finalize(seed >>> 0) ^ Math.floor(seed / 2 ** 32));
    this.#low = finalize(finalize(seeded ^ (purposes.indexOf(purpose) + 1)) ^ producer);
    this.#high = finalize(this.#low ^ 0x9e3779b9);
  }

  /** Uniform on the midpoints of 2³² equal parts of (0, 1). */
  uniform(sequence: number): number {
    const high = finalize(this.#high ^ Math.floor(sequence / 2 ** 32));
    return (finalize(this.#low ^ finalize(high ^ (sequence >>> 0))) + 0.5) / 2 ** 32;
  }

  /** Exponential with that mean. */
  exponential(sequence: number, mean: number): number {
    return -Math.log(this.uniform(sequence)) * mean;
  }
}

/** Whether a message is among a share of all messages. */
export class Share {
  readonly #chance: Chance;
  readonly #share: number;

  constructor(chance: Chance, share: number) {
    this.#chance = chance;
    this.#share = share;
  }

  includes(sequence: number): boolean {
    return this.#share > 0 && this.#chance.uniform(sequence) < this.#share;
  }
}
