/** Turns YAML into a tree in which every key and value knows its place: aliases, merge keys and variables are resolved on the way. */
import { isAlias, isMap, isPair, isScalar, isSeq } from 'yaml';
import type { Alias, Document, Node, Pair, Scalar, YAMLMap } from 'yaml';
import { hasReference, interpolate, isReference } from './environment.ts';
import type { Environment } from './environment.ts';
import type { ErrorCode } from './issues.ts';
import { isSecret } from './paths.ts';
import type { Path } from './paths.ts';
import type { Place, Source } from './source.ts';
import { plainValue } from './yaml.ts';

/** A value with its place. */
export type Tree = TreeMap | TreeList | TreeScalar;

export interface TreeMap {
  readonly kind: 'map';
  readonly place: Place;
  readonly entries: ReadonlyMap<string, TreeEntry>;
}
export interface TreeEntry {
  readonly key: Place;
  readonly value: Tree;
}
export interface TreeList {
  readonly kind: 'list';
  readonly place: Place;
  readonly items: readonly Tree[];
}
export interface TreeScalar {
  readonly kind: 'scalar';
  readonly place: Place;
  readonly value: string | number | boolean | null;
}

/** A problem that is found before there is a document. */
export interface PlacedIssue {
  readonly place: Place;
  readonly code: ErrorCode;
  readonly message: string;
  readonly hint: string;
}

/** More nodes than any scenario has, fewer than a bomb of aliases makes. */
const mostNodes = 100_000;
const deepest = 100;

/** Keys below `cluster.security` whose values must come from the environment. */
const secretKeys: readonly string[] = ['password', 'passphrase', 'token'];

/** What building a tree needs, and what it finds. */
export interface Growth {
  readonly source: Source;
  readonly document: Document;
  readonly environment: Environment;
  readonly issues: PlacedIssue[];
  readonly warnings: PlacedIssue[];
  /** Nodes still allowed. */
  nodesLeft: number;
}

/** A fresh start for one YAML document. */
export function growthOf(source: Source, document: Document, environment: Environment): Growth {
  return { source, document, environment, issues: [], warnings: [], nodesLeft: mostNodes };
}

/** The tree of a document's contents; `path` is where they will stand in the scenario. Problems go to `growth.issues`. */
export function treeOf(growth: Growth, node: Node | null, path: Path, fallback: Place): Tree {
  return build({ growth, path, ancestors: [] }, node, fallback);
}

interface Spot {
  readonly growth: Growth;
  readonly path: Path;
  /** Nodes that this one stands in, to find aliases that hold themselves. */
  readonly ancestors: readonly Node[];
}

const nothing = (place: Place): TreeScalar => ({ kind: 'scalar', place, value: null });

function placeOf({ growth: { source } }: Spot, node: Node | null | undefined, fallback: Place): Place {
  const range = node?.range;
  return range ? { source, span: [range[0], Math.max(range[1], range[0])] } : fallback;
}

function refuse(spot: Spot, issue: PlacedIssue): Tree {
  spot.growth.issues.push(issue);
  return nothing(issue.place);
}

function build(spot: Spot, node: Node | null | undefined, fallback: Place): Tree {
  const place = placeOf(spot, node, fallback);
  if (spot.growth.nodesLeft-- <= 0 || spot.ancestors.length > deepest) return tooLarge(spot, place);
  if (!node) return nothing(place);
  if (isAlias(node)) return buildAlias(spot, node, place);
  const inner = { ...spot, ancestors: [...spot.ancestors, node] };
  if (isMap(node)) return { kind: 'map', place, entries: buildEntries(inner, node, place) };
  if (isSeq(node)) {
    const items = node.items.map((item, i) =>
      build({ ...inner, path: [...spot.path, i] }, isPair(item) ? null : (item as Node), place),
    );
    return { kind: 'list', place, items };
  }
  return isScalar(node) ? buildScalar(spot, node, place) : nothing(place);
}

