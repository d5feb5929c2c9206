/** Loads a scenario file and the files that it names (`extends`, `cluster`) into one tree. */
import { relative, resolve } from 'node:path';
import type { Environment } from './environment.ts';
import { rebased } from './file-paths.ts';
import { readSource, UnreadableFile } from './source.ts';
import type { Place, Source } from './source.ts';
import { growthOf, mergeTrees, treeOf, withTreeAt } from './tree.ts';
import type { PlacedIssue, Tree, TreeMap } from './tree.ts';
import type { ErrorCode } from './issues.ts';
import { readYaml } from './yaml.ts';

/** What loading gathers on its way through the files. */
export interface Loading {
  readonly environment: Environment;
  readonly cwd: string;
  /** What stands for the scenario's own file, where it was not read from one. */
  readonly given?: { readonly path: string; readonly text: string };
  /** The folder of the scenario itself, from which all relative paths of the merged document are meant. */
  readonly folder: string;
  readonly sources: Source[];
  readonly issues: PlacedIssue[];
  readonly warnings: PlacedIssue[];
}

/** Who named a file, so that the error can point there; undefined for what the command line named. */
type NamedBy = Place | undefined;

const wholeFile = (source: Source): Place => ({ source, span: [0, 0] });

/** An empty text to point into where a file could not be read. */
const emptySource = (name: string): Source => ({ name, text: '', folder: '.', secrets: [] });

function blame(loading: Loading, namedBy: NamedBy, name: string, message: string, hint: string): undefined {
  const place = namedBy ?? wholeFile(emptySource(name));
  const code: ErrorCode = namedBy ? 'E109' : 'E100';
  loading.issues.push({ place, code, message: namedBy ? `${name}: ${message}` : message, hint });
  return undefined;
}

/** A name that leads to the file from where the user is. */
export const displayName = (loading: Loading, path: string): string => relative(loading.cwd, path) || path;

/** Reads one file as a map; undefined, with an issue, where that cannot be. `root` is where its keys stand in the scenario. */
async function readTree(
  loading: Loading,
  file: { readonly path: string; readonly name: string; readonly namedBy: NamedBy; readonly root: readonly string[] },
): Promise<TreeMap | undefined> {
  let source: Source;
  try {
    source =
      loading.given?.path === file.path
        ? { name: file.name, text: loading.given.text, folder: loading.folder, secrets: [] }
        : await readSource(file.path, file.name);
  } catch (error) {
    if (!(error instanceof UnreadableFile)) throw error;
    return blame(loading, file.namedBy, file.name, error.message, error.hint);
  }
  loading.sources.push(source);
  const tree = treeOfSource(loading, source, file.root);
  if (!tree || tree.kind === 'map') return tree;
  const isEmpty = tree.kind === 'scalar' && tree.value === null;
  const message = isEmpty ? 'the file is empty' : 'the file holds no map of keys';
  const hint = file.root.length === 0 ? 'a scenario begins with name: …' : 'write the keys of cluster into it';
  loading.issues.push({ place: { source, span: tree.place.span }, code: 'E105', message, hint });
  return undefined;
}

/** The tree of a text; undefined, with issues, where it is not YAML. */
export function treeOfSource(loading: Loading, source: Source, root: readonly string[]): Tree | undefined {
  const yaml = readYaml(source);
  if (!yaml.ok) {
    loading.issues.push(...yaml.issues);
    return undefined;
  }
  const growth = growthOf(source, yaml.document, loading.environment);
  const tree = treeOf(growth, yaml.document.contents, root, wholeFile(source));
  loading.issues.push(...growth.issues);
  loading.warnings.push(...growth.warnings);
  return rebased(tree, source.folder, loading.folder, root);
}

/** Loads a scenario file with all that it extends. `chain` holds the files on the way, to find circles. */
export async function loadScenario(
  loading: Loading,
  path: string,
  name: string,
  { namedBy, chain = [] }: { readonly namedBy?: Place; readonly chain?: readonly string[] } = {},
): Promise<Tree | undefined> {
  if (chain.includes(path)) {
    const circle = [...chain.slice(chain.indexOf(path)), path].map(file => displayName(loading, file)).join(' → ');
    return blame(loading, namedBy, name, `it extends itself: ${circle}`, 'remove one extends');
  }
  const own = await readTree(loading, { path, name, namedBy, root: [] });
  if (!own) return undefined;
  const tree = await withClusterFile(loading, own, path);
  const extended = own.entries.get('extends');
  if (!extended) return tree;
  const { value, place } = extended.value.kind === 'scalar' ? extended.value : { value: null, place: extended.key };
  if (typeof value !== 'string' || value === '') {
    loading.issues.push({
      place,
      code: 'E105',
      message: 'extends: it is not the path of a file',
      hint: 'write extends: base.yaml',
    });
    return without(tree, 'extends');
  }
  const basePath = resolve(path, '..', value);
  const base = await loadScenario(loading, basePath, displayName(loading, basePath), {
    namedBy: place,
    chain: [...chain, path],
  });
  const over = without(tree, 'extends');
  if (!base) return over;
  // A cluster file stands for itself: it does not mix with the cluster of what is extended.
  return mergeTrees(isClusterFile(own) ? without(base, 'cluster') : base, over);
}

const isClusterFile = (tree: TreeMap): boolean => {
  const cluster = tree.entries.get('cluster')?.value;
  return cluster?.kind === 'scalar' && typeof cluster.value === 'string';
};

function without(tree: Tree, key: string): Tree {
  if (tree.kind !== 'map') return tree;
  return { ...tree, entries: new Map([...tree.entries].filter(([name]) => name !== key)) };
}

/** The tree with the file that `cluster` names in its place. */
async function withClusterFile(loading: Loading, tree: TreeMap, path: string): Promise<Tree> {
  const cluster = tree.entries.get('cluster')?.value;
  if (cluster?.kind !== 'scalar' || typeof cluster.value !== 'string') return tree;
  // Rebased already: the path is meant from the scenario's folder.
  const file = resolve(loading.folder, cluster.value);
  const loaded = await loadCluster(loading, file, displayName(loading, file), cluster.place);
  if (path === file || !loaded) return without(tree, 'cluster');
  return withTreeAt(tree, ['cluster'], loaded);
}

/** Loads a file that holds the keys of `cluster`. */
export async function loadCluster(
  loading: Loading,
  path: string,
  name: string,
  namedBy?: Place,
): Promise<Tree | undefined> {
  return await readTree(loading, { path, name, namedBy, root: ['cluster'] });
}
