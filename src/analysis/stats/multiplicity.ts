/** Corrects for many tests at once: Holm's and Benjamini and Hochberg's procedures. Pure. */

/** The p values in ascending order, each with its place in what was given. */
const ascending = (ps: readonly number[]): { readonly p: number; readonly place: number }[] =>
  ps.map((p, place) => ({ p, place })).toSorted((a, b) => a.p - b.p);

/** Holm's adjusted p (1979): at most α exactly where the step-down procedure rejects at familywise level α. Order is kept. */
export function holm(ps: readonly number[]): number[] {
  const adjusted = ps.map(() => 1);
  let highest = 0;
  ascending(ps).forEach(({ p, place }, step) => {
    highest = Math.max(highest, Math.min(1, p * (ps.length - step)));
    adjusted[place] = highest;
  });
  return adjusted;
}

/** Benjamini and Hochberg's adjusted p (1995): at most q exactly where the procedure rejects at false discovery rate q. Order is kept. */
export function benjaminiHochberg(ps: readonly number[]): number[] {
  const adjusted = ps.map(() => 1);
  let lowest = 1;
  ascending(ps)
    .entries()
    .toArray()
    .toReversed()
    .forEach(([step, { p, place }]) => {
      lowest = Math.min(lowest, (p * ps.length) / (step + 1));
      adjusted[place] = lowest;
    });
  return adjusted;
}

/**
 * The level at which Holm's procedure judges each p: α/(m − k) at step k = 0, 1, … as long as it rejects; all that are left are judged at the
 * level of the step at which it stopped. So a test at its level rejects exactly what the procedure rejects, and an interval at
 * that level leaves 0 out exactly then.
 */
export function holmLevels(ps: readonly number[], level: number): number[] {
  const levels = ps.map(() => level);
  let stoppedAt: number | null = null;
  ascending(ps).forEach(({ p, place }, step) => {
    const ofStep = stoppedAt ?? level / (ps.length - step);
    if (p > ofStep) stoppedAt = ofStep;
    levels[place] = ofStep;
  });
  return levels;
}

/**
 * The one level at which Benjamini and Hochberg's procedure judges all p: αR/m with R rejections, α/m with none. Intervals at this
 * level keep the false coverage rate of the rejected ones at α (Benjamini and Yekutieli 2005).
 */
export function benjaminiHochbergLevel(ps: readonly number[], level: number): number {
  const rejected = benjaminiHochberg(ps).filter(p => p <= level).length;
  return ps.length === 0 ? level : (level * Math.max(1, rejected)) / ps.length;
}
