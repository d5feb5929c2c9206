/** Renders a report for the terminal. */
import Table from 'cli-table3';
import { createColors } from 'picocolors';
import type { Line, ReportModel } from './model.ts';
import { alignments, type Table as ModelTable } from './table.ts';

export interface TextOptions {
  readonly color: boolean;
  readonly unicode: boolean;
}

export const signs = {
  unicode: { good: '✓', bad: '✗', warning: '⚠', open: '?', equal: '=' },
  ascii: { good: 'ok', bad: 'FAIL', warning: 'warn', open: '?', equal: '=' },
} as const;

/** The report as lines of text, without a trailing newline. */
export function renderText(model: ReportModel, { color, unicode }: TextOptions): string {
  const colors = createColors(color);
  const paint = { good: colors.green, bad: colors.red, warning: colors.yellow, open: colors.yellow, equal: colors.dim };
  const line = ({ sign, text }: Line): string => paint[sign](`${signs[unicode ? 'unicode' : 'ascii'][sign]} `) + text;
  const heading = (title: string, note: string | null): string =>
    colors.bold(title) + (note === null ? '' : colors.dim(` · ${note}`));
  const section = (title: string, lines: readonly string[], note: string | null = null): string[] =>
    lines.length === 0 ? [] : ['', heading(title, note), ...lines];
  return [
    ...(model.called === null ? [] : [colors.bold(model.called)]),
    line(model.validity),
    ...model.resumed.map(line),
    ...(model.warmup === null ? [] : [line(model.warmup)]),
    ...model.steadiness.map(line),
    ...section('Faults', model.faults.map(line)),
    ...model.tables.flatMap(table => ['', heading(table.title, table.note), tableText(table)]),
    ...section('Order', model.order.map(line)),
    ...section('Checks', model.checks.map(line)),
    ...section('Compared', model.comparisons.map(line), model.comparisonNote),
    ...section('Findings', model.findings.map(line)),
    ...section(
      'Warnings',
      model.warnings.map(text => line({ sign: 'warning', text })),
    ),
    '',
    line(model.conclusion),
  ].join('\n');
}

const noBorders = Object.fromEntries(
  [
    'top',
    'top-mid',
    'top-left',
    'top-right',
    'bottom',
    'bottom-mid',
    'bottom-left',
    'bottom-right',
    'left',
    'left-mid',
    'mid',
    'mid-mid',
    'right',
    'right-mid',
  ].map(place => [place, '']),
);

/** A table in columns, without borders. */
export function tableText(one: ModelTable): string {
  const [heading = [], ...body] = one.rows;
  const table = new Table({
    chars: { ...noBorders, middle: '  ' },
    style: { 'padding-left': 0, 'padding-right': 0, head: [], border: [] },
    colAligns: alignments(one),
  });
  table.push(heading.map(String), ...body.map(row => [...row]));
  return table
    .toString()
    .split('\n')
    .map(text => text.trimEnd())
    .join('\n');
}
