/** Renders a comparison of runs for the terminal. */
import { createColors } from 'picocolors';
import type { Line } from '../model.ts';
import { signs, tableText, type TextOptions } from '../text.ts';
import { barHeading, barLegend, barOf, scaleOf } from './bar.ts';
import type { ComparisonModel, ComparisonRow } from './model.ts';

export interface ComparisonTextOptions extends TextOptions {
  /** Below 60 there is no room for bars. */
  readonly columns: number;
  readonly rows: 'all' | 'not the same';
}

/** The comparison as lines of text, without a trailing newline. */
export function renderComparisonText(model: ComparisonModel, options: ComparisonTextOptions): string {
  const colors = createColors(options.color);
  const paint = { good: colors.green, bad: colors.red, warning: colors.yellow, open: colors.yellow, equal: colors.dim };
  const ofStyle = signs[options.unicode ? 'unicode' : 'ascii'];
  const line = ({ sign, text }: Line): string => paint[sign](`${ofStyle[sign]} `) + text;
  const shown = model.rows.filter(({ sign }) => options.rows === 'all' || sign !== 'equal');
  const hidden = model.rows.length - shown.length;
  return [
    `A  ${model.a}`,
    `B  ${model.b}`,
    ...model.facts.map(line),
    colors.dim(model.method),
    ...(shown.length === 0 ? [] : ['', rowsText(shown, options)]),
    ...(hidden === 0 ? [] : [colors.dim(`${hidden} more ${hidden === 1 ? 'row' : 'rows'} same (--all)`)]),
    ...(options.rows === 'all' && model.exploratory.length > 0
      ? ['', colors.bold('Exploratory') + colors.dim(' · decides nothing'), rowsText(model.exploratory, options)]
      : []),
    ...(model.notes.length === 0 ? [] : ['', ...model.notes.map(line)]),
    '',
    model.counts,
    ...(model.conclusion === null ? [] : [line(model.conclusion)]),
  ].join('\n');
}

const fewestColumnsForBars = 60;

function rowsText(rows: readonly ComparisonRow[], { columns, unicode }: ComparisonTextOptions): string {
  const style = unicode ? 'unicode' : 'ascii';
  const hasBars = columns >= fewestColumnsForBars;
  const scale = scaleOf(rows.map(({ comparison }) => comparison));
  const bar = (text: string): string[] => (hasBars ? [text] : []);
  const heading = ['cell', 'metric', 'A', 'B', 'change', 'interval, %', ...bar(barHeading(style)), 'verdict'];
  const body = rows.map(row => [
    row.cell,
    row.metric,
    row.a,
    row.b,
    row.change,
    row.interval,
    ...bar(barOf(row.comparison, scale, style)),
    `${signs[style][row.sign]} ${row.verdict}`,
  ]);
  const legend = hasBars ? [['', '', '', '', '', '', barLegend(scale), '']] : [];
  return tableText({
    title: '',
    note: null,
    columnsOfWords: 2,
    columnsOfWordsAtEnd: hasBars ? 2 : 1,
    rows: [heading, ...body, ...legend],
  });
}
