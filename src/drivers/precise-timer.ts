/** Calls back at an instant of the host's clock, never early: by a timer while it is far, by turns of the event loop when near. */
import { nowMicros } from '../support/clock.ts';
import { threadIdle } from '../support/idle-meter.ts';

/** A timer has a grain of 1 ms and may be another 1.1 ms late: it is used for longer waits alone, and set this much early. */
const nearMicros = 2_200;
const timerEarlyMicros = 1_200;

export class PreciseTimer {
  readonly #callback: (nowMicros: number) => void;
  #atMicros = Infinity;
  #timeout: NodeJS.Timeout | null = null;
  #immediate: NodeJS.Immediate | null = null;

  constructor(callback: (nowMicros: number) => void) {
    this.#callback = callback;
  }

  /** Calls back once at that instant or, if one that is set already comes before, then. Infinity asks for nothing. */
  wakeAt(atMicros: number): void {
    if (atMicros >= this.#atMicros) return;
    this.#atMicros = atMicros;
    this.#arm();
  }

  /** Forgets the instant. */
  stop(): void {
    if (this.#timeout !== null) clearTimeout(this.#timeout);
    if (this.#immediate !== null) clearImmediate(this.#immediate);
    this.#timeout = null;
    this.#immediate = null;
    this.#atMicros = Infinity;
  }

  #arm(): void {
    if (this.#immediate !== null) return;
    if (this.#timeout !== null) clearTimeout(this.#timeout);
    this.#timeout = null;
    const waitMicros = this.#atMicros - nowMicros();
    if (waitMicros > nearMicros) {
      // a longer delay than 2³¹ − 1 ms would fire at once
      const millis = Math.min(2 ** 31 - 1, Math.floor((waitMicros - timerEarlyMicros) / 1_000));
      this.#timeout = setTimeout(this.#tick, millis);
    } else {
      this.#immediate = setImmediate(this.#tick);
    }
  }

  readonly #tick = (): void => {
    this.#timeout = null;
    this.#immediate = null;
    const now = nowMicros();
    if (now < this.#atMicros) {
      threadIdle.foundNothing(now);
      this.#arm();
      return;
    }
    this.#atMicros = Infinity;
    this.#callback(now);
  };
}
