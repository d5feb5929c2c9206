/** Lays out what a page tells of one run: banner, answers, findings, sections, data. */
import type { Result } from '../../results/schema.ts';
import type { Line } from '../model.ts';
import type { ReportSource } from '../render.ts';
import { type AnswerFigure, type AnswerLine, type AnswerRow, type AnswersTable, answersOf } from './answers.ts';
import { answerLines } from './answer.ts';
import { answersOfSearches } from './capacity.ts';
import { lineList, scrolling, signMark } from './blocks.ts';
import { dataElement, pageData } from './data.ts';
import { html, type Markup } from './markup.ts';
import { methodSection } from './method.ts';
import { extractCommand, repeatCommand, shownFolder } from './repeat.ts';
import { foldedLines, type Section, sectionsOf } from './sections.ts';
import { type Standing, standingOf } from './standing.ts';

/** A run on a page. */
export interface RunMarkup {
  readonly standing: Standing;
  readonly banner: Markup;
  readonly sections: readonly Section[];
}

export function runMarkup(source: ReportSource): RunMarkup {
  const standing = standingOf(source.result);
  const findings = findingsSection(source);
  return {
    standing,
    banner: bannerMarkup(source, standing),
    sections: [
      answersSection(source, standing),
      ...(findings === null ? [] : [findings]),
      ...sectionsOf(source),
      methodSection(source),
      dataSection(source),
    ],
  };
}

function bannerMarkup({ model, result }: ReportSource, standing: Standing): Markup {
  const [first, ...more] = answerLines(result);
  return html`<header class="banner ${standing.kind}">
    <p class="verdict">
      <span class="badge">${signMark(standing.sign)} <strong>${standing.word}</strong></span>
      <span>${standing.why.slice(0, 1).toUpperCase() + standing.why.slice(1)}.</span>
    </p>
    <h1>
      <span class="question">${model.question ?? model.title}</span>
      <span class="answer">${isAnswer(standing) ? null : html`${signMark(first.sign)} `}${unbroken(first.text)}</span>
    </h1>
    ${lineList(more.slice(0, mostLines).map(({ sign, text }) => ({ sign, text: unbroken(text) })))}
    <ul class="marks">
      ${[model.validity, ...model.resumed, ...standing.marks].map(({ sign, text }) => html`<li>${signMark(sign)} ${text}</li> `)}
    </ul>
    ${metaMarkup(result)}
  </header>`;
}

/** Beside an answer a sign would look like the run's own verdict. */
const isAnswer = ({ kind }: Standing): boolean => kind === 'pass' || kind === 'fail';

/** A number's unit stays on its line. */
const unbroken = (text: string): string => text.replaceAll(/(\d) (?=(?:%|[µm]?s)(?:\W|$))/g, '$1\u00a0');

/** So much of the answer stands in the banner; the sections tell the rest. */
const mostLines = 4;

function metaMarkup({ name, title, labels, runId, startedAt, environment: { commit } }: Result): Markup {
  const named = [name, ...(title === undefined ? [] : [title])].join(' · ');
  const labelled = Object.entries(labels ?? {}).map(([label, value]) => `${label}=${value}`);
  return html`<p class="meta">
    ${[named, ...labelled].join(' · ')} · run <code>${runId}</code> ·
    <time datetime="${startedAt}">${dateText(startedAt)}</time> · git
    ${typeof commit === 'string' ? html`<code>${commit}</code>` : 'not known'}
  </p>`;
}

/** `2026-11-22 13:40 UTC` */
const dateText = (iso: string): string => `${iso.slice(0, 10)} ${iso.slice(11, 16)} UTC`;

