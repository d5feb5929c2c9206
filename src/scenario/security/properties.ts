/** Reads Java's properties format: settings with their places in the text. */
import type { Span } from '../source.ts';

/** One setting of a properties file. */
export interface Property {
  readonly name: string;
  readonly value: string;
  readonly nameSpan: Span;
  /** To the end of the value, over all its lines. */
  readonly valueSpan: Span;
}

const controls: Readonly<Record<string, string>> = { t: '\t', n: '\n', r: '\r', f: '\f' };

/** What an escaped text stands for: a backslash before the end of a line joins it with the next. */
function unescaped(text: string): string {
  return text.replaceAll(/\\(?:\r?\n[ \t\f]*|u([0-9a-fA-F]{4})|([^]))/g, (_, code?: string, other?: string) => {
    if (code !== undefined) return String.fromCharCode(parseInt(code, 16));
    return other === undefined ? '' : (controls[other] ?? other);
  });
}

/** A blank line, a comment, or a setting: its name up to an unescaped separator, then its value up to an unescaped line end. */
const logicalLine =
  /[ \t\f]*(?:[#!][^\r\n]*|((?:\\(?:\r?\n|[^])|[^\\\s=:])*)([ \t\f]*[=:]?[ \t\f]*)((?:\\(?:\r?\n|[^])|[^\\\r\n])*))(?:\r?\n|\r|$)/y;

/** All settings in the order of the text, also where two have one name. */
export function parseProperties(text: string): Property[] {
  const found: Property[] = [];
  logicalLine.lastIndex = 0;
  while (logicalLine.lastIndex < text.length) {
    const start = logicalLine.lastIndex;
    const match = logicalLine.exec(text);
    if (match === null) break; // a backslash that ends the text
    const [whole, name = '', separator = '', value = ''] = match;
    if (name === '' && value === '') continue;
    const nameStart = start + whole.length - whole.trimStart().length;
    const valueStart = nameStart + name.length + separator.length;
    found.push({
      name: unescaped(name),
      value: unescaped(value),
      nameSpan: [nameStart, nameStart + name.length],
      valueSpan: [valueStart, valueStart + value.length],
    });
  }
  return found;
}
