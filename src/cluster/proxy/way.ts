/** One direction of a route: what its fault does to the bytes of all connections that go that way. */
import { nowMicros } from '../../support/clock.ts';
import type { Random } from '../../support/random.ts';
import type { Pipe } from './pipe.ts';

/** What a fault does in one direction. */
export interface Hindrance {
  readonly latencyMicros: number;
  readonly jitterMicros: number;
  readonly bandwidthBytesPerSecond: number | null;
  readonly isStalled: boolean;
}

export const unhindered: Hindrance = {
  latencyMicros: 0,
  jitterMicros: 0,
  bandwidthBytesPerSecond: null,
  isStalled: false,
};

/** So long a piece may occupy the way before another connection has its turn … */
const turnMicros = 5_000;
/** … but a piece is no smaller, and no larger, than this. */
const leastTurnBytes = 256;
const mostTurnBytes = 16_384;

/** A piece that is on its way through the bottleneck. */
interface Passing {
  readonly pipe: Pipe;
  readonly bytes: number;
  readonly doneMicros: number;
}

/**
 * The bottleneck that all connections of a direction share, piece by piece and in turn: a piece of n bytes occupies it for n / bandwidth,
 * and has passed when that time is over. While there is work it is never idle: a timer that fires late takes nothing away.
 */
export class Way {
  readonly #random: Random;
  #hindrance = unhindered;
  readonly #pipes = new Set<Pipe>();
  /** Those with bytes before the bottleneck, in the order of their turns. */
  #waiting: Pipe[] = [];
  #passing: Passing | null = null;
  #timer: NodeJS.Timeout | null = null;

  /** @param random decides on each piece's share of the jitter */
  constructor(random: Random) {
    this.#random = random;
  }

  get hindrance(): Hindrance {
    return this.#hindrance;
  }

  get isNarrow(): boolean {
    return this.#hindrance.bandwidthBytesPerSecond !== null;
  }

  /** How many bytes of one connection may wait before the bottleneck: enough that it need not run dry between two looks. */
  get waitingBytes(): number {
    return Math.max(65_536, ((this.#hindrance.bandwidthBytesPerSecond ?? 0) * 20_000) / 1e6);
  }

  /** A delay for bytes that pass now. */
  delayMicros(): number {
    const { latencyMicros, jitterMicros } = this.#hindrance;
    if (jitterMicros === 0) return latencyMicros;
    return Math.max(0, latencyMicros + jitterMicros * (2 * this.#random.next() - 1));
  }

  add(pipe: Pipe): void {
    this.#pipes.add(pipe);
  }

  remove(pipe: Pipe): void {
    this.#pipes.delete(pipe);
    this.#waiting = this.#waiting.filter(other => other !== pipe);
  }

  /** What is under way is treated by the new rule as far as that is sooner. */
  hinder(hindrance: Hindrance): void {
    this.#hindrance = hindrance;
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    const current = this.#passing;
    this.#passing = null;
    const waiting = this.#waiting.splice(0);
    if (current !== null && !waiting.includes(current.pipe)) waiting.push(current.pipe);
    for (const pipe of waiting) this.queue(pipe);
    for (const pipe of this.#pipes) pipe.look();
  }

  /** Gives a pipe with bytes before the bottleneck its turns. */
  queue(pipe: Pipe): void {
    if (!this.isNarrow) {
      pipe.pass(Infinity);
    } else if (this.#passing?.pipe !== pipe && !this.#waiting.includes(pipe)) {
      this.#waiting.push(pipe);
      if (this.#passing === null) this.#begin(nowMicros());
    }
  }

  /** The next piece enters the bottleneck. */
  #begin(atMicros: number): void {
    const pipe = this.#waiting.shift();
    this.#passing = null;
    const bandwidth = this.#hindrance.bandwidthBytesPerSecond;
    if (pipe === undefined || bandwidth === null) return;
    const turnBytes = Math.min(mostTurnBytes, Math.max(leastTurnBytes, (bandwidth * turnMicros) / 1e6));
    const bytes = Math.min(Math.floor(turnBytes), pipe.bytesWaiting);
    this.#passing = { pipe, bytes, doneMicros: atMicros + (bytes * 1e6) / bandwidth };
    this.#arm();
  }

  #arm(): void {
    if (this.#passing === null || this.#timer !== null) return;
    const millis = Math.ceil((this.#passing.doneMicros - nowMicros()) / 1e3);
    this.#timer = setTimeout(() => this.#tick(), Math.max(0, millis));
  }

  #tick(): void {
    this.#timer = null;
    const now = nowMicros();
    while (this.#passing !== null && this.#passing.doneMicros <= now) {
      const { pipe, bytes, doneMicros } = this.#passing;
      if (this.#pipes.has(pipe)) {
        pipe.pass(bytes);
        if (pipe.hasWaiting) this.#waiting.push(pipe);
      }
      this.#begin(doneMicros);
    }
    this.#arm();
  }
}
