/** Estimates how far another host's clock is from this one's, with a bound that holds. Pure. */

/** A question and its answer, by the clocks on both sides. */
export interface Exchange {
  /** Asked, and answered, here. */
  readonly sentMicros: number;
  readonly returnedMicros: number;
  /** Heard, and replied to, there. */
  readonly receivedMicros: number;
  readonly repliedMicros: number;
}

/** What must be added to this host's time to have the other one's, and how far that may be off at most. */
export interface ClockOffset {
  readonly offsetMicros: number;
  readonly boundMicros: number;
}

/** Two readings of one clock. */
export const sameClock: ClockOffset = { offsetMicros: 0, boundMicros: 0 };

/** By how much two clocks may drift apart: twice what NTP allows a clock's frequency to be off (RFC 5905: 500 ppm each is where it gives up; quartz is within 100). */
const driftPpm = 200;

/** How many of the last exchanges are looked at. */
export const exchangesKept = 64;

/**
 * The offset at an instant of this host's clock. Each exchange says for sure where the offset was: NTP's θ ± δ/2 (RFC 5905, 8), since
 * the answer cannot have been given before the question came. By the drift that two clocks may have the interval grows with its age; the
 * true offset lies in all of them, and the estimate is the middle of what they have in common.
 * Null where there are none, or they contradict each other: a clock has been set, or drifts more than clocks do.
 */
export function offsetAt(exchanges: readonly Exchange[], atMicros: number): ClockOffset | null {
  let least = -Infinity;
  let most = Infinity;
  for (const { sentMicros, returnedMicros, receivedMicros, repliedMicros } of exchanges.slice(-exchangesKept)) {
    const offset = (receivedMicros - sentMicros + (repliedMicros - returnedMicros)) / 2;
    const delay = returnedMicros - sentMicros - (repliedMicros - receivedMicros);
    const age = Math.max(Math.abs(atMicros - sentMicros), Math.abs(atMicros - returnedMicros));
    const bound = delay / 2 + (age * driftPpm) / 1e6;
    least = Math.max(least, offset - bound);
    most = Math.min(most, offset + bound);
  }
  if (exchanges.length === 0 || least > most) return null;
  return { offsetMicros: (least + most) / 2, boundMicros: (most - least) / 2 };
}
