/** Looks at something at the edges of equal parts of the measured window, so that what lasted for a part of it is not lost in the whole. */
import { nowMicros } from '../support/clock.ts';

/** A part is no longer than what Linux averages `avg10` over. */
const longestPartMicros = 10e6;

/** What was seen, and when it really was. */
export interface Sighting<T> {
  readonly atMicros: number;
  readonly seen: T;
}

export interface WindowLook<T> {
  /** What was seen at the edges of the window's parts, in order; those edges that the trial has reached. */
  readonly sightings: readonly Sighting<T>[];
  /** Looks once more where the window is not over, and then no more. */
  end(): void;
}

/**
 * Looks at the start, the end, and as often between as parts of at most ten seconds have edges. Who comes late begins at once: its first
 * part is shorter. Instants are the host clock's.
 */
export function lookThroughWindow<T>(fromMicros: number, toMicros: number, look: () => T): WindowLook<T> {
  const sightings: Sighting<T>[] = [];
  const parts = Math.max(1, Math.ceil((toMicros - fromMicros) / longestPartMicros));
  const edges = Array.from({ length: parts + 1 }, (_, edge) => fromMicros + ((toMicros - fromMicros) * edge) / parts);
  const ahead = edges.filter(edge => edge > nowMicros());
  const see = (): void => void sightings.push({ atMicros: nowMicros(), seen: look() });
  const timers = (ahead.length < edges.length ? [-Infinity, ...ahead] : ahead).map(edge =>
    setTimeout(see, Math.max(0, (edge - nowMicros()) / 1e3)).unref(),
  );
  return {
    sightings,
    end() {
      for (const timer of timers) clearTimeout(timer);
      if (sightings.length > 0 && sightings.length < timers.length) see();
    },
  };
}

/** A value of each part, from what was seen at its two edges; none where fewer than two were seen. */
export function overParts<T, V>(
  sightings: readonly Sighting<T>[],
  valueOf: (before: T, after: T, spanMicros: number) => V,
): V[] {
  return sightings
    .slice(1)
    .map(({ atMicros, seen }, i) =>
      valueOf((sightings[i] as Sighting<T>).seen, seen, atMicros - (sightings[i] as Sighting<T>).atMicros),
    );
}

/** A value of the whole, from the first edge to the last that was seen; null where fewer than two were. */
export function overWhole<T, V>(
  sightings: readonly Sighting<T>[],
  valueOf: (before: T, after: T, spanMicros: number) => V,
): V | null {
  const first = sightings[0];
  const last = sightings.at(-1);
  if (first === undefined || last === undefined || first === last) return null;
  return valueOf(first.seen, last.seen, last.atMicros - first.atMicros);
}
