/** Compares two records of facts, value by value. */
import { valuesByPath } from './resolved.ts';

/** A value that two records do not share, as text; undefined where a record does not have it. */
export interface Difference {
  /** The keys that lead to it, joined by dots. */
  readonly path: string;
  readonly before: string | null | undefined;
  readonly after: string | null | undefined;
}

/** In what the second record differs from the first. A list is one value. */
export function differencesOf(before: unknown, after: unknown): Difference[] {
  const [old, young] = [textsOf(before), textsOf(after)];
  return [...new Set([...old.keys(), ...young.keys()])]
    .map(path => ({ path, before: old.get(path), after: young.get(path) }))
    .filter(one => one.before !== one.after);
}

const textsOf = (record: unknown): Map<string, string | null | undefined> =>
  new Map(valuesByPath(record).map(([path, value]) => [path, textOf(value)]));

const textOf = (value: unknown): string | null | undefined =>
  typeof value === 'string' || value === null || value === undefined ? value : JSON.stringify(value);
