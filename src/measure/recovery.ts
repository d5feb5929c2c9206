/** Says when latency and lag are again what they were before a disturbance. Pure; times count from the start of the window. */
import { median } from './steady-state.ts';

/** A disturbance, and the one that comes after it. */
export interface Disturbance {
  readonly atMicros: number;
  /** Null: until the end. */
  readonly endedAtMicros: number | null;
  /** When the first of all disturbances began: what was before it is normal. */
  readonly firstAtMicros: number;
  /** When the next one begins; Infinity without. */
  readonly nextAtMicros: number;
}

/** So many seconds in a row must be normal. */
const normalSeconds = 3;
/** What comes up so long after a disturbance ended is not laid at its door. */
const aftermathSeconds = 3;
/** Latency is normal up to twice what it was, and never less than this above it: twice almost nothing is nothing. */
const toleratedMicros = 5_000;

/** The highest p99 that is still normal, after p99 of the seconds before any disturbance; null where there were none. */
export function normalLatencyLimit(before: readonly number[]): number | null {
  if (before.length === 0) return null;
  const usual = median(before);
  return Math.max(2 * usual, usual + toleratedMicros);
}

/**
 * From the disturbance until latency is normal for three seconds in a row: 0 where it never ceased to be. By p99 of whole due seconds of the
 * window; null where it does not come so far, or where nothing was before. A second without messages shows nothing, and is not normal.
 */
export function latencyNormalAfter(
  p99BySecond: ReadonlyMap<number, number>,
  { atMicros, endedAtMicros, firstAtMicros, nextAtMicros }: Disturbance,
  windowMicros: number,
): number | null {
  const seconds = Math.floor(windowMicros / 1e6);
  const before = Array.from({ length: Math.floor(firstAtMicros / 1e6) }, (_, second) => p99BySecond.get(second) ?? []);
  const limit = normalLatencyLimit(before.flat());
  if (limit === null) return null;
  const isNormal = (second: number): boolean => (p99BySecond.get(second) ?? Infinity) <= limit;
  const first = Math.floor(atMicros / 1e6);
  const disturbedUntil = Math.min(
    Math.floor((endedAtMicros ?? windowMicros) / 1e6) + aftermathSeconds,
    Math.ceil(nextAtMicros / 1e6) - 1,
    seconds - 1,
  );
  let abnormal = first;
  while (abnormal <= disturbedUntil && isNormal(abnormal)) abnormal++;
  if (abnormal > disturbedUntil) return 0;
  for (let second = abnormal + 1, inARow = 0; second < seconds; second++) {
    inARow = isNormal(second) ? inARow + 1 : 0;
    if (inARow === normalSeconds) return Math.max(0, (second - normalSeconds + 1) * 1e6 - atMicros);
  }
  return null;
}

/** How far behind a group was when it was looked at. */
export interface LagLook {
  readonly atMicros: number;
  readonly unread: number;
}

/**
 * From the disturbance until the first look from which on the group is no further behind than before plus a second of traffic: whatever was
 * missed between looks is not claimed. Null where that does not come before the next disturbance, or the group was never looked at before.
 */
export function lagNormalAfter(
  looks: readonly LagLook[],
  { atMicros, firstAtMicros, nextAtMicros }: Disturbance,
  messagesPerSecond: number,
): number | null {
  const before = looks.filter(look => look.atMicros < firstAtMicros);
  if (before.length === 0) return null;
  const limit = Math.max(...before.map(({ unread }) => unread)) + messagesPerSecond;
  const after = looks.filter(look => look.atMicros >= atMicros && look.atMicros < nextAtMicros);
  const normal = after[after.findLastIndex(({ unread }) => unread > limit) + 1];
  return normal === undefined ? null : normal.atMicros - atMicros;
}
