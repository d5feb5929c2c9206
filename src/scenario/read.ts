/** Turns a scenario file into a checked scenario, or into one error that lists every problem with its place. */
import { dirname, resolve } from 'node:path';
import type { ClientSecurity } from '../drivers/driver.ts';
import type { Environment } from './environment.ts';
import { messageOfIssue } from './issues.ts';
import type { Issue } from './issues.ts';
import { loadCluster, loadScenario, treeOfSource } from './load.ts';
import type { Loading } from './load.ts';
import { matrixIssues } from './matrix.ts';
import { parseDocument, withoutFreeKeys } from './parse.ts';
import { formatPath, isMap, splitPath } from './paths.ts';
import type { Path, RawDocument } from './paths.ts';
import { problemOf, ScenarioError } from './problems.ts';
import type { Problem } from './problems.ts';
import type { Scenario } from './schema.ts';
import { loadClientFile, readSecurity, withClientFile } from './security/read.ts';
import { cellIssues, cellWarnings, fileIssues } from './semantics.ts';
import { positionAt, publicText } from './source.ts';
import type { Position, Source } from './source.ts';
import { unsupportedIn } from './supported.ts';
import { placeAt, plainOf, treeAt, withTreeAt } from './tree.ts';
import type { PlacedIssue, Tree } from './tree.ts';

/** What surrounds the file. */
export interface ReadOptions {
  readonly env: Environment;
  /** Relative paths of the command line begin here. */
  readonly cwd: string;
  /** The scenario itself, where no file holds it: relative paths in it begin at `cwd`. */
  readonly document?: object;
  /** `--set`: dotted path → value, written as in the file. */
  readonly overrides?: Readonly<Record<string, string>>;
  /** `--cluster`: a file that takes the place of `cluster`. */
  readonly clusterFile?: string;
  /** `--brokers`: take the place of the brokers, compose file or local cluster that the scenario names. */
  readonly brokers?: readonly string[];
}

/** A text that a scenario was made of. */
export interface SourceText {
  /** As it was given. */
  readonly name: string;
  /** Without the values below `cluster.security`. */
  readonly text: string;
}

/** A place in one of the scenario's files. */
export interface Location extends Position {
  readonly file: string;
}

/** A scenario that was read, and all that later stages need to speak about its file. */
export interface ScenarioFile {
  readonly scenario: Scenario;
  /** The merged document as plain data. Levels of the matrix are put into this one, and parsed again. */
  readonly raw: RawDocument;
  /** How clients speak to the brokers. Holds secrets, which stand nowhere else. */
  readonly security: ClientSecurity;
  /** The scenario's own file first. */
  readonly sources: readonly SourceText[];
  /** The folder from which relative paths in the scenario are meant. */
  readonly folder: string;
  readonly warnings: readonly Problem[];
  /** Where a setting was written; for a setting that was not, the nearest that surrounds it. */
  readonly locate: (path: Path, at?: 'key' | 'value') => Location;
  /** The error that shows these issues in the file: for what is found out later, such as in one cell. */
  readonly errorFor: (issues: readonly Issue[]) => ScenarioError;
}

/**
 * Reads, merges, parses and judges a scenario file.
 * @throws ScenarioError (exit code 2) with every problem that the file has
 */
export async function readScenario(path: string, options: ReadOptions): Promise<ScenarioFile> {
  const file = resolve(options.cwd, path);
  const loading: Loading = {
    environment: options.env,
    cwd: options.cwd,
    ...(options.document === undefined
      ? {}
      : { given: { path: file, text: JSON.stringify(options.document, null, 2) } }),
    folder: dirname(file),
    sources: [],
    issues: [],
    warnings: [],
  };
  const loaded = await loadScenario(loading, file, path);
  const written = loaded && (await overridden(loading, loaded, options));
  const clientFile = written && (await loadClientFile(loading, written));
  const tree = clientFile ? withClientFile(loading, written, clientFile) : written;
  if (!tree) throw new ScenarioError(path, loading.issues.map(problemOf));
  const raw = plainOf(tree) as RawDocument;
  const security = await readSecurity(loading, tree, clientFile);
  const issues = issuesOf(raw).map(placedIn(tree));
  const problems = [...loading.issues, ...issues.filter(isNotEchoOf(loading.issues))].map(problemOf);
  const parsed = parseDocument(raw);
  if (problems.length > 0 || !parsed.ok) throw new ScenarioError(path, problems);
  const { scenario } = parsed;
  const warnings = [...loading.warnings, ...cellWarnings(scenario, raw).map(placedIn(tree))];
  return {
    scenario,
    raw,
    security,
    sources: loading.sources.map(source => ({ name: source.name, text: publicText(source) })),
    folder: loading.folder,
    warnings: warnings.map(problemOf),
    locate: (place, at = 'value') => locationOf(tree, place, at),
    errorFor: found => new ScenarioError(path, found.map(placedIn(tree)).map(problemOf)),
  };
}