function tooLarge(spot: Spot, place: Place): Tree {
  if (spot.growth.nodesLeft < -1) return nothing(place); // said once
  spot.growth.nodesLeft = -1;
  const message = `the file unfolds to more than ${mostNodes} values, or more than ${deepest} levels`;
  return refuse(spot, { place, code: 'E101', message, hint: 'use fewer aliases' });
}

function buildAlias(spot: Spot, alias: Alias, place: Place): Tree {
  const target = alias.resolve(spot.growth.document);
  if (!target) {
    const hint = `write &${alias.source} at the value that is meant`;
    return refuse(spot, { place, code: 'E101', message: `no anchor &${alias.source} stands before this alias`, hint });
  }
  if (spot.ancestors.includes(target)) {
    return refuse(spot, { place, code: 'E101', message: `*${alias.source} holds itself`, hint: 'remove the alias' });
  }
  return build(spot, target, place);
}

function keyText(key: unknown): string | undefined {
  if (!isScalar(key)) return undefined;
  if (key.value === null) return undefined;
  return typeof key.value === 'string' ? key.value : (key.source ?? JSON.stringify(key.value));
}

const isMergeKey = (key: unknown): boolean => isScalar(key) && key.value === '<<' && key.type === 'PLAIN';

/** A map's own keys before those that it merges. */
function buildEntries(spot: Spot, map: YAMLMap, place: Place): Map<string, TreeEntry> {
  const entries = new Map<string, TreeEntry>();
  const merged: Pair[] = [];
  for (const pair of map.items) {
    if (isMergeKey(pair.key)) {
      merged.push(pair);
      continue;
    }
    const keyPlace = placeOf(spot, pair.key as Node | null, place);
    const key = keyText(pair.key);
    if (key === undefined || key === '__proto__') {
      const message = key === undefined ? 'a key must be text' : `"${key}" cannot be a key`;
      refuse(spot, { place: keyPlace, code: 'E101', message, hint: 'write key: value' });
      continue;
    }
    const inner = { ...spot, path: [...spot.path, key] };
    entries.set(key, { key: keyPlace, value: build(inner, pair.value as Node | null, keyPlace) });
  }
  for (const pair of merged) mergeInto(entries, spot, pair, place);
  return entries;
}

/** `<<: *base` or `<<: [*a, *b]`: the earlier wins, and the map's own keys win over all. */
function mergeInto(entries: Map<string, TreeEntry>, spot: Spot, pair: Pair, fallback: Place): void {
  const place = placeOf(spot, pair.value as Node | null, fallback);
  const value = build(spot, pair.value as Node | null, place);
  const sources = value.kind === 'list' ? value.items : [value];
  for (const source of sources) {
    if (source.kind !== 'map') {
      refuse(spot, { place, code: 'E101', message: '"<<" merges maps alone', hint: 'write <<: *anchor-of-a-map' });
      continue;
    }
    for (const [key, entry] of source.entries) if (!entries.has(key)) entries.set(key, entry);
  }
}

function buildScalar(spot: Spot, scalar: Scalar, place: Place): Tree {
  const { growth, path } = spot;
  const value = scalar.value as TreeScalar['value'];
  if (isSecret(path)) return buildSecret(spot, scalar, place);
  warnOfOctal(spot, scalar, place);
  if (typeof value !== 'string' || !hasReference(value)) return { kind: 'scalar', place, value };
  const result = interpolate(value, growth.environment);
  if (!result.ok) {
    const hint = `${result.hint}, or give a default: \${NAME:-default}`;
    return refuse(spot, { place, code: 'E108', message: result.message, hint });
  }
  // Unquoted, a variable may hold a number, as if it had been written here.
  return { kind: 'scalar', place, value: scalar.type === 'PLAIN' ? plainValue(result.text) : result.text };
}

