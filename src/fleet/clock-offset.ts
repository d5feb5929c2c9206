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

/** By how much two clocks may drift apart: NTP slews each by up to 500 ppm (RFC 5905), and they may go opposite ways. */
const driftPpm = 1_000;

/** How many of the last exchanges are looked at. */
export const exchangesKept = 64;

/**
 * The offset at an instant of this host's clock. Each exchange says for sure where the offset was: NTP's θ ± δ/2 (RFC 5905, 8), since
 * the answer cannot have been given before the question came. By the drift that two clocks may have the interval grows with its age; the
 * true offset lies in all of them, and the estimate is the middle of what they have in common.
 * Where they contradict each other, the newer half of them is asked alone: a clock may have been slewed faster for a while.
 * Null where there are none, or these contradict each other too: the clock was held up, or is slewed faster still.
 */
export function offsetAt(exchanges: readonly Exchange[], atMicros: number): ClockOffset | null {
  return common(exchanges.slice(-exchangesKept), atMicros) ?? common(exchanges.slice(-exchangesKept / 2), atMicros);
}

function common(exchanges: readonly Exchange[], atMicros: number): ClockOffset | null {
  let least = -Infinity;
  let most = Infinity;
  for (const { sentMicros, returnedMicros, receivedMicros, repliedMicros } of exchanges) {
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
