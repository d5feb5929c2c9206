/** Renders a comparison of runs as Markdown, short enough for a comment on a pull request. */
import { escaped, tableBody } from '../formats/markdown.ts';
import type { Line } from '../model.ts';
import { signs } from '../text.ts';
import type { ComparisonModel, ComparisonRow } from './model.ts';

/** GitHub takes 65,536 characters in a comment. */
const mostCharacters = 60_000;

const line = ({ sign, text }: Line): string => `- ${signs.unicode[sign]} ${escaped(text)}`;

/** The comparison as Markdown; where it would be too long, the rows that matter least are left out, and counted. */
export function renderComparisonMarkdown(model: ComparisonModel, rows: 'all' | 'not the same'): string {
  const wanted = model.rows.filter(({ sign }) => rows === 'all' || sign !== 'equal');
  const exploratory = rows === 'all' ? model.exploratory : [];
  const text = (most: number): string =>
    document(model, wanted.slice(0, most), exploratory.slice(0, Math.max(0, most - wanted.length)));
  let most = wanted.length + exploratory.length;
  while (most > 0 && text(most).length > mostCharacters) most = Math.floor(most * 0.8);
  return text(most).slice(0, mostCharacters);
}

function document(
  model: ComparisonModel,
  rows: readonly ComparisonRow[],
  exploratory: readonly ComparisonRow[],
): string {
  const hidden = model.rows.length - rows.length;
  return [
    ...(model.conclusion === null
      ? []
      : [`**${signs.unicode[model.conclusion.sign]} ${escaped(model.conclusion.text)}**`, '']),
    escaped(model.counts),
    '',
    `- A: ${escaped(model.a)}`,
    `- B: ${escaped(model.b)}`,
    ...model.facts.map(line),
    ...model.notes.map(line),
    '',
    ...(rows.length === 0 ? [] : tableOf(rows)),
    ...(hidden === 0 ? [] : [`${hidden} more ${hidden === 1 ? 'row' : 'rows'} not shown.`, '']),
    ...(exploratory.length === 0
      ? []
      : ['<details><summary>Exploratory: decides nothing</summary>', '', ...tableOf(exploratory), '</details>', '']),
    `<sub>${escaped(model.method)}</sub>`,
    '',
  ].join('\n');
}

const tableOf = (rows: readonly ComparisonRow[]): string[] =>
  tableBody({
    title: '',
    note: null,
    columnsOfWords: 2,
    columnsOfWordsAtEnd: 1,
    rows: [
      ['cell', 'metric', 'A', 'B', 'change', 'interval, %', 'verdict'],
      ...rows.map(row => [
        row.cell,
        row.metric,
        row.a,
        row.b,
        row.change,
        row.interval,
        `${signs.unicode[row.sign]} ${row.verdict}`,
      ]),
    ],
  });
