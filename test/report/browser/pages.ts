/** Writes the pages that tests look at: of usual, wide, stopped, empty and hostile runs. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { conclude } from '../../../src/analysis/conclude.ts';
import { reportSource } from '../../../src/report/render.ts';
import { reportPage } from '../../../src/report/html/report.ts';
import { sideBySidePage } from '../../../src/report/html/side-by-side.ts';
import type { StoredRun } from '../../../src/results/read.ts';
import type { Result } from '../../../src/results/schema.ts';
import { aSearched, aSearchRun } from '../../builders/search.ts';
import { aFault, someFaults } from '../../builders/faults.ts';
import { aPageRun, someCells } from './page-run.ts';

/** Names that would do harm if they were taken for markup. */
export const hostile = {
  name: `</title><script>window.hacked = 1</script>`,
  question: `Is "<img src=x onerror=window.hacked=1>" & 'this' 🦀 text?`,
  label: `a="<b>"&amp;'</template><script>window.hacked = 1</script>🦀`,
};

const usual = aPageRun({ cells: someCells(4), repeat: 5, seconds: 12 });

const levels = [1, 2, 3, 6, 12, 24];
const searchedLevels = await Promise.all(
  levels.map(n => aSearched({ cell: `partitions-${n}`, serverPerSecond: (4_000 * n) / (1 + 0.1 * (n - 1)) })),
);

const runs = {
  usual,
  searched: aSearchRun([await aSearched({ hottestShare: 0.4 })]),
  scaled: aSearchRun(searchedLevels, {
    cells: levels.map(n => ({ id: `partitions-${n}`, label: `partitions=${n}`, factors: { 'topic.partitions': n } })),
  }),
  sixty: aPageRun({ cells: someCells(60), repeat: 1, seconds: 3 }),
  one: aPageRun({ cells: someCells(1), repeat: 1, seconds: 5 }),
  partial: aPageRun({
    cells: someCells(3),
    repeat: 5,
    seconds: 5,
    finished: 1,
    header: { overridden: { 'load.rate': '500/s' } },
    run: { reasons: ['interrupted'] },
  }),
  empty: aPageRun({ cells: someCells(2), repeat: 3, seconds: 5, finished: 0, run: { reasons: ['environment'] } }),
  hostile: aPageRun({
    cells: [
      { id: 'one', label: hostile.label, ackMicros: 5_000 },
      { id: 'two', label: `${hostile.label}2`, ackMicros: 9_000 },
    ],
    repeat: 5,
    seconds: 3,
    trial: { faults: someFaults(aFault({ asked: hostile.label, atMicros: 1e6, endedAtMicros: 2e6 })) },
    header: { name: hostile.name, question: hostile.question, warnings: [{ code: 'W-X', message: hostile.label }] },
  }),
} satisfies Record<string, StoredRun>;

/** `tampered`: with an image of the network and a foreign script. */
export type PageName = keyof typeof runs | 'two runs' | 'tampered';

/** Those that are looked at whole: all but the one that was tampered with. */
export const soundPages = [...(Object.keys(runs) as (keyof typeof runs)[]), 'two runs'] as const;

/** A page that is on disk. */
export interface WrittenPage {
  readonly url: string;
  readonly text: string;
  /** Of the run, or of the first of several. */
  readonly result: Result;
}

/** Writes all pages into a folder that goes when they do. */
export async function writePages(): Promise<AsyncDisposable & { readonly pages: ReadonlyMap<PageName, WrittenPage> }> {
  const folder = await mkdtemp(join(tmpdir(), 'highwater-test-pages-'));
  const sources = Object.entries(runs).map(([name, run]) => {
    const source = reportSource({ result: conclude(run), run });
    return { name: name as PageName, result: source.result, text: reportPage(source), source };
  });
  const both = sources.filter(({ name }) => name === 'usual' || name === 'partial');
  const together = sideBySidePage(both.map(({ source }) => source));
  const tampered = (sources[0]?.text ?? '').replace(
    '<main>',
    '<main><img src="http://127.0.0.1:9/x.png" alt="x"><script>window.hacked = 1</script>',
  );
  const all = [
    ...sources,
    { name: 'tampered', result: both[0]?.result as Result, text: tampered } as const,
    { name: 'two runs', result: both[0]?.result as Result, text: together } as const,
  ];
  const pages = new Map<PageName, WrittenPage>();
  for (const { name, result, text } of all) {
    const path = join(folder, `${name}.html`);
    await writeFile(path, text);
    pages.set(name, { url: pathToFileURL(path).href, text, result });
  }
  return { pages, [Symbol.asyncDispose]: () => rm(folder, { recursive: true }) };
}
