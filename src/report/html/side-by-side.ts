/** Renders several runs on one page: their answers in one table, then each as a page of its own would show it. */
import type { ReportSource } from '../render.ts';
import { answersOf } from './answers.ts';
import { scrolling, signMark } from './blocks.ts';
import { html, Markup } from './markup.ts';
import { renderPage } from './page.ts';
import { figureCell, runMarkup } from './run-page.ts';
import type { Section } from './sections.ts';
import { standingOf } from './standing.ts';

/** The page of several runs as text. */
export function sideBySidePage(sources: readonly ReportSource[]): string {
  const doubtful = sources.filter(({ result }) => ['invalid', 'partial'].includes(standingOf(result).kind)).length;
  return renderPage({
    title: `${sources.length} runs · ${sources.map(({ result }) => result.name).join(', ')}`,
    ribbon: doubtful === 0 ? null : `${doubtful} of ${sources.length} runs: not the result that was asked for`,
    banner: html`<header class="banner open">
      <h1><span class="answer">${sources.length} runs side by side</span></h1>
      <p>
        They were not interleaved, so that what differs may be the hour and not the setting:
        <code>npx highwater compare A B</code> says which differences are more than chance.
      </p>
      <ul class="lines">
        ${sources.map((source, i) => runLine(source, i))}
      </ul>
    </header>`,
    sections: [answersSection(sources), ...sources.map(runSection)],
    script: 'plain',
  });
}

/** What a run lacks that another has. */
const nothing = { text: '–', interval: null, value: null } as const;

const prefixOf = (run: number): string => `run-${run + 1}`;

function runLine({ result }: ReportSource, i: number): Markup {
  const { sign, word } = standingOf(result);
  return html`<li>
    ${signMark(sign)} <span><strong>${word}</strong> <a href="#${prefixOf(i)}">${nameOf(result)}</a></span>
  </li> `;
}

const nameOf = ({ name, runId, title }: ReportSource['result']): string =>
  [name, ...(title === undefined ? [] : [title]), runId].join(' · ');

function answersSection(sources: readonly ReportSource[]): Section {
  const tables = sources.map(source => ({ source, answers: answersOf(source.result) }));
  const headings = [...new Set(tables.flatMap(({ answers }) => answers.headings))];
  const rows = tables.flatMap(({ source, answers }, run) => answers.rows.map(row => ({ source, run, answers, row })));
  const labels = [...new Set(rows.map(({ row }) => row.label))];
  const sorted = rows.toSorted((a, b) => labels.indexOf(a.row.label) - labels.indexOf(b.row.label) || a.run - b.run);
  const body = sorted.map(({ source, run, answers, row }) => {
    const { sign, word } = standingOf(source.result);
    const figures = headings.map(heading => row.figures[answers.headings.indexOf(heading)]);
    return html`<tr>
      <th scope="row">
        ${row.label}${row.flag === null ? null : html`<span class="note">${signMark(row.flag.sign)} ${row.flag.text}</span>`}
      </th>
      <td class="left words">
        ${signMark(sign)} ${word} <a href="#${prefixOf(run)}">run ${run + 1}</a>
        <span class="note">${answers.note.split(';')[0] ?? ''}</span>
      </td>
      ${figures.map(figure => figureCell({ ...(figure ?? nothing), isBest: false }, row.flag))}
    </tr>`;
  });
  const content = scrolling(
    'Answers of all runs',
    html`<table class="sortable answers">
      <caption>
        Cells of the same name stand together<span class="note"
          >no figure is marked as the best: nothing was judged across runs</span
        >
      </caption>
      <thead>
        <tr>
          ${['cell', 'run'].map(text => html`<th scope="col" class="left">${text}</th>`)}
          ${headings.map(text => html`<th scope="col" class="right">${text}</th>`)}
        </tr>
      </thead>
      <tbody>
        ${body}
      </tbody>
    </table>`,
  );
  return { id: 'answers', title: 'Answers', question: null, content };
}

function runSection(source: ReportSource, i: number): Section {
  const { banner, sections } = runMarkup(source);
  const parts = sections.map(
    ({ id, title, content }) =>
      html`<div id="${id}" class="part">
        <h2>${title}</h2>
        ${content}
      </div> `,
  );
  const content = nested(html`${banner} ${parts}`, prefixOf(i));
  return { id: prefixOf(i), title: `Run ${i + 1}`, question: nameOf(source.result), content };
}

/** A page's markup within another one: ids of its own, headings a rank lower, no second banner of the page. Attributes hold no bare quotes. */
function nested(markup: Markup, prefix: string): Markup {
  const text = markup
    .toString()
    .replaceAll(
      /(\s)(id|aria-labelledby|aria-describedby)="([^"]*)"/g,
      (_, space: string, name: string, ids: string) => {
        const own = ids.split(' ').map(id => `${prefix}-${id}`);
        return `${space}${name}="${own.join(' ')}"`;
      },
    )
    .replaceAll(/="(url\()?#/g, (_, url = '') => `="${url}#${prefix}-`)
    .replaceAll(/<(\/?)h([1-4])\b/g, (_, slash: string, rank: string) => `<${slash}h${Number(rank) + 2}`)
    .replaceAll(/<(\/?)header\b/g, '<$1div');
  return new Markup(text);
}
