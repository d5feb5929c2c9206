/** Turns a worker's lanes at the right moments: the hybrid of timer and spin that keeps a schedule to tens of microseconds. Hot. */
import { Histogram, type HistogramData } from '../measure/histogram.ts';
import { nowMicros } from '../support/clock.ts';
import { threadIdle } from '../support/idle-meter.ts';
import type { Lane } from './lane.ts';
import type { Window } from './outcomes.ts';

/**
 * A timer has a grain of 1 ms and fires up to 1.1 ms late, so it is used only for waits longer than this, and set this much
 * early; the rest is spun by `setImmediate`, which serves the sockets in every turn (measured: p99 of the schedule lag
 * 38–61 µs against 1.1–3.4 ms with timers alone).
 */
const spinMicros = 2_200;
const timerEarlyMicros = 1_200;

/**
 * Where brokers share the generator's cores, a spinning thread takes from what it measures. There it naps between turns,
 * never closer to the next due time than `napEarlyMicros`: as precise (measured: p50 1 µs, p99 35 µs) for 20 % of a core
 * instead of all of it. The price: what arrives during a nap is read up to `napMicros` and a wake-up (about 60 µs) late.
 */
const napMicros = 100;
const napEarlyMicros = 100;
const napCell = new Int32Array(new SharedArrayBuffer(4));

/** A spinning pump serves the sockets this often: every turn of the loop allocates, and a collector would have to clean up. */
const turnMicros = 15;

/** How a pump waits for what is due within a timer's grain: with a core to itself, or sharing it. */
export type Pacing = 'spin' | 'nap';

export interface PumpSettings {
  readonly lanes: readonly Lane[];
  readonly window: Window;
  readonly pacing: Pacing;
  /** Called once, when every message due in the window has an outcome or is past hope. */
  readonly onWindowResolved: () => void;
  /** Called once, when a turn threw: a partitioner of the user's own may. Nothing is sent any more. */
  readonly onFailure: (error: unknown) => void;
}

export class Pump {
  readonly #lanes: readonly Lane[];
  readonly #onWindowResolved: () => void;
  readonly #onFailure: (error: unknown) => void;
  readonly #pacing: Pacing;
  #startMicros = 0;
  #timer: NodeJS.Timeout | null = null;
  #immediate: NodeJS.Immediate | null = null;
  /** When the loop was free to turn again: a gap beyond it is time that something else took. */
  #expectedMicros = 0;
  #windowResolved = false;
  #stopped = false;
  readonly #window: Window;
  readonly #turnGap = new Histogram();
  readonly #burst = new Histogram();

  constructor({ lanes, window, pacing, onWindowResolved, onFailure }: PumpSettings) {
    this.#lanes = lanes;
    this.#pacing = pacing;
    this.#window = window;
    this.#onWindowResolved = onWindowResolved;
    this.#onFailure = onFailure;
  }

  /** Begins at a common instant on the host's clock. */
  beginAt(startMicros: number): void {
    this.#startMicros = startMicros;
    for (const lane of this.#lanes) lane.beginAt(startMicros);
    this.#sleepUntil(0, true);
  }

  /** Turns at once: a client takes messages again, or a slot is free. */
  wake(): void {
    if (this.#immediate !== null || this.#stopped) return;
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    this.#spin();
  }

  /** Stops all lanes; no turn follows. */
  stop(): void {
    this.#stopped = true;
    for (const lane of this.#lanes) lane.stop();
    if (this.#timer !== null) clearTimeout(this.#timer);
    if (this.#immediate !== null) clearImmediate(this.#immediate);
  }

  /** Pauses of the event loop between turns, and messages per turn, within the window. */
  figures(): { turnGap: HistogramData; burst: HistogramData } {
    return { turnGap: this.#turnGap.toData(), burst: this.#burst.toData() };
  }

  readonly #turn = (): void => {
    this.#timer = null;
    this.#immediate = null;
    const atMicros = nowMicros() - this.#startMicros;
    if (atMicros < 0) {
      this.#sleepUntil(0, false);
      return;
    }
    const sentBefore = this.#sent();
    let next = Infinity;
    try {
      for (const lane of this.#lanes) next = Math.min(next, lane.turn());
    } catch (error) {
      this.stop();
      this.#onFailure(error);
      return;
    }
    const burst = this.#sent() - sentBefore;
    if (atMicros >= this.#window.fromMicros && atMicros < this.#window.toMicros) this.#meter(atMicros, burst);
    this.#watchWindow();
    this.#sleepUntil(next, burst > 0);
  };

  #sent(): number {
    let sent = 0;
    for (const lane of this.#lanes) sent += lane.sent;
    return sent;
  }

  #meter(atMicros: number, burst: number): void {
    this.#turnGap.record(Math.max(0, atMicros - this.#expectedMicros));
    if (burst > 0) this.#burst.record(burst);
  }

  #watchWindow(): void {
    if (this.#windowResolved || !this.#lanes.every(lane => lane.isWindowResolved())) return;
    this.#windowResolved = true;
    this.#onWindowResolved();
  }

  #sleepUntil(dueMicros: number, hasWorked: boolean): void {
    if (this.#stopped || this.#immediate !== null || this.#timer !== null) return;
    const hostMicros = nowMicros();
    if (hasWorked) threadIdle.workedUntil(hostMicros);
    else threadIdle.foundNothing(hostMicros);
    const atMicros = hostMicros - this.#startMicros;
    // with nothing due, the end of the window still has to be noticed
    const waitMicros = Math.min(dueMicros - atMicros, 100_000);
    if (waitMicros <= spinMicros) {
      this.#expectedMicros = atMicros + this.#pause(waitMicros);
      this.#spin();
      return;
    }
    const sleepMillis = Math.floor((waitMicros - timerEarlyMicros) / 1e3);
    this.#expectedMicros = atMicros + sleepMillis * 1e3;
    this.#timer = setTimeout(this.#turn, sleepMillis);
  }

  /** Passes a moment before the next turn, in which sockets wait too; returns for how long it meant to. */
  #pause(waitMicros: number): number {
    const spareMicros = Math.min(waitMicros - napEarlyMicros, napMicros);
    if (this.#pacing === 'nap' && spareMicros >= 20) {
      Atomics.wait(napCell, 0, 0, spareMicros / 1e3);
      threadIdle.waitedUntil(nowMicros());
      return spareMicros;
    }
    const spinForMicros = Math.min(waitMicros, turnMicros);
    if (spinForMicros <= 0) return 0;
    let hostMicros = nowMicros();
    const untilMicros = hostMicros + spinForMicros;
    while (hostMicros < untilMicros) hostMicros = nowMicros();
    threadIdle.waitedUntil(hostMicros);
    return spinForMicros;
  }

  #spin(): void {
    this.#immediate = setImmediate(this.#turn);
  }
}
