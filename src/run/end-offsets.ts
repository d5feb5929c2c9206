/** Reads the brokers' end offsets after the load, once they have caught up with what producers know. */
import { setTimeout as pause } from 'node:timers/promises';
import { nowMicros } from '../support/clock.ts';
import type { Ground } from './ground.ts';

/** End offsets that have not moved for so long will not move any more. */
const patienceMicros = 3e6;
const pollMillis = 50;

/** Messages between two readings of the end offsets. */
export function appendedBetween(before: readonly number[], after: readonly number[]): number {
  return after.reduce((sum, end, i) => sum + end - (before[i] ?? 0), 0);
}

/**
 * The end offsets as soon as they count `expected` messages since `before`, or have stood still for some seconds. The end
 * that consumers see lags behind the acknowledgements of acks 1, until followers have copied, and behind what was sent with acks 0.
 */
export async function settledEndOffsets(
  ground: Pick<Ground, 'endOffsets'>,
  before: readonly number[],
  expected: number,
): Promise<readonly number[]> {
  let most = -1;
  let movedAtMicros = nowMicros();
  for (;;) {
    const ends = await ground.endOffsets();
    const appended = appendedBetween(before, ends);
    if (appended > most) {
      most = appended;
      movedAtMicros = nowMicros();
    }
    if (appended >= expected || nowMicros() - movedAtMicros > patienceMicros) return ends;
    await pause(pollMillis);
  }
}
