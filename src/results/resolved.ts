/** Reads back the resolved scenario that a run's folder holds, as plain data. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse } from 'yaml';

/** A scenario with every default in place, as `resolved.yaml` writes it. */
export type ScenarioDocument = Readonly<Record<string, unknown>>;

/** What a run was asked to do; null where the folder does not say. */
export async function readResolved(folder: string): Promise<ScenarioDocument | null> {
  try {
    const document: unknown = parse(await readFile(join(folder, 'resolved.yaml'), 'utf8'));
    return isMap(document) ? document : null;
  } catch {
    return null;
  }
}

/** Whether a value is a map of settings. */
export const isMap = (value: unknown): value is ScenarioDocument =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** The same value with the keys of all its maps in order. */
export function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (!isMap(value)) return value;
  const entries = Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([key, inner]) => [key, sorted(inner)]));
}

/** Each value within maps by the keys that lead to it, joined by dots: `cluster.kind`. A list is one value. */
export function valuesByPath(
  value: unknown,
  path: readonly string[] = [],
): (readonly [path: string, value: unknown])[] {
  if (!isMap(value)) return [[path.join('.'), value]];
  return Object.entries(value).flatMap(([key, inner]) => valuesByPath(inner, [...path, key]));
}
