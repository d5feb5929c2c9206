/** Tells the time: one monotonic clock that the threads and processes of a host share. */
import { performance } from 'node:perf_hooks';

/** A source of time in microseconds since an arbitrary, fixed instant. */
export interface Clock {
  nowMicros(): number;
}

function hrtimeMicros(): number {
  const [seconds, nanos] = process.hrtime();
  return seconds * 1e6 + nanos / 1e3;
}

/**
 * What must be added to this thread's `performance.now()` to stand on CLOCK_MONOTONIC, as `process.hrtime` does.
 * Both read the same clock; the tightest of several brackets bounds the error well below a microsecond.
 */
function offsetToHrtimeMicros(): number {
  let offset = 0;
  let tightest = Infinity;
  for (let attempt = 0; attempt < 50; attempt++) {
    const before = hrtimeMicros();
    const now = performance.now() * 1e3;
    const after = hrtimeMicros();
    if (after - before < tightest) {
      tightest = after - before;
      offset = (before + after) / 2 - now;
    }
  }
  return offset;
}

const originMicros = offsetToHrtimeMicros();

/** Microseconds on the host's monotonic clock, comparable between threads and processes of one host. Allocates nothing. */
export function nowMicros(): number {
  return performance.now() * 1e3 + originMicros;
}

/** The host's clock. */
export const hostClock: Clock = { nowMicros };

/** A clock that a test moves by hand. */
export interface ManualClock extends Clock {
  advance(byMicros: number): void;
}

export function manualClock(startMicros = 0): ManualClock {
  let now = startMicros;
  return {
    nowMicros: () => now,
    advance(byMicros) {
      now += byMicros;
    },
  };
}
