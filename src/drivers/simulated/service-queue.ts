/** Turns arrivals into ends of service: first in, first out, through k servers that freeze at times. Pure arithmetic. */
import type { Freeze } from './settings.ts';

/** Freezes that follow each other more often than this without a gap are taken to have no end. */
const mostFreezesInARow = 10_000;

/**
 * The first instant at or after `micros` that lies in no freeze: a service may not start within [at, at + for), again
 * after each `every`. All times on one clock, on which the measured window begins at `windowMicros`; before the window is
 * known (NaN) nothing is frozen. Infinity where the freezes have no gap.
 */
export function thawedAt(micros: number, freezes: readonly Freeze[], windowMicros: number): number {
  let at = micros;
  for (let pushes = 0; pushes <= mostFreezesInARow; pushes++) {
    const pushed = pushedOut(at, freezes, windowMicros);
    if (pushed === at) return at;
    at = pushed;
  }
  return Infinity;
}

function pushedOut(micros: number, freezes: readonly Freeze[], windowMicros: number): number {
  for (const { atMicros, forMicros, everyMicros } of freezes) {
    let beginMicros = windowMicros + atMicros;
    if (!(micros >= beginMicros)) continue;
    if (everyMicros !== undefined) beginMicros += Math.floor((micros - beginMicros) / everyMicros) * everyMicros;
    const endMicros = beginMicros + forMicros;
    if (micros < endMicros) return endMicros;
  }
  return micros;
}

/**
 * Servers that take messages in the order of the calls: each message goes to the server that is free first.
 * Keeps when each server is free as a binary min-heap in memory that it is given (zeros at first), so that threads can share it.
 */
export class ServiceQueue {
  readonly #freeMicros: Float64Array | null;
  readonly #freezes: readonly Freeze[];

  /** `freeMicros` has an entry a server; null for unlimited servers. */
  constructor(freeMicros: Float64Array | null, freezes: readonly Freeze[]) {
    this.#freeMicros = freeMicros;
    this.#freezes = freezes;
  }

  /** When the service of a message ends that arrives then and takes that long. */
  serve(arrivalMicros: number, serviceMicros: number, windowMicros: number): number {
    const free = this.#freeMicros;
    const earliest = free === null ? arrivalMicros : Math.max(arrivalMicros, free[0] as number);
    const start = this.#freezes.length === 0 ? earliest : thawedAt(earliest, this.#freezes, windowMicros);
    const end = start + serviceMicros;
    if (free !== null) replaceTop(free, end);
    return end;
  }
}

/** Puts a value in place of a min-heap's smallest one. */
function replaceTop(heap: Float64Array, value: number): void {
  let hole = 0;
  for (let child = 1; child < heap.length; child = 2 * hole + 1) {
    if (child + 1 < heap.length && (heap[child + 1] as number) < (heap[child] as number)) child++;
    if ((heap[child] as number) >= value) break;
    heap[hole] = heap[child] as number;
    hole = child;
  }
  heap[hole] = value;
}
