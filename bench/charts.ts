/** A run's charts as pictures: SVG, and PNG where something is wanted that every program shows. */
import { figureFiles, HarnessError } from '../src/index.ts';

export const chartFormats = ['svg', 'png'] as const;
export type ChartFormat = (typeof chartFormats)[number];

/** A picture; its name has no folder. */
export interface ChartFile {
  readonly name: string;
  readonly content: string | Uint8Array;
}

/** Pixels of a PNG for one of the SVG's: fit for a screen of high density. */
const zoom = 2;

/**
 * Draws all figures of a run.
 * @throws HarnessError `environment` if a PNG is wanted, and this host has nothing that draws it or no font for its words
 */
export async function chartsOf(
  source: Parameters<typeof figureFiles>[0],
  format: ChartFormat,
): Promise<readonly ChartFile[]> {
  const files = await figureFiles(source);
  if (format === 'svg') return files.map(({ name, svg }) => ({ name, content: svg }));
  const { Resvg } = await import('@resvg/resvg-js').catch((cause: unknown) => {
    throw new HarnessError(
      'environment',
      'PNG needs the package @resvg/resvg-js, which is not installed for this system.',
      {
        hint: 'Ask for --format svg.',
        cause,
      },
    );
  });
  const drawn = (svg: string): ReturnType<InstanceType<typeof Resvg>['render']> =>
    new Resvg(svg, { fitTo: { mode: 'zoom', value: zoom } }).render();
  const letters = '<svg xmlns="http://www.w3.org/2000/svg" width="40" height="20"><text y="15">abc</text></svg>';
  if (drawn(letters).pixels.every(value => value === 0)) {
    throw new HarnessError('environment', 'This host has no font: the words of a PNG would be missing.', {
      hint: 'Install one (on Debian: fonts-dejavu-core), or ask for --format svg.',
    });
  }
  return files.map(({ name, svg }) => ({ name: name.replace(/svg$/, 'png'), content: drawn(svg).asPng() }));
}
