/** Puts the page of a run that goes on together: one file that asks nobody but the run, with a policy that forbids it to. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { html, livePageParts, Markup } from '../../src/index.ts';
import { figureColumns } from '../progress/figures.ts';
import { endedHeadings } from './ended.ts';

export interface LivePage {
  readonly text: string;
  /** Its content security policy. */
  readonly policy: string;
}

const fileText = (name: string): string => readFileSync(new URL(name, import.meta.url), 'utf8');

/** An element whose text no formatter touches: the policy names its hash. */
const verbatim = (element: 'style' | 'script', text: string): Markup => new Markup(`<${element}>${text}</${element}>`);

export function livePage(): LivePage {
  const shared = livePageParts();
  const code = [...shared.scripts, fileText('./browser.js')].join('\n');
  const styles = [...shared.styles, fileText('./page.css')].join('\n');
  const text = html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="generator" content="Highwater" />
        <link rel="icon" href="data:," />
        <title>Highwater: a run</title>
        ${verbatim('style', styles)}
      </head>
      <body>
        ${body()} ${verbatim('script', code)}
      </body>
    </html> `;
  return { text: text.toString(), policy: policyFor(code) };
}

/** Styles are set by what draws charts, too. */
function policyFor(code: string): string {
  const hash = createHash('sha256').update(code).digest('base64');
  return [
    "default-src 'none'",
    "connect-src 'self'",
    "frame-src 'self'",
    'img-src data:',
    "style-src 'unsafe-inline'",
    `script-src 'sha256-${hash}'`,
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; ');
}

const body = (): Markup =>
  html`<header class="banner open" id="banner">
      <p class="verdict">
        <span class="badge"><strong id="state">waiting</strong></span> <span id="trial">for the run to begin</span>
      </p>
      <h1>
        <span class="question" id="question"></span>
        <span class="answer"><span id="phase">–</span></span>
      </h1>
      <progress id="progress" max="1" aria-label="share of the run’s time"></progress>
      <p class="meta">
        <span id="elapsed">0:00</span> elapsed · <span id="left">–</span> left · <span id="shape"></span> · kept in
        <code id="folder"></code>
      </p>
      <noscript
        ><p>This page needs JavaScript; <a href="/report">the report of what is finished</a> does not.</p></noscript
      >
    </header>
    <nav aria-label="Sections">
      <ul>
        <li><a href="#now">Now</a></li>
        <li><a href="#ended">Trials</a></li>
        <li id="so-far"><a href="/report" target="_blank">Report of what is finished</a></li>
      </ul>
      <div id="theme" role="group" aria-label="Colours" hidden></div>
    </nav>
    <main>
      <section id="now" aria-labelledby="now-title">
        <h2 id="now-title">
          Now <span class="note">Nothing is judged by these figures: a trial is when it is over.</span>
        </h2>
        <div id="live">
          <div class="scroll">
            <table>
              <caption>
                The last second, and the measured window so far<span class="note"
                  >latencies are <span id="latency-of">–</span>, in ms; of <i>trial</i>, lag is the most of any
                  look</span
                >
              </caption>
              <thead>
                <tr>
                  <th scope="col"></th>
                  ${headings(figureColumns.map(({ heading }) => heading))}
                </tr>
              </thead>
              <tbody id="figures"></tbody>
            </table>
          </div>
          <p><strong>Generator</strong> <span id="generator">–</span><span id="missed"></span></p>
        </div>
        <p class="help">Charts: <span id="charted">–</span></p>
        <div class="figures many" id="charts"></div>
      </section>
      <section id="ended" aria-labelledby="ended-title">
        <h2 id="ended-title">Trials <span class="note" id="tally">none over yet</span></h2>
        <div class="scroll">
          <table>
            <thead>
              <tr>
                <th scope="col" class="left">trial</th>
                <th scope="col" class="left">validity</th>
                ${headings(endedHeadings)}
                <th scope="col" class="left">to know</th>
              </tr>
            </thead>
            <tbody id="rows"></tbody>
          </table>
        </div>
      </section>
      <section id="final" aria-labelledby="final-title" hidden>
        <h2 id="final-title">Report</h2>
        <p class="help" id="final-place"></p>
      </section>
      <p class="skip" role="status" id="announced"></p>
    </main>`;

const headings = (texts: readonly string[]): Markup[] =>
  texts.map(text => html`<th scope="col" class="right">${text}</th>`);
