/** Puts a whole page together: one file that loads nothing, with a policy that forbids it to. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { chartColours } from '../figures/colours.ts';
import { html, Markup } from './markup.ts';
import type { Section } from './sections.ts';

/** What a page is made of. */
export interface Page {
  readonly title: string;
  /** What stays in sight of whoever scrolls; null where the figures are a result. */
  readonly ribbon: string | null;
  readonly banner: Markup;
  readonly sections: readonly Section[];
  /** `zoom`: with what draws the time charts anew. */
  readonly script: 'zoom' | 'plain';
}

const textOf = (url: string): string => readFileSync(new URL(url), 'utf8');
const fileText = (name: string): string => textOf(new URL(name, import.meta.url).href);

/** What draws the time charts anew. */
const uPlot = {
  script: (): string => textOf(import.meta.resolve('uplot/dist/uPlot.iife.min.js')),
  styles: (): string => textOf(import.meta.resolve('uplot/dist/uPlot.min.css')),
};

/** The page as text. */
export function renderPage({ title, ribbon, banner, sections, script }: Page): string {
  const code = [fileText('./reading.js'), ...(script === 'zoom' ? [uPlot.script(), fileText('./zoom.js')] : [])].join(
    '\n',
  );
  const styles = [colourRules(), ...(script === 'zoom' ? [uPlot.styles()] : []), fileText('./page.css')];
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta http-equiv="Content-Security-Policy" content="${policyFor(code)}" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="generator" content="Highwater" />
        <title>${title}</title>
        ${verbatim('style', styles.join('\n'))}
      </head>
      <body>
        <a class="skip" href="#answers">Skip to the answers</a>
        ${ribbon === null ? null : html`<p class="ribbon">${ribbon}</p>`} ${banner}
        <nav aria-label="Sections">
          <ul>
            ${sections.map(section => html`<li><a href="#${section.id}">${section.title}</a></li> `)}
          </ul>
          <div id="theme" role="group" aria-label="Colours" hidden></div>
        </nav>
        <main>${sections.map(sectionMarkup)}</main>
        ${verbatim('script', code)}
      </body>
    </html> `.toString();
}

/** What a page that shows a run while it goes on has in common with reports: their look, the choice of colours, what draws charts. */
export const livePageParts = (): { readonly styles: readonly string[]; readonly scripts: readonly string[] } => ({
  styles: [colourRules(), uPlot.styles(), fileText('./page.css')],
  scripts: [fileText('./reading.js'), uPlot.script()],
});

/** An element whose text no formatter touches: the policy names the hash of the script. */
const verbatim = (element: 'style' | 'script', text: string): Markup => new Markup(`<${element}>${text}</${element}>`);

const sectionMarkup = ({ id, title, question, content }: Section): Markup =>
  html`<section id="${id}" aria-labelledby="${id}-title">
    <h2 id="${id}-title">${title}${question === null ? null : html` <span class="note">${question}</span>`}</h2>
    ${content}
  </section> `;

/** Nothing is loaded, and no script runs but the page's own. */
function policyFor(code: string): string {
  const hash = createHash('sha256').update(code).digest('base64');
  return [
    "default-src 'none'",
    'img-src data:',
    "style-src 'unsafe-inline'",
    `script-src 'sha256-${hash}'`,
    "base-uri 'none'",
    "form-action 'none'",
  ].join('; ');
}

/** The colours of charts as variables, which follow the page's scheme. */
function colourRules(): string {
  const rules = Object.entries(chartColours).map(([name, { light, dark }]) => `--${name}:light-dark(${light},${dark})`);
  return `:root{${rules.join(';')}}`;
}
