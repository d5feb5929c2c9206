/** Waits, after the load, until each consumer group has read all that was appended, or clearly will not. */
import { nowMicros } from '../support/clock.ts';
import type { Crew } from './crew.ts';
import type { GroupWatch } from './group-watch.ts';
import type { RunFinding } from './measurement.ts';

/** Consumers that have read nothing new for so long will not catch up any more. */
const catchUpPatienceMicros = 10e6;

/** What a group has not read, by topic and partition over all its groups at the broker. */
function missingOf(watch: GroupWatch, before: readonly number[], ends: readonly number[]): Map<string, number> {
  const missing = new Map<string, number>();
  for (const { group, positions } of watch.groups.values()) {
    const lag = ends.reduce((sum, end, i) => sum + Math.max(0, end - Math.max(positions[i] ?? -1, before[i] ?? 0)), 0);
    if (lag > 0) missing.set(group, (missing.get(group) ?? 0) + lag);
  }
  return missing;
}

/**
 * Resolves when every group has reached the end offsets, has read nothing new for ten seconds, or has had that long: then it says who
 * lacks what, and whether it was still reading.
 */
export async function awaitCatchUp(
  watch: GroupWatch,
  crew: Crew,
  { before, ends, mostMicros }: { before: readonly number[]; ends: readonly number[]; mostMicros: number },
): Promise<RunFinding[]> {
  const beganMicros = nowMicros();
  const giveUp = new AbortController();
  const isStalled = (): boolean => nowMicros() - Math.max(beganMicros, watch.movedAtMicros) > catchUpPatienceMicros;
  const timer = setInterval(() => {
    if (isStalled() || nowMicros() - beganMicros > mostMicros) giveUp.abort();
  }, 100);
  try {
    await crew.until(() => missingOf(watch, before, ends).size === 0, giveUp.signal);
  } finally {
    clearInterval(timer);
  }
  const waitedMicros = nowMicros() - beganMicros;
  return [...missingOf(watch, before, ends)].map(([group, missing]) => ({
    code: 'consumers-did-not-catch-up',
    group,
    missing,
    waitedMicros,
    isStalled: isStalled(),
  }));
}
