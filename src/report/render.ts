/** Renders a result in every format that the folder `formats/` holds. */
import { readdir } from 'node:fs/promises';
import { basename, extname } from 'node:path';
import type { FigureSource } from './figures/figure.ts';
import { type ReportModel, modelOf } from './model.ts';

/** What a format renders: the words and tables of a run, its result document, and the run itself for figures. */
export interface ReportSource extends FigureSource {
  readonly model: ReportModel;
}

/** A format: one file in `formats/` that exports this by default. */
export interface ReportFormat {
  /** The name of the file that it writes. */
  readonly file: string;
  /** Every run writes it, or `highwater report` does when it is asked for. */
  readonly written: 'by every run' | 'on request';
  render(report: ReportSource): string;
}

const folder = new URL('./formats/', import.meta.url);

async function filesOfFormats(): Promise<string[]> {
  const files = await readdir(folder);
  return files.filter(file => /\.(ts|js)$/.test(file) && !file.endsWith('.d.ts')).toSorted();
}

const nameOf = (file: string): string => basename(file, extname(file));

/** The formats' names, as their files are called. None is loaded: a page brings half a second of libraries for its charts. */
export const formatNames = async (): Promise<string[]> => (await filesOfFormats()).map(nameOf);

/** The formats of those names, or all, by name. */
export async function loadFormats(names: readonly string[] | null = null): Promise<ReadonlyMap<string, ReportFormat>> {
  const files = (await filesOfFormats()).filter(file => names?.includes(nameOf(file)) ?? true);
  const loaded = await Promise.all(
    files.map(async file => {
      const module = (await import(new URL(file, folder).href)) as { readonly default: ReportFormat };
      return [nameOf(file), module.default] as const;
    }),
  );
  return new Map(loaded);
}

/** What formats render of a run; the result may hold what a gate found besides. */
export const reportSource = ({ result, run }: FigureSource): ReportSource => ({ result, run, model: modelOf(result) });

/** Writes the formats of those names, or those that every run has; returns where they went. */
export async function renderReports(
  source: FigureSource,
  write: (file: string, content: string) => Promise<string>,
  names: readonly string[] | null = null,
): Promise<string[]> {
  const report = reportSource(source);
  const loaded = [...(await loadFormats(names)).values()];
  const formats = names === null ? loaded.filter(({ written }) => written === 'by every run') : loaded;
  return Promise.all(formats.map(format => write(format.file, format.render(report))));
}
