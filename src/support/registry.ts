/** Looks names up in tables, and suggests the one that was meant. */
import { distance } from 'fastest-levenshtein';

/** The keys of a table, in its order. */
export const keysOf = <T extends object>(table: T): (keyof T & string)[] => Object.keys(table) as (keyof T & string)[];

/** The candidate nearest to what was written, if it is near enough to have been meant: `mesure` → `measure`. */
export function didYouMean(written: string, candidates: readonly string[]): string | undefined {
  const lower = written.toLowerCase();
  const ranked = candidates
    .map(candidate => ({ candidate, edits: distance(lower, candidate.toLowerCase()) }))
    .toSorted((a, b) => a.edits - b.edits);
  const best = ranked[0];
  return best && best.edits <= Math.max(1, Math.floor(written.length / 3)) ? best.candidate : undefined;
}
