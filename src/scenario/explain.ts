/** Says in files what the format is and what a scenario comes to: the JSON Schema for editors, and `resolved.yaml`. */
import { stringify } from 'yaml';
import { isReference } from './environment.ts';
import { branchesOf, scenarioJsonSchema } from './json-schema.ts';
import type { JsonSchema } from './json-schema.ts';
import { withoutFreeKeys } from './parse.ts';
import { formatPath, isMap, isSecret, splitPath, valueAt } from './paths.ts';
import type { Path, RawDocument } from './paths.ts';

/** The text of `scenarios/scenario.schema.json`. */
export const scenarioSchemaText = (): string => `${JSON.stringify(scenarioJsonSchema(), null, 2)}\n`;

/**
 * A document with every default in place, as the text of `resolved.yaml`. What is written stays as it is written, apart from
 * values below `cluster.security`, which are masked (references to the environment are kept: they say nothing).
 */
export function resolveDocument(raw: RawDocument): string {
  const document = withoutFreeKeys(raw) as RawDocument;
  const omitted = withoutDefault(document);
  const filled = fill(scenarioJsonSchema(), document, [], path => omitted.includes(formatPath(path)));
  return stringify(masked(filled, []), { aliasDuplicateObjects: false, lineWidth: 0 });
}

/** Defaults that do not hold in this document, because something else stands in their place. */
function withoutDefault(document: RawDocument): string[] {
  const has = (...path: string[]): boolean => valueAt(document, path) !== undefined;
  const isClosed = has('load', 'outstanding') || valueAt(document, ['load', 'rate']) === 'max';
  const usesSimulated = JSON.stringify(document).includes('"simulated"');
  return [
    ...(has('load', 'outstanding') || has('load', 'stages') ? ['load.rate'] : []),
    ...(has('load', 'stages') ? ['load.measure'] : []),
    ...(isClosed ? ['load.arrivals'] : []),
    ...(has('messages', 'file') ? ['messages.size', 'messages.compressibility', 'messages.keys'] : []),
    ...(has('cluster', 'brokers') || has('cluster', 'compose') ? ['cluster.local'] : []),
    ...(valueAt(document, ['topic', 'lifetime']) === 'existing'
      ? ['topic.count', 'topic.partitions', 'topic.config']
      : []),
    // Without a driver that is simulated, its block is refused; with one, linger is another for it than for the rest.
    ...(usesSimulated ? ['producers.linger'] : ['simulated']),
  ];
}

/** The schema that a value was written for: of alternatives, the one that shares the most keys with it. */
function schemaFor(schema: JsonSchema, value: unknown): JsonSchema | undefined {
  const shared = (branch: JsonSchema): number =>
    isMap(value)
      ? Object.keys(value).filter(key => branch.properties && Object.hasOwn(branch.properties, key)).length
      : 0;
  return branchesOf(schema)
    .filter(branch => branch.type === (Array.isArray(value) ? 'array' : 'object'))
    .toSorted((a, b) => shared(b) - shared(a))[0];
}

function fill(schema: JsonSchema, value: unknown, path: Path, isOmitted: (path: Path) => boolean): unknown {
  const fitting = typeof value === 'object' && value !== null ? schemaFor(schema, value) : undefined;
  if (!fitting) return value;
  if (Array.isArray(value)) {
    return value.map((item, i) => (fitting.items ? fill(fitting.items, item, [...path, i], isOmitted) : item));
  }
  const filled: Record<string, unknown> = {};
  const map = value as Readonly<Record<string, unknown>>;
  for (const [key, property] of Object.entries(fitting.properties ?? {})) {
    const inner = [...path, key];
    const written = map[key] ?? (isOmitted(inner) ? undefined : property.default);
    if (written !== undefined) filled[key] = fill(property, written, inner, isOmitted);
  }
  for (const [key, written] of Object.entries(map)) {
    if (Object.hasOwn(filled, key)) continue;
    const inner = fitting.additionalProperties;
    filled[key] = typeof inner === 'object' ? fill(inner, written, [...path, key], isOmitted) : written;
  }
  return filled;
}

const mask = '***';

/** What `--set` puts in place of a file's settings, without the values that are, or may hold, what is secret. */
export function publicOverrides(overrides: Readonly<Record<string, string>>): Record<string, string> {
  const mayHold = ([block, key]: readonly string[]): boolean =>
    block === 'cluster' && (key === undefined || key === 'security');
  return Object.fromEntries(
    Object.entries(overrides).map(([path, value]) => [
      path,
      mayHold(splitPath(path)) && !isReference(value) ? mask : value,
    ]),
  );
}

function masked(value: unknown, path: Path): unknown {
  if (Array.isArray(value)) return value.map((item, i) => masked(item, [...path, i]));
  if (isMap(value)) {
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, masked(inner, [...path, key])]));
  }
  const isPublic = !isSecret(path) || typeof value === 'boolean' || (typeof value === 'string' && isReference(value));
  return isPublic ? value : mask;
}
