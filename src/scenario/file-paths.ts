/** Keeps paths right: a relative path in an extended file is relative to that file, and has to be found from the scenario's folder. */
import { isAbsolute, relative, resolve, sep } from 'node:path';
import { hasReference } from './environment.ts';
import { splitPath } from './paths.ts';
import type { Tree, TreeEntry } from './tree.ts';

/** Settings whose values are paths of files. */
const fileKeys: readonly string[] = [
  'cluster',
  'cluster.compose',
  'cluster.properties',
  'cluster.security.tls.ca',
  'cluster.security.tls.cert',
  'cluster.security.tls.key',
  'messages.file',
  'producers.partitioning.custom',
];

/** The tree with its relative file paths rewritten from one folder to the other; `path` is where the tree stands. */
export function rebased(tree: Tree, from: string, to: string, path: readonly string[] = []): Tree {
  return from === to ? tree : rewrite(tree, path, written => rebase(written, from, to));
}

function rebase(written: string, from: string, to: string): string {
  if (isAbsolute(written) || hasReference(written)) return written;
  const path = relative(to, resolve(from, written)).split(sep).join('/');
  return path.startsWith('.') ? path : `./${path}`;
}

function rewrite(tree: Tree, path: readonly string[], change: (written: string) => string): Tree {
  switch (tree.kind) {
    case 'scalar':
      return typeof tree.value === 'string' && fileKeys.includes(path.join('.'))
        ? { ...tree, value: change(tree.value) }
        : tree;
    case 'list': // a factor's levels stand at the factor's path; no other list holds paths of files
      return { ...tree, items: tree.items.map(item => rewrite(item, path, change)) };
    case 'map': {
      const entries = [...tree.entries].map(([key, { key: place, value }]): [string, TreeEntry] => [
        key,
        { key: place, value: rewrite(value, pathBelow(path, key), change) },
      ]);
      return { ...tree, entries: new Map(entries) };
    }
  }
}

/** Below `matrix`, a dotted key is a path of its own; a named level's map leads to such keys. */
function pathBelow(path: readonly string[], key: string): readonly string[] {
  if (path[0] !== 'matrix') return [...path, key];
  const meant = splitPath(key);
  return meant.length > 1 ? meant : ['matrix'];
}
