/** The report as Markdown, fit for a pull request. */
import type { ReportFormat, ReportSource } from '../render.ts';
import type { Line, ReportModel } from '../model.ts';
import { alignments, type Table } from '../table.ts';

const signs = { good: '✓', bad: '✗', warning: '⚠', open: '?', equal: '=' } as const;

/** What Markdown would take for itself. */
export const escaped = (text: string): string => text.replace(/[\\`*_{}[\]<>|#]/g, '\\$&').replaceAll('\n', ' ');

const line = ({ sign, text }: Line): string => `- ${signs[sign]} ${escaped(text)}`;

const table = (one: Table): string[] => [`## ${escaped(one.title)}`, '', ...tableBody(one)];

/** A table that opens when it is clicked. */
const details = (one: Table): string[] => [
  `<details><summary>${one.title}</summary>`,
  '',
  ...tableBody(one),
  '</details>',
  '',
];

/** A table's note and rows. */
export function tableBody(one: Table): string[] {
  const [heading = [], ...body] = one.rows;
  const { note } = one;
  const row = (cells: readonly string[]): string => `| ${cells.map(escaped).join(' | ')} |`;
  return [
    ...(note === null ? [] : [escaped(note), '']),
    row(heading),
    `| ${alignments(one)
      .map(side => (side === 'left' ? '---' : '---:'))
      .join(' | ')} |`,
    ...body.map(row),
    '',
  ];
}

const section = (title: string, lines: readonly string[], note: string | null = null): string[] =>
  lines.length === 0 ? [] : [`## ${title}`, '', ...(note === null ? [] : [escaped(note), '']), ...lines, ''];

function render(model: ReportModel): string {
  return [
    `# ${escaped(model.title)}`,
    '',
    `${signs[model.validity.sign]} ${escaped(model.validity.text)} · ${signs[model.conclusion.sign]} ${escaped(model.conclusion.text)}`,
    '',
    ...(model.called === null ? [] : [escaped(model.called), '']),
    ...model.resumed.flatMap(({ sign, text }) => [`${signs[sign]} ${escaped(text)}`, '']),
    ...(model.warmup === null ? [] : [`${signs[model.warmup.sign]} ${escaped(model.warmup.text)}`, '']),
    ...model.steadiness.flatMap(({ sign, text }) => [`${signs[sign]} ${escaped(text)}`, '']),
    ...(model.question === null ? [] : [`> ${escaped(model.question)}`, '']),
    ...section('Compared', model.comparisons.map(line), model.comparisonNote),
    ...section('Checks', model.checks.map(line)),
    ...section('Faults', model.faults.map(line)),
    ...model.tables.flatMap(table),
    ...section('Order', model.order.map(line)),
    ...section('Findings', model.findings.map(line)),
    ...section(
      'Warnings',
      model.warnings.map(text => `- ${escaped(text)}`),
    ),
    ...model.details.flatMap(details),
    '<details><summary>Environment</summary>',
    '',
    `- run: ${escaped(model.runId)}`,
    ...model.environment.map(([name, value]) => `- ${escaped(name)}: ${escaped(value)}`),
    '',
    '</details>',
    '',
  ].join('\n');
}

export default {
  file: 'report.md',
  written: 'by every run',
  render: ({ model }: Pick<ReportSource, 'model'>) => render(model),
} satisfies ReportFormat;
