/** Says by which command a run is made again. */
import { readFileSync } from 'node:fs';
import { isAbsolute, join, relative } from 'node:path';
import { parse } from 'yaml';
import type { FigureSource } from '../figures/figure.ts';

/** The command that runs the same plan, or the same search, again: the resolved scenario holds every setting, and the seed that was drawn. */
export function repeatCommand({ result, run }: FigureSource): string {
  const chosen = isPartOfMatrix({ result, run })
    ? result.cells.filter(({ side }) => side !== 'against').flatMap(({ id }) => ['--cells', quoted(id)])
    : [];
  const against = result.against === undefined ? [] : ['--against', quoted(result.against.name)];
  const command = result.capacity === null ? 'run' : 'capacity';
  return [`npx highwater ${command}`, quoted(join(shownFolder(run), 'resolved.yaml')), ...against, ...chosen].join(' ');
}

/** The command that prints the numbers of a run's page. */
export const extractCommand = ({ run }: FigureSource): string =>
  `npx highwater report ${quoted(shownFolder(run))} --extract`;

/** A run's folder as seen from here, wherever it was named from; one that lies elsewhere by its whole path. */
export function shownFolder({ folder }: FigureSource['run']): string {
  const path = relative(process.cwd(), folder);
  return path.startsWith('..') || isAbsolute(path) ? folder : path;
}

/** For a POSIX shell. */
const quoted = (text: string): string =>
  /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", String.raw`'\''`)}'`;

/** Whether `--cells` or `--skip` left cells out, which the resolved scenario still has. */
function isPartOfMatrix({ result, run }: FigureSource): boolean {
  const own = result.cells.filter(({ side }) => side !== 'against').length;
  return own < cellsOfMatrix(run.folder);
}

/** How many cells the scenario has, none where it leaves some out itself or cannot be read. */
function cellsOfMatrix(folder: string): number {
  try {
    const { matrix, exclude, combine } = parse(readFileSync(join(folder, 'resolved.yaml'), 'utf8')) as {
      readonly matrix?: Readonly<Record<string, object>>;
      readonly exclude?: readonly unknown[];
      readonly combine?: string;
    };
    if (matrix === undefined || (exclude?.length ?? 0) > 0 || (combine ?? 'product') !== 'product') return 0;
    return Object.values(matrix).reduce((product, levels) => product * Object.keys(levels).length, 1);
  } catch {
    return 0;
  }
}