/** Values below `cluster.security` stay as references: what they stand for never enters the document. */
function buildSecret(spot: Spot, scalar: Scalar, place: Place): Tree {
  const { growth, path } = spot;
  growth.source.secrets.push(place.span);
  const text = typeof scalar.value === 'string' ? scalar.value : undefined;
  if (secretKeys.includes(String(path.at(-1))) && scalar.value !== null && !isReference(text ?? '')) {
    const name = String(path.at(-1));
    const hint = `write '\${NAME}' and set NAME in the environment, or use cluster.properties`;
    return refuse(spot, {
      place,
      code: 'E110',
      message: `${path.join('.')}: a ${name} cannot stand in a scenario`,
      hint,
    });
  }
  if (text !== undefined && hasReference(text)) {
    const result = interpolate(text, growth.environment);
    if (!result.ok) return refuse(spot, { place, code: 'E108', message: result.message, hint: result.hint });
  }
  return { kind: 'scalar', place, value: scalar.value as TreeScalar['value'] };
}

/** `010` is ten in YAML 1.2 and eight in YAML 1.1: legal, and rarely what both reader and writer think. */
function warnOfOctal({ growth }: Spot, scalar: Scalar, place: Place): void {
  if (typeof scalar.value !== 'number' || !/^[-+]?0\d+$/.test(scalar.source ?? '')) return;
  const message = `${scalar.source} is ${scalar.value} in YAML 1.2`;
  growth.warnings.push({ place, code: 'E105', message, hint: `write ${scalar.value}` });
}

/** The tree as plain data. */
export function plainOf(tree: Tree): unknown {
  switch (tree.kind) {
    case 'scalar':
      return tree.value;
    case 'list':
      return tree.items.map(plainOf);
    case 'map':
      return Object.fromEntries([...tree.entries].map(([key, entry]) => [key, plainOf(entry.value)]));
  }
}

/** The place of a key or a value; where the path leads nowhere, of the last thing on the way that is there. */
export function placeAt(root: Tree, path: Path, at: 'key' | 'value'): Place {
  let tree = root;
  let key: Place | undefined;
  for (const segment of path) {
    if (tree.kind === 'map' && tree.entries.has(String(segment))) {
      const entry = tree.entries.get(String(segment)) as TreeEntry;
      [key, tree] = [entry.key, entry.value];
    } else if (tree.kind === 'list' && typeof segment === 'number' && tree.items[segment]) {
      [key, tree] = [undefined, tree.items[segment]];
    } else {
      return key ?? tree.place;
    }
  }
  return at === 'key' && key ? key : tree.place;
}

/** What stands at the path; undefined where it leads nowhere. */
export function treeAt(root: Tree, path: Path): Tree | undefined {
  return path.reduce<Tree | undefined>((tree, segment) => {
    if (tree?.kind === 'map') return tree.entries.get(String(segment))?.value;
    return tree?.kind === 'list' && typeof segment === 'number' ? tree.items[segment] : undefined;
  }, root);
}

/** Maps merge, everything else is replaced. */
export function mergeTrees(base: Tree, over: Tree): Tree {
  if (base.kind !== 'map' || over.kind !== 'map') return over;
  const entries = new Map(base.entries);
  for (const [key, entry] of over.entries) {
    const below = entries.get(key);
    entries.set(key, below ? { key: entry.key, value: mergeTrees(below.value, entry.value) } : entry);
  }
  return { kind: 'map', place: over.place, entries };
}

/** The tree with another value at a path of keys; maps on the way are made where they are missing, with keys at `keyPlace`. */
export function withTreeAt(tree: Tree, path: readonly string[], value: Tree, keyPlace: Place = value.place): Tree {
  const [key, ...rest] = path;
  if (key === undefined) return value;
  const entries = new Map(tree.kind === 'map' ? tree.entries : []);
  const below = entries.get(key);
  const missing: Tree = { kind: 'map', place: value.place, entries: new Map() };
  const inner = withTreeAt(below?.value ?? missing, rest, value, keyPlace);
  entries.set(key, { key: below?.key ?? keyPlace, value: inner });
  return { kind: 'map', place: tree.place, entries };
}
