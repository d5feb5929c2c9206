/** Draws the lines around a problem, with a mark under the place. What is secret is not drawn. */
import { positionAt } from './source.ts';
import type { Place, Source, Span } from './source.ts';

const mask = '•••';
const mostColumns = 100;

/** Words that announce a secret, in texts that are too broken to know their structure. */
const secretKey = /\b(?:[\w.-]*(?:password|passphrase|passwd|secret|token|jaas\.config)[\w.-]*)["']?\s*[:=]\s*(?=\S)/i;

/** The key that a line begins with. It may be shown where its value may not. */
const keyOfLine = /^\s*(?:-\s+)?["']?[\w.-]+["']?\s*:(?=\s|$)/;

/** From where on a line is hidden: the first secret on it; undefined where it has none. */
function hiddenFrom(line: string, lineStart: number, secrets: readonly Span[]): number | undefined {
  const byStructure = secrets
    .filter(([start, end]) => start < lineStart + line.length && end > lineStart)
    .map(([start]) => (start > lineStart ? start - lineStart : (keyOfLine.exec(line)?.[0].length ?? 0)));
  const match = secretKey.exec(line);
  const byWord = match ? [match.index + match[0].length] : [];
  const from = [...byStructure, ...byWord];
  return from.length === 0 ? undefined : Math.min(...from);
}

/** The stretches below a `security:` key, found by indentation alone. */
function securityBlocks(text: string): Span[] {
  const spans: Span[] = [];
  for (const match of text.matchAll(/^([^\S\n]*)(?:.*[{,\s])?["']?security["']?[^\S\n]*:/gm)) {
    const start = match.index + match[0].length;
    const indent = match[1]?.length ?? 0;
    const rest = text.slice(start);
    const nextOutside = rest.search(new RegExp(`\\n[^\\S\\n]{0,${indent}}[^\\s#]`));
    spans.push([start, nextOutside === -1 ? text.length : start + nextOutside]);
  }
  return spans;
}

/** A line as a terminal may show it: no control characters, a tab is one column. */
const printable = (line: string): string => line.replaceAll('\t', ' ').replaceAll(/[\p{Cc}\u2028\u2029]/gu, '�');

function maskedLine(line: string, lineStart: number, secrets: readonly Span[]): string {
  const from = hiddenFrom(line, lineStart, secrets);
  return printable(from === undefined ? line : `${line.slice(0, from)}${mask}`);
}

/** A part of a long line around the column, and the column within it. */
function cropped(line: string, column: number): { readonly text: string; readonly column: number } {
  if (line.length <= mostColumns) return { text: line, column };
  const start = Math.max(0, Math.min(column - 40, line.length - mostColumns));
  const text = `${start > 0 ? '…' : ''}${line.slice(start, start + mostColumns)}${start + mostColumns < line.length ? '…' : ''}`;
  return { text, column: column - start + (start > 0 ? 1 : 0) };
}

const secretsOf = (source: Source): Span[] => [...source.secrets, ...securityBlocks(source.text)];

/** The frame of a place: a line before, the marked line, the mark with the hint, a line after. */
export function frameOf({ source, span }: Place, hint: string): string {
  const { line, column } = positionAt(source.text, span[0]);
  const lines = source.text.split(/\r?\n/);
  const starts = lineStarts(source.text);
  const secrets = secretsOf(source);
  const width = Math.max(2, String(Math.min(line + 1, lines.length)).length);
  const shownLine = (number: number): string => maskedLine(lines[number - 1] ?? '', starts[number - 1] ?? 0, secrets);
  const row = (marker: string, number: number, text: string): string =>
    `${marker}${String(number).padStart(width)} │ ${text}`.trimEnd();
  const marked = cropped(shownLine(line), column);
  const length = Math.max(1, Math.min(span[1] - span[0], marked.text.length - marked.column + 1));
  const beyond = Math.min(marked.column, marked.text.length + 1);
  const pointer = `${' '.repeat(width + 1)} │ ${' '.repeat(beyond - 1)}${'^'.repeat(length)} ${hint}`;
  return [
    ...(line > 1 ? [row(' ', line - 1, cropped(shownLine(line - 1), 1).text)] : []),
    row('▸', line, marked.text),
    pointer.trimEnd(),
    ...(line < lines.length ? [row(' ', line + 1, cropped(shownLine(line + 1), 1).text)] : []),
  ].join('\n');
}

function lineStarts(text: string): number[] {
  const starts = [0];
  for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) starts.push(at + 1);
  return starts;
}
