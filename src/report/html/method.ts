/** Tells how a run was made: settings, order, seed, host, and what its words mean. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { valuesByPath } from '../../results/resolved.ts';
import type { Result } from '../../results/schema.ts';
import { labelOf } from '../model.ts';
import { duration } from '../numbers.ts';
import type { ReportSource } from '../render.ts';
import type { Table } from '../table.ts';
import { detailMarkup, lineList, tableMarkup } from './blocks.ts';
import { html, type Markup } from './markup.ts';
import type { Section } from './sections.ts';

export function methodSection(source: ReportSource): Section {
  const { model, result, run } = source;
  const tables = model.placed.filter(({ section }) => section === 'method').map(({ table }) => table);
  const content = html`${lineList([...(model.warmup === null ? [] : [model.warmup]), ...model.steadiness])}
    ${tableMarkup(designTable(result))} ${tables.map(detailMarkup)} ${detailMarkup(orderTable(result))}
    ${resolvedMarkup(run.folder)} ${detailMarkup(environmentTable(result))}
    <details>
      <summary>What the words mean</summary>
      <dl>
        ${Object.entries(definitions).map(
          ([term, meaning]) =>
            html`<dt>${term}</dt>
              <dd>${meaning}</dd> `,
        )}
      </dl>
    </details>`;
  return { id: 'method', title: 'Method', question: 'How was it measured, and on what?', content };
}

const definitions: Readonly<Record<string, string>> = {
  ack: 'from the instant at which a message was due to its acknowledgement',
  endToEnd: 'from the instant at which a message was due until a consumer’s handler had it',
  service: 'from the actual send to the acknowledgement; of closed loops, and no claim about what users wait',
  scheduleLag: 'from the instant at which a message was due to its actual send',
  'p50, p99, p99.9': 'half, 99 % and 99.9 % of the messages of the measured window took no longer',
  'cell, trial, block':
    'a combination of settings; one measurement of it on a fresh topic; one trial of every cell, in random order',
  '[low–high]':
    'the 95 % confidence interval over trials, or the least and the greatest trial where there are fewer than five',
  '≥': 'a lower bound: messages without an outcome were counted at the delivery time-out',
  '–': 'no data, which is not zero',
  'better, worse, same, inconclusive':
    'the change and its whole interval lie beyond what matters; or within it; all else is inconclusive and passes nothing',
  'valid, degraded, invalid':
    'the generator was not the limit; it may have been; it was, and the trial feeds no figure, check or comparison',
};

function designTable(result: Result): Table {
  const trials = result.cells.flatMap(cell => cell.trials);
  const span = (values: readonly number[]): string =>
    values.length === 0 ? '–' : [...new Set(values.map(duration))].join(', ');
  const overridden = Object.entries(result.overridden).map(([name, value]) => `${name}=${value}`);
  const tags = Object.entries(result.tags).map(([name, value]) => `${name}=${value}`);
  const rows = [
    ['cells × trials', `${result.cells.length} × ${result.repeat}`],
    ['trials that were finished', String(trials.length)],
    ['measured window', span(trials.map(({ windowMicros }) => windowMicros))],
    ['warm-up before it', span(trials.map(({ warmupMicros }) => warmupMicros))],
    ['seed', String(result.seed)],
    ['began', result.startedAt],
    ['ended', result.finishedAt ?? 'not finished: killed, or still going on'],
    ...(overridden.length === 0 ? [] : [['overridden on the command line', overridden.join(', ')]]),
    ...(tags.length === 0 ? [] : [['tags', tags.join(', ')]]),
  ];
  return { title: 'Design', note: null, rows: [['what', 'value'], ...rows], columnsOfWords: 2 };
}

function orderTable(result: Result): Table {
  const blocks = Map.groupBy(result.order, ({ block }) => block);
  const rows = [...blocks].map(([block, slots]) => [
    String(block),
    slots.map(({ cell }) => labelOf(result, cell)).join(' · '),
  ]);
  return {
    title: 'Order of the trials',
    note: 'shuffled within each block, so that drift hits all cells alike',
    rows: [['block', 'cells'], ...rows],
    columnsOfWords: 2,
  };
}

function resolvedMarkup(folder: string): Markup {
  const text = readText(join(folder, 'resolved.yaml'));
  return html`<details>
    <summary>The scenario, with every default in place</summary>
    ${text === null ? html`<p>–</p>` : html`<pre tabindex="0">${text}</pre>`}
  </details>`;
}

/** A file's text; null where there is none: a report is complete without it. */
function readText(path: string): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return null;
  }
}

function environmentTable({ environment }: Result): Table {
  return {
    title: 'Environment',
    note: null,
    rows: [['what', 'value'], ...valuesByPath(environment).map(([path, fact]) => [path, factText(fact)])],
    columnsOfWords: 2,
  };
}

function factText(fact: unknown): string {
  if (fact === null) return '–';
  return typeof fact === 'string' ? fact : JSON.stringify(fact);
}
