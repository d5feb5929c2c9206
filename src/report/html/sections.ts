/** Lays figures, tables and lines of a report out in sections. */
import { kindsFor } from '../figures/all.ts';
import type { Figure, FigureSection, FigureSource } from '../figures/figure.ts';
import type { Line, PlacedTable } from '../model.ts';
import type { ReportSource } from '../render.ts';
import { detailMarkup, figureMarkup, lineList, tableMarkup } from './blocks.ts';
import { html, type Markup } from './markup.ts';

/** A part of the page with a heading of its own. */
export interface Section {
  readonly id: string;
  readonly title: string;
  /** What it is about, as a question; null where the heading says it. */
  readonly question: string | null;
  readonly content: Markup;
}

interface Outline {
  readonly id: PlacedTable['section'];
  readonly title: string;
  readonly question: string;
  /** What stands above its figures. */
  readonly lines?: (source: ReportSource) => readonly Line[];
  readonly note?: (source: ReportSource) => string | null;
}

const outlines: readonly Outline[] = [
  {
    id: 'faults',
    title: 'Faults',
    question: 'What was lost when brokers broke, and how long did it take to recover?',
    lines: ({ model }) => model.faults,
  },
  { id: 'latency', title: 'Latency', question: 'How bad is the tail, and where does it start?' },
  { id: 'throughput', title: 'Throughput', question: 'How much goes through?' },
  { id: 'time', title: 'Over time', question: 'When was it slow?' },
  { id: 'trade-off', title: 'Trade-off', question: 'What does speed cost?' },
  { id: 'capacity', title: 'Capacity', question: 'How far can it scale?' },
  {
    id: 'comparison',
    title: 'Comparison',
    question: 'What differs by more than chance, and by how much?',
    lines: ({ model, result }) => [...(result.gate === undefined ? [] : gateLines(result.gate)), ...model.comparisons],
    note: ({ model }) => model.comparisonNote,
  },
  {
    id: 'integrity',
    title: 'Integrity',
    question: 'Did every message arrive once, and in order?',
    lines: ({ model }) => model.order,
  },
  { id: 'partitions', title: 'Partitions', question: 'Is the load even?' },
  { id: 'consumers', title: 'Consumers', question: 'Do consumers keep up?' },
  {
    id: 'resources',
    title: 'Resources',
    question: 'What did the brokers have to do, and could the generator be the limit?',
  },
];

const gateLines = ({
  verdict,
  baseline,
  differences,
  newCells,
  goneCells,
}: NonNullable<FigureSource['result']['gate']>) => [
  {
    sign: verdict === 'pass' ? 'good' : verdict === 'fail' ? 'bad' : 'open',
    text: `held against ${baseline ?? 'a baseline that is not there'}: ${verdict}`,
  } as const,
  ...differences.map(text => ({ sign: 'warning', text: `differs: ${text}` }) as const),
  ...newCells.map(text => ({ sign: 'warning', text: `new: ${text}` }) as const),
  ...goneCells.map(text => ({ sign: 'warning', text: `gone: ${text}` }) as const),
];

/** The sections that have anything to show. */
export function sectionsOf(source: ReportSource): Section[] {
  const figures = Map.groupBy(
    kindsFor(source).flatMap(kind => kind.figures(source).map(figure => ({ section: kind.section, figure }))),
    ({ section }) => section,
  );
  return outlines.flatMap(outline => {
    const own = (figures.get(outline.id as FigureSection) ?? []).map(({ figure }) => figure);
    const content = contentOf(outline, source, own);
    return content === null ? [] : [{ id: outline.id, title: outline.title, question: outline.question, content }];
  });
}

function contentOf({ id, lines, note }: Outline, source: ReportSource, figures: readonly Figure[]): Markup | null {
  const told = lines?.(source) ?? [];
  const placed = source.model.placed.filter(({ section }) => section === id);
  if (told.length + placed.length + figures.length === 0) return null;
  const ofRank = (rank: PlacedTable['rank']) => placed.filter(one => one.rank === rank).map(({ table }) => table);
  const method = note?.(source) ?? null;
  const layout = figures.length > mostWide ? 'many' : 'few';
  return html`${figures.length === 0 ? null : html`<div class="figures ${layout}">${figures.map(figureMarkup)}</div>`}
  ${foldedLines(told)} ${method === null ? null : html`<p class="note">${method}</p>`}
  ${ofRank('shown').map(table => tableMarkup(table))} ${ofRank('detail').map(detailMarkup)}`;
}

/** So many charts have the page's width each; more stand two in a row. */
const mostWide = 4;

/** Lines, of which a long list's end is folded away. */
export function foldedLines(lines: readonly Line[], mostOpen = 8): Markup | null {
  const rest = lines.slice(mostOpen);
  if (rest.length < 2) return lineList(lines);
  return html`${lineList(lines.slice(0, mostOpen))}
    <details>
      <summary>${rest.length} more</summary>
      ${lineList(rest)}
    </details>`;
}
