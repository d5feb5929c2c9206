/** Waits many times at once, always equally long: the first that begins is the first that ends. */
import { PreciseTimer } from '../drivers/precise-timer.ts';
import { nowMicros } from '../support/clock.ts';

/** Node's timers have a grain of 1 ms: what is shorter is waited for by turns of the event loop. */
const timerGrainMicros = 1_000;

export class EqualDelays {
  readonly #delayMicros: number;
  readonly #ends: { readonly atMicros: number; readonly settle: () => void }[] = [];
  readonly #near = new PreciseTimer(() => this.#settleEnded());
  #far: NodeJS.Timeout | null = null;

  constructor(delayMicros: number) {
    this.#delayMicros = delayMicros;
  }

  /** Settles when the delay is over, never early. */
  wait(): Promise<void> {
    return new Promise(settle => {
      const atMicros = nowMicros() + this.#delayMicros;
      this.#ends.push({ atMicros, settle });
      if (this.#ends.length === 1) this.#arm(atMicros);
    });
  }

  /** Lets nothing settle any more. */
  stop(): void {
    if (this.#far !== null) clearTimeout(this.#far);
    this.#near.stop();
  }

  #arm(atMicros: number): void {
    if (this.#delayMicros < timerGrainMicros) this.#near.wakeAt(atMicros);
    else this.#far = setTimeout(() => this.#settleEnded(), Math.ceil((atMicros - nowMicros()) / 1e3));
  }

  #settleEnded(): void {
    const now = nowMicros();
    let ended = 0;
    while (ended < this.#ends.length && (this.#ends[ended] as { atMicros: number }).atMicros <= now) ended++;
    for (const { settle } of this.#ends.splice(0, ended)) settle();
    const [first] = this.#ends;
    if (first !== undefined) this.#arm(first.atMicros);
  }
}