/** All that is wrong with a merged document: its own settings, its matrix, and what holds across both. */
export function issuesOf(written: RawDocument): Issue[] {
  const raw = withoutFreeKeys(written) as RawDocument;
  const hasMatrix = isMap(raw['matrix']) && Object.keys(raw['matrix']).length > 0;
  const parsed = parseDocument(raw);
  // With a matrix, contradictions are a matter of each cell: the plan asks for them there.
  const ofCell = parsed.ok && !hasMatrix ? cellIssues(parsed.scenario) : [];
  return [...ownIssues(raw), ...ofCell, ...fileIssues(raw), ...matrixIssues(raw, ownIssues)];
}

function ownIssues(raw: RawDocument): readonly Issue[] {
  const parsed = parseDocument(raw);
  return parsed.ok ? unsupportedIn(parsed.scenario) : parsed.issues;
}

const placedIn =
  (tree: Tree) =>
  (issue: Issue): PlacedIssue => ({
    place: placeAt(tree, issue.path, issue.at),
    code: issue.code,
    message: messageOfIssue(issue),
    hint: issue.hint,
  });

/** A value that could not be had (no such variable, a secret) is missing later too: once is enough. */
const isNotEchoOf =
  (earlier: readonly PlacedIssue[]) =>
  ({ place }: PlacedIssue): boolean =>
    !earlier.some(({ place: other }) => other.source === place.source && other.span[0] === place.span[0]);

function locationOf(tree: Tree, path: Path, at: 'key' | 'value'): Location {
  const { source, span } = placeAt(tree, path, at);
  return { file: source.name, ...positionAt(source.text, span[0]) };
}

/** The tree with what the command line says in place of what the file says; undefined where that cannot be read. */
async function overridden(loading: Loading, tree: Tree, options: ReadOptions): Promise<Tree | undefined> {
  let changed = tree;
  if (options.clusterFile !== undefined) {
    const cluster = await loadCluster(loading, resolve(options.cwd, options.clusterFile), options.clusterFile);
    if (!cluster) return undefined;
    changed = withTreeAt(changed, ['cluster'], cluster);
  }
  if (options.brokers !== undefined) changed = withBrokers(changed, options.brokers);
  for (const [dotted, text] of Object.entries(options.overrides ?? {})) {
    changed = withOverride(loading, changed, dotted, text);
  }
  return changed;
}

function withBrokers(tree: Tree, brokers: readonly string[]): Tree {
  const source: Source = { name: '--brokers', text: brokers.join(','), folder: '.', secrets: [] };
  let start = 0;
  const items = brokers.map((value): Tree => {
    const span = [start, start + value.length] as const;
    start = span[1] + 1;
    return { kind: 'scalar', place: { source, span }, value };
  });
  const list: Tree = { kind: 'list', place: { source, span: [0, source.text.length] }, items };
  return withTreeAt(withoutSources(tree), ['cluster', 'brokers'], list);
}

/** The tree without the places where the scenario itself says the brokers are. */
function withoutSources(tree: Tree): Tree {
  const cluster = tree.kind === 'map' ? tree.entries.get('cluster')?.value : undefined;
  if (cluster?.kind !== 'map') return tree;
  const entries = [...cluster.entries].filter(([key]) => !['brokers', 'compose', 'local'].includes(key));
  return withTreeAt(tree, ['cluster'], { ...cluster, entries: new Map(entries) });
}

/** `--set path=value`: the value is read as YAML, and problems point into the argument. */
function withOverride(loading: Loading, tree: Tree, dotted: string, text: string): Tree {
  const segments = splitPath(dotted);
  const source: Source = { name: '--set', text: `${dotted}=${text}`, folder: loading.cwd, secrets: [] };
  // Blanks in place of the path: offsets in the value are offsets in the argument.
  const blanked: Source = { ...source, text: `${' '.repeat(dotted.length + 1)}${text}` };
  const before = loading.issues.length;
  const value = treeOfSource(loading, blanked, segments);
  const added = loading.issues.splice(before);
  loading.issues.push(...added.map(issue => ({ ...issue, place: { source, span: issue.place.span } })));
  const place = { source, span: [0, dotted.length] as const };
  const stop = segments.findIndex((_, i) => i > 0 && isInTheWay(tree, segments.slice(0, i)));
  if (stop !== -1) {
    const message = `${formatPath(segments.slice(0, stop))} is no map: nothing can be set below it`;
    loading.issues.push({ place, code: 'E112', message, hint: 'set the whole of it' });
    return tree;
  }
  return value ? withTreeAt(tree, segments, inSource(value, source), place) : tree;
}

/** Whether something other than a map, or than nothing, stands at the path. */
function isInTheWay(tree: Tree, path: Path): boolean {
  const found = treeAt(tree, path);
  return found !== undefined && found.kind !== 'map' && !(found.kind === 'scalar' && found.value === null);
}

function inSource(tree: Tree, source: Source): Tree {
  const place = { source, span: tree.place.span };
  switch (tree.kind) {
    case 'scalar':
      return { ...tree, place };
    case 'list':
      return { ...tree, place, items: tree.items.map(item => inSource(item, source)) };
    case 'map': {
      const entries = [...tree.entries].map(([key, entry]) => {
        const keyPlace = { source, span: entry.key.span };
        return [key, { key: keyPlace, value: inSource(entry.value, source) }] as const;
      });
      return { ...tree, place, entries: new Map(entries) };
    }
  }
}