function answersSection(source: ReportSource, { kind, word }: Standing): Section {
  const { result } = source;
  const table = result.capacity === null ? answersOf(result) : answersOfSearches(result, result.capacity);
  const caution: Line[] =
    kind === 'invalid' || kind === 'partial'
      ? [{ sign: 'bad', text: `${word}: these figures are not the result that was asked for.` }]
      : [];
  const content = html`${lineList(caution)} ${answersMarkup(table, source.model.title)}
  ${table.hasBest ? html`<p class="help"><b>★</b> the best, where comparisons say so: a smaller figure alone makes none the best.</p>` : null}
  ${source.model.checks.length === 0 ? null : html`<h3>Checks</h3>`} ${lineList(source.model.checks)}`;
  return { id: 'answers', title: 'Answers', question: null, content };
}

function answersMarkup(table: AnswersTable, title: string): Markup {
  const heading = (text: string, side: 'left' | 'right'): Markup => html`<th scope="col" class="${side}">${text}</th>`;
  return scrolling(
    'Answers',
    html`<table class="sortable answers">
      <caption>
        ${title}<span class="note">${table.note}</span>
      </caption>
      <thead>
        <tr>
          ${heading('cell', 'left')} ${table.headings.map(text => heading(text, 'right'))}
          ${table.hasChecks ? heading(table.checksHeading ?? 'check', 'left') : null}
          ${table.hasComparisons ? heading('comparison', 'left') : null}
        </tr>
      </thead>
      <tbody>
        ${table.rows.map(row => rowMarkup(row, table))}
      </tbody>
    </table>`,
  );
}

function rowMarkup({ cell, label, flag, figures, checks, comparisons }: AnswerRow, table: AnswersTable): Markup {
  const lines = (of: readonly AnswerLine[]): Markup =>
    html`<td class="left words">${of.length === 0 ? '–' : of.map(lineMarkup)}</td>`;
  return html`<tr data-cell="${cell}">
    <th scope="row">
      ${label}${flag === null ? null : html`<span class="note">${signMark(flag.sign)} ${flag.text}</span>`}
    </th>
    ${figures.map(figure => figureCell(figure, flag))} ${table.hasChecks ? lines(checks) : null}
    ${table.hasComparisons ? lines(comparisons) : null}
  </tr>`;
}

const lineMarkup = ({ sign, text, note }: AnswerLine): Markup =>
  html`<div>${signMark(sign)} ${text}${note === undefined ? null : html`<span class="note">${note}</span>`}</div>`;

/** A figure with its interval, and with what it has to be read with. */
export function figureCell({ text, interval, value, isBest }: AnswerFigure, flag: Line | null): Markup {
  // a figure that is copied alone must not lose what it has to be read with
  const mark = flag === null || text === '–' ? null : html` <span class="flag" title="${flag.text}">⚠</span>`;
  const shown = isBest ? html`<b>★ ${text}</b>` : html`<span>${text}</span>`;
  const note = interval === null ? null : html`<span class="note">${interval}</span>`;
  return html`<td class="right" data-sort="${value === null ? '' : String(value)}">${shown}${mark}${note}</td>`;
}

/** What must be known before figures are read. */
function findingsSection({ model }: ReportSource): Section | null {
  const warnings = model.warnings.map((text): Line => ({ sign: 'warning', text }));
  const lines = [...model.resumed, ...warnings, ...model.findings];
  if (lines.length === 0) return null;
  const content = html`${foldedLines(lines, 6)}`;
  return {
    id: 'findings',
    title: 'Findings',
    question: 'What must be known to read the figures?',
    content,
  };
}

function dataSection(source: ReportSource): Section {
  const { run } = source;
  const content = html`<p>This runs the same plan again, with the same seed:</p>
    <pre tabindex="0"><code>${repeatCommand(source)}</code></pre>
    <p>
      The whole result is <code>result.json</code>, every trial’s figures and interval logs lie in
      <code>trials/CELL/BLOCK/</code>, both below <code>${shownFolder(run)}</code>. The numbers of this page’s charts
      stand in the page itself:
    </p>
    <pre tabindex="0"><code>${extractCommand(source)}</code></pre>
    ${dataElement(pageData(source))}`;
  return { id: 'data', title: 'Data', question: null, content };
}
