/** Blocks a thread with producers at set times: the generator's own fault, made on purpose. */
import { nowMicros } from '../../support/clock.ts';
import { PreciseTimer } from '../precise-timer.ts';
import type { SimulatedHandle } from './settings.ts';

type Stall = NonNullable<SimulatedHandle['settings']['generatorStall']>;

/** Blocks this thread for `forMicros` at each multiple of `everyMicros` after the window's begin. */
class ThreadStall {
  readonly #stall: Stall;
  readonly #windowMicros: number;
  readonly #timer = new PreciseTimer(() => this.#block());
  #count = 1;
  users = 0;

  constructor(stall: Stall, windowMicros: number) {
    this.#stall = stall;
    this.#windowMicros = windowMicros;
    this.#timer.wakeAt(this.#nextMicros);
  }

  stop(): void {
    this.#timer.stop();
  }

  get #nextMicros(): number {
    return this.#windowMicros + this.#count * this.#stall.everyMicros;
  }

  #block(): void {
    const endMicros = this.#nextMicros + this.#stall.forMicros;
    while (nowMicros() < endMicros);
    this.#count++;
    this.#timer.wakeAt(this.#nextMicros);
  }
}

/** This thread's stalls, by the broker they belong to: a thread is blocked once, however many producers it runs. */
const stalls = new Map<string, ThreadStall>();

/** Begins a broker's stalls in this thread, counted from an instant of the host's clock; each call is undone by disposing what it returns. */
export function joinStall({ id, settings }: SimulatedHandle, windowMicros: number): Disposable | null {
  if (settings.generatorStall === null) return null;
  const stall = stalls.get(id) ?? new ThreadStall(settings.generatorStall, windowMicros);
  stalls.set(id, stall);
  stall.users++;
  return {
    [Symbol.dispose]() {
      if (--stall.users > 0) return;
      stall.stop();
      stalls.delete(id);
    },
  };
}
