/** Names cells: an id that is stable, unique and fit for a folder, and a label for people. */
import { createHash } from 'node:crypto';
import { splitPath } from '../scenario/paths.ts';
import type { Factor } from './matrix.ts';
import type { LevelValue } from './plan.ts';

/** Room for an id in a path on every system, with the run's folder before it and a file's name behind. */
const longestId = 80;

/**
 * The factors' names as labels write them: the last part of a path, and more of it where another factor ends alike.
 * `consumers.a.members` and `consumers.b.members` are `a.members` and `b.members`.
 */
export function shortNames(factors: readonly Factor[]): string[] {
  const endings = factors.map(endingsOf);
  return endings.map((own, i) => {
    const others = endings.filter((_, other) => other !== i);
    return own.find(ending => !others.some(list => list.includes(ending))) ?? (own.at(-1) as string);
  });
}

/** `producers.acks` → `acks`, `producers.acks`. The name of a named factor is one part. */
function endingsOf({ name, kind }: Factor): string[] {
  const parts = kind === 'named' ? [name] : splitPath(name);
  return parts.map((_, i) => parts.slice(parts.length - 1 - i).join('.'));
}

/** `acks=all, linger=5ms`. */
export function labelOf(names: readonly string[], levels: readonly LevelValue[]): string {
  return names.map((name, i) => `${name}=${String(levels[i])}`).join(', ');
}

/**
 * Ids for cells with these labels' parts, one a cell: `acks-all.linger-5ms`. Depends on a cell's own levels alone, unless two
 * cells read alike once they are fit for a folder: then both end in a hash of their levels, as too long ones do.
 */
export function cellIds(names: readonly string[], cells: readonly (readonly LevelValue[])[]): string[] {
  const plain = cells.map(levels => names.map((name, i) => `${slug(name)}-${slug(String(levels[i]))}`).join('.'));
  const uses = new Map<string, number>();
  for (const id of plain) uses.set(id.toLowerCase(), (uses.get(id.toLowerCase()) ?? 0) + 1);
  return plain.map((id, i) => {
    if (id.length <= longestId && uses.get(id.toLowerCase()) === 1) return id;
    const digest = createHash('sha256')
      .update(labelOf(names, cells[i] as readonly LevelValue[]))
      .digest('hex')
      .slice(0, 8);
    return `${id.slice(0, longestId - 9).replace(/[.-]+$/, '')}-${digest}`;
  });
}

/** Letters, digits, underscore and hyphen; everything else becomes one hyphen. A dot parts factors, so none stands within one. */
function slug(text: string): string {
  return text.replaceAll(/[^A-Za-z0-9_]+/g, '-').replaceAll(/^-+|-+$/g, '') || 'empty';
}
