/** Paths into a scenario document: read from dotted text, followed, written back as text. */

/** Keys and list indices from the document's root. */
export type Path = readonly (string | number)[];

/** A document as plain data, before it is parsed. */
export type RawDocument = Readonly<Record<string, unknown>>;

/** Below these keys the rest of a dotted path is one key, dots and all: `topic.config.min.insync.replicas`. */
const opaqueMaps: readonly string[] = ['config', 'tags', 'headers', 'matrix', 'delta', 'where', 'reference'];

/** Maps whose keys belong to others: a key that begins with `x-` is theirs too. */
export const foreignMaps: readonly string[] = ['config', 'options', 'tags', 'headers'];

/** `producers.acks` → its keys. Below `options` comes the client's name, and then one key. */
export function splitPath(dotted: string): string[] {
  const segments: string[] = [];
  let rest = dotted;
  while (rest !== '') {
    const last = segments.at(-1);
    const isOpaque = last !== undefined && opaqueMaps.includes(last);
    const dot = isOpaque || segments.at(-2) === 'options' ? -1 : rest.indexOf('.');
    segments.push(dot === -1 ? rest : rest.slice(0, dot));
    rest = dot === -1 ? '' : rest.slice(dot + 1);
  }
  return segments;
}

/** A path as people read it: `checks[0].max`, `matrix["producers.acks"][2]`. */
export function formatPath(path: Path): string {
  return path
    .map((segment, i) => {
      if (typeof segment === 'number') return `[${segment}]`;
      if (!/^[\w-]+$/.test(segment)) return `[${JSON.stringify(segment)}]`;
      return i === 0 ? segment : `.${segment}`;
    })
    .join('');
}

/** Whether a value is a map of the document. */
export function isMap(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** What stands at the path; undefined where it leads nowhere. */
export function valueAt(document: unknown, path: Path): unknown {
  let value = document;
  for (const segment of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, segment)) return undefined;
    value = (value as Record<string | number, unknown>)[segment];
  }
  return value;
}

/**
 * A copy of the document with other values at the given dotted paths: how a cell's levels come into place. Maps on the way
 * are made where they are missing; undefined where a path leads through something that is no map.
 */
export function withValues(document: RawDocument, values: Readonly<Record<string, unknown>>): RawDocument | undefined {
  const copy: Record<string, unknown> = structuredClone(document);
  for (const [dotted, value] of Object.entries(values)) {
    const segments = splitPath(dotted);
    const last = segments.pop();
    if (last === undefined) return undefined;
    let map = copy;
    for (const segment of segments) {
      const next = Object.hasOwn(map, segment) ? map[segment] : {};
      if (!isMap(next)) return undefined;
      map[segment] = next;
      map = next;
    }
    map[last] = structuredClone(value);
  }
  return copy;
}

/** Whether values at this path are secret: they appear in no output. */
export const isSecret = (path: Path): boolean => path[0] === 'cluster' && path[1] === 'security' && path.length > 2;
