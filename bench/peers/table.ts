/** Turns what tools did into a table that reads well on a terminal and is Markdown. */
import { whole } from '../../src/index.ts';
import type { Row } from './rounds.ts';
import { median, medianKnown } from './stats.ts';
import type { Comparison, Figures } from './tools/tool.ts';

/** What is said of a comparison. */
export interface Contestants {
  readonly comparison: Comparison;
  readonly rows: readonly Row[];
  /** Ids of the tools to compare with: the first that has figures. */
  readonly references: readonly string[];
  /** Tools that took no part, and why. */
  readonly missing: readonly string[];
}

interface Column {
  readonly heading: string;
  /** Null where there is nothing to tell; a column of nothing else is left out. */
  readonly cell: (row: Row) => string | null;
}

const titles: Record<Comparison, string> = {
  produce: 'Producing',
  consume: 'Consuming from a filled topic',
  both: 'Producing and consuming at once',
};

const of = (row: Row, figure: (figures: Figures) => number | null): number | null =>
  medianKnown(row.rounds.map(figure));
const written = (value: number | null, write: (value: number) => string): string | null =>
  value === null ? null : write(value);
const twoDecimals = (value: number): string => value.toFixed(2);

const ratesOf = (row: Row): number[] => row.rounds.map(({ messagesPerSecond }) => messagesPerSecond);

/** The row that others are compared with; undefined where none has figures. */
export function referenceOf({ rows, references }: Pick<Contestants, 'rows' | 'references'>): Row | undefined {
  const able = rows.filter(row => row.rounds.length > 0);
  const named = references.flatMap(id => able.filter(row => row.id === id));
  return named[0] ?? able[0];
}

function verdictOf({ verifies, rounds, failures }: Row): string {
  if (rounds.length === 0) return 'failed';
  if (rounds.some(({ faults }) => faults.length > 0) || failures.length > 0) return 'no, see below';
  return verifies ? 'yes' : 'not offered';
}

const columnsOf = (comparison: Comparison, reference: Row | undefined): readonly Column[] => [
  { heading: 'tool', cell: ({ title }) => title },
  { heading: 'version', cell: ({ version }) => version },
  {
    heading: comparison === 'consume' ? 'read/s' : 'acknowledged/s',
    cell: row =>
      written(
        of(row, f => f.messagesPerSecond),
        whole,
      ),
  },
  {
    heading: reference === undefined ? 'ratio' : `of ${reference.title}`,
    cell: row =>
      reference === undefined || row.rounds.length === 0
        ? null
        : twoDecimals(median(ratesOf(row)) / median(ratesOf(reference))),
  },
  {
    heading: 'least to most',
    cell: row =>
      row.rounds.length < 2 ? null : `${whole(Math.min(...ratesOf(row)))} to ${whole(Math.max(...ratesOf(row)))}`,
  },
  {
    heading: 'read/s',
    cell: row =>
      written(
        of(row, f => f.consumedPerSecond),
        whole,
      ),
  },
  {
    heading: 'CPU µs/message',
    cell: row =>
      written(
        of(row, f => f.cpuMicrosPerMessage),
        twoDecimals,
      ),
  },
  {
    heading: 'of its workers',
    cell: row =>
      written(
        of(row, f => f.workerCpuMicrosPerMessage),
        twoDecimals,
      ),
  },
  {
    heading: 'p99 ms',
    cell: row =>
      written(
        of(row, f => f.p99Micros),
        micros => (micros / 1e3).toFixed(1),
      ),
  },
  { heading: 'every message verified', cell: verdictOf },
];

/** A Markdown table whose columns stand under each other. */
export function formatTable(headings: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = headings.map((heading, i) => Math.max(heading.length, ...rows.map(row => row[i]?.length ?? 0)));
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell, i) => (i === 0 ? cell.padEnd(widths[i] ?? 0) : cell.padStart(widths[i] ?? 0))).join(' | ')} |`;
  const rule = `|${widths.map((width, i) => (i === 0 ? `-${'-'.repeat(width)}-` : `-${'-'.repeat(width)}:`)).join('|')}|`;
  return [line(headings), rule, ...rows.map(line)].join('\n');
}

/** What speaks against a row, each thing once. */
function remarksOn({ title, rounds, failures }: Row): string[] {
  const faults = rounds.flatMap((figures, i) => figures.faults.map(fault => `round ${i + 1}: ${fault}`));
  const failed = failures.map(failure => `a round failed: ${failure.replaceAll('\n', ' ')}`);
  return [...faults, ...failed].map(remark => `- ${title}, ${remark}`);
}

/** One comparison, as Markdown. */
export function renderComparison(contestants: Contestants): string {
  const { comparison, rows, missing } = contestants;
  const sorted = rows.toSorted((a, b) => (median(ratesOf(b)) || 0) - (median(ratesOf(a)) || 0));
  const columns = columnsOf(comparison, referenceOf(contestants)).filter(({ cell }) =>
    sorted.some(row => cell(row) !== null),
  );
  const table = formatTable(
    columns.map(({ heading }) => heading),
    sorted.map(row => columns.map(({ cell }) => cell(row) ?? '–')),
  );
  const remarks = [...rows.flatMap(remarksOn), ...missing.map(reason => `- ${reason}`)];
  const parts = [`## ${titles[comparison]}`, rows.length === 0 ? 'No tool took part.' : table];
  return [...parts, ...(remarks.length === 0 ? [] : [remarks.join('\n')])].join('\n\n');
}
