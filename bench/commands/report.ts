/** `report`: stored runs as pages, documents and tables, rendered anew from what was measured. */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import {
  extractData,
  findRun,
  HarnessError,
  loadFormats,
  type ReportFormat,
  type ReportSource,
  renderSideBySide,
  splitPage,
  storedSource,
} from '../../src/index.ts';
import { type ChartFormat, chartFormats, chartsOf } from '../charts.ts';
import { defineCommand } from '../command.ts';
import { commonOptions, storedRun } from '../options.ts';
import { formatsOf } from '../reports.ts';
import type { Terminal } from '../terminal.ts';

interface Flags {
  readonly run: readonly string[];
  readonly out: string;
  readonly json: boolean;
  readonly format: string;
  readonly outDir?: string | undefined;
  readonly extract: boolean;
  readonly assets: 'inline' | 'folder';
}

/** A report that is on disk. */
interface Written {
  readonly path: string;
  /** `same`: a file of this content was there. */
  readonly state: 'new' | 'same';
}

/** Renders runs in the formats that are asked for, and names the files. Several runs share one page. */
export async function reportCommand(flags: Flags, terminal: Terminal): Promise<number> {
  if (flags.extract) {
    for (const reference of flags.run) terminal.print(await dataOf(reference, flags.out));
    return 0;
  }
  const words = flags.format.split(',').map(word => word.trim());
  const charts = chartFormats.filter(format => words.includes(format));
  const others = words.filter(word => !charts.some(format => format === word));
  const formats = others.length === 0 ? [] : await namedFormats(others.join(','));
  const sources: ReportSource[] = [];
  for (const reference of flags.run) sources.push(await storedSource(await findRun(reference, flags.out)));
  const written = [...(await writeReports(sources, formats, flags)), ...(await writeCharts(sources, charts, flags))];
  if (flags.json) terminal.print(JSON.stringify(written, null, 2));
  else for (const { path, state } of written) terminal.print(`  ${path}${state === 'new' ? '' : '  (as it was)'}`);
  return 0;
}

/** The numbers in a page: of a file, else of the page that the run would have. */
async function dataOf(reference: string, out: string): Promise<string> {
  if (reference.endsWith('.html')) {
    const page = await readFile(reference, 'utf8').catch((cause: unknown) => {
      throw new HarnessError('usage', `There is no page ${reference}.`, { cause });
    });
    return extractData(page);
  }
  const source = await storedSource(await findRun(reference, out));
  return extractData((await loadFormats(['html'])).get('html')?.render(source) ?? '');
}

type NamedFormat = readonly [name: string, format: ReportFormat];

/** @throws HarnessError `usage` for a name that is no format's */
async function namedFormats(list: string): Promise<NamedFormat[]> {
  return [...(await loadFormats(await formatsOf(list, '--format')))];
}

async function writeReports(
  sources: readonly ReportSource[],
  formats: readonly NamedFormat[],
  { out, outDir, assets }: Flags,
): Promise<Written[]> {
  const written: Written[] = [];
  const areSeveral = sources.length > 1;
  const write = async (folder: string, file: string, content: string): Promise<void> => {
    const files =
      assets === 'folder' && file.endsWith('.html')
        ? Object.entries(splitPage(content)).map(([name, text]) => [join(basename(file, '.html'), name), text] as const)
        : [[file, content] as const];
    for (const [name, text] of files) written.push(await writeNew(join(folder, name), text));
  };
  for (const [name, format] of formats) {
    if (areSeveral && name === 'html') {
      await write(outDir ?? out, 'runs.html', await renderSideBySide(sources));
      continue;
    }
    for (const source of sources) {
      const file = areSeveral && outDir !== undefined ? `${source.result.runId}.${format.file}` : format.file;
      await write(outDir ?? source.run.folder, file, format.render(source));
    }
  }
  return written;
}

/** Each run's charts in a folder `charts`; of several runs in one folder under their ids. */
async function writeCharts(
  sources: readonly ReportSource[],
  formats: readonly ChartFormat[],
  { outDir }: Flags,
): Promise<Written[]> {
  const written: Written[] = [];
  for (const source of sources) {
    const { result, run } = source;
    const ofRun = outDir !== undefined && sources.length > 1 ? [result.runId] : [];
    const folder = join(outDir ?? run.folder, 'charts', ...ofRun);
    for (const format of formats) {
      for (const { name, content } of await chartsOf(source, format)) {
        written.push(await writeNew(join(folder, name), content));
      }
    }
  }
  return written;
}

/** Writes over nothing: `report.html` that is there and differs is left, and `report-2.html` is written. */
async function writeNew(path: string, content: string | Uint8Array): Promise<Written> {
  await mkdir(join(path, '..'), { recursive: true });
  for (let number = 1; ; number++) {
    const candidate = number === 1 ? path : path.replace(/\.(\w+)$/, `-${number}.$1`);
    const isNew = await writeFile(candidate, content, { flag: 'wx' }).then(
      () => true,
      (error: NodeJS.ErrnoException) => {
        if (error.code === 'EEXIST') return false;
        throw new HarnessError('environment', `${candidate} cannot be written: ${error.message}.`, {
          hint: 'Name a folder that can be written with --out-dir.',
          cause: error,
        });
      },
    );
    if (isNew) return { path: candidate, state: 'new' };
    if ((await readFile(candidate)).equals(Buffer.from(content))) return { path: candidate, state: 'same' };
  }
}

export const report = defineCommand({
  usage: 'report <run..>',
  describe: 'render stored runs again; several runs side by side on one page',
  positionals: {
    run: { ...storedRun, array: true },
  },
  options: {
    ...commonOptions,
    format: { type: 'string', default: 'html', describe: 'a list of html, md, csv, junit, json, svg, png' },
    'out-dir': { type: 'string', describe: 'folder of the files; else the run’s own' },
    assets: {
      choices: ['inline', 'folder'] as const,
      default: 'inline' as const,
      describe: 'folder: styles and script in files of their own, for servers that refuse them within a page',
    },
    extract: {
      type: 'boolean',
      default: false,
      describe: 'print the numbers of a run’s page, or of an .html file, as JSON',
    },
  },
  run: reportCommand,
});
