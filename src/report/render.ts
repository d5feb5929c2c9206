/** Renders a result in every format that the folder `formats/` holds. */
import { readdir } from 'node:fs/promises';
import { basename, extname } from 'node:path';
import type { Result } from '../results/schema.ts';
import { type ReportModel, modelOf } from './model.ts';

/** A format: one file in `formats/` that exports this by default. */
export interface ReportFormat {
  /** The name of the file that it writes. */
  readonly file: string;
  render(report: { readonly model: ReportModel; readonly result: Result }): string;
}

const folder = new URL('./formats/', import.meta.url);

/** The formats by name, as their files are called. */
export async function loadFormats(): Promise<ReadonlyMap<string, ReportFormat>> {
  const files = (await readdir(folder)).filter(file => /\.(ts|js)$/.test(file) && !file.endsWith('.d.ts'));
  const loaded = await Promise.all(
    files.toSorted().map(async file => {
      const module = (await import(new URL(file, folder).href)) as { readonly default: ReportFormat };
      return [basename(file, extname(file)), module.default] as const;
    }),
  );
  return new Map(loaded);
}

/** Writes all formats; returns where they went. */
export async function renderReports(
  result: Result,
  write: (file: string, content: string) => Promise<string>,
): Promise<string[]> {
  const model = modelOf(result);
  const formats = await loadFormats();
  return Promise.all([...formats.values()].map(format => write(format.file, format.render({ model, result }))));
}
