/** Turns a plain document into a scenario, or into the list of all that is wrong with it. Knows no file and no line. */
import { issuesOfError } from './complaints.ts';
import type { Issue } from './issues.ts';
import { foreignMaps, isMap } from './paths.ts';
import { Scenario } from './schema.ts';

/** A scenario, or why there is none. */
export type Parsed =
  | { readonly ok: true; readonly scenario: Scenario }
  | { readonly ok: false; readonly issues: readonly Issue[] };

const isFree = (key: string): boolean => key.startsWith('x-');

/** The document without the keys that begin with `x-`, which are free. In maps whose keys are others' they stay. */
export function withoutFreeKeys(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutFreeKeys);
  if (!isMap(value)) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([key]) => !isFree(key))
      .map(([key, inner]) => [key, foreignMaps.includes(key) ? inner : withoutFreeKeys(inner)]),
  );
}

/** Parses a document: every default in place, or every issue. A cell's document, with its levels in place, is parsed by the same. */
export function parseDocument(raw: unknown): Parsed {
  const document = withoutFreeKeys(raw);
  const result = Scenario.safeParse(document);
  return result.success
    ? { ok: true, scenario: result.data }
    : { ok: false, issues: issuesOfError(result.error, document) };
}
