/** Turns tables, lines and figures of a report into HTML. */
import type { Figure } from '../figures/figure.ts';
import type { Line } from '../model.ts';
import { alignments, type Table } from '../table.ts';
import { signs } from '../text.ts';
import { html, Markup } from './markup.ts';

const words = { good: 'good', bad: 'bad', warning: 'warning', open: 'undecided', equal: 'note' } as const;

/** A sign with its meaning for those who do not see it. */
export const signMark = (sign: Line['sign']): Markup =>
  html`<span class="sign ${sign}" role="img" aria-label="${words[sign]}">${signs.unicode[sign]}</span>`;

/** Lines with their signs, one below the other; nothing where there are none. */
export const lineList = (lines: readonly Line[]): Markup | null =>
  lines.length === 0
    ? null
    : html`<ul class="lines">
        ${lines.map(({ sign, text }) => html`<li>${signMark(sign)} <span>${text}</span></li> `)}
      </ul>`;

/** A table that scrolls within itself; `–` sorts last. */
export function tableMarkup(table: Table, title = table.title): Markup {
  const [heading = [], ...rows] = table.rows;
  const sides = alignments(table);
  const caption = html`<caption>
    ${title}${table.note === null ? null : html`<span class="note">${table.note}</span>`}
  </caption>`;
  const row = (texts: readonly string[]): Markup =>
    html`<tr>
      ${texts.map((text, i) => (i === 0 ? html`<th scope="row">${text}</th>` : html`<td class="${classOf(text, sides[i] ?? 'left')}">${text}</td>`))}
    </tr> `;
  return scrolling(
    title,
    html`<table class="${sides.includes('right') ? 'sortable' : ''}">
      ${caption}
      <thead>
        <tr>
          ${heading.map((text, i) => html`<th scope="col" class="${sides[i] ?? 'left'}">${text}</th>`)}
        </tr>
      </thead>
      <tbody>
        ${rows.map(row)}
      </tbody>
    </table>`,
  );
}

/** Words that would be broken into a column of single ones in a wide table get room. */
const classOf = (text: string, side: 'left' | 'right'): string =>
  side === 'left' && text.length > mostBroken ? 'left long' : side;

const mostBroken = 18;

/** What is wider than the page scrolls sideways in here, by keyboard too. */
export const scrolling = (label: string, content: Markup): Markup =>
  html`<div class="scroll" role="group" aria-label="${label}" tabindex="0">${content}</div>`;

/** A table that opens when it is asked for. */
export const detailMarkup = (table: Table): Markup =>
  html`<details>
    <summary>${table.title}</summary>
    ${tableMarkup(table)}
  </details>`;

/** A chart under its finding, with how to read it and its numbers. */
export const figureMarkup = ({ id, title, help, svg, table }: Figure): Markup =>
  html`<figure id="figure-${id}">
    <figcaption><h3>${title}</h3></figcaption>
    ${new Markup(svg)}
    <p class="help">${help}</p>
    <details>
      <summary>The numbers</summary>
      ${tableMarkup(table)}
    </details>
  </figure>`;
