/** Gives a run's figures as files of their own. */
import type { FigureSource } from './figure.ts';

export interface FigureFile {
  /** Without a folder, with its ending. */
  readonly name: string;
  readonly svg: string;
}

/**
 * All figures, in the order of the report: on a white ground, in colours that every viewer knows. The library that draws them is loaded
 * here, not with the program.
 */
export async function figureFiles(source: FigureSource): Promise<FigureFile[]> {
  const [{ kindsFor }, { standaloneSvg }] = await Promise.all([import('./all.ts'), import('./plot.ts')]);
  return kindsFor(source)
    .flatMap(kind => kind.figures(source))
    .map(({ id, svg }) => ({ name: `${id}.svg`, svg: standaloneSvg(svg) }));
}
