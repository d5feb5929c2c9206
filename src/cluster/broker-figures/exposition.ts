/** Reads metrics in Prometheus's text format. Pure. Libraries for it have not been kept since 2020, and its grammar is small. */

/** One line of the text: a series and its value. */
export interface Series {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** `name{label="value",…} 12.5 1700000000000`: the time-stamp is optional; label values escape `\\`, `\"` and `\n`. */
const line = /^([a-zA-Z_:][\w:]*)\s*(?:\{(.*)\})?\s+(\S+)(?:\s+-?\d+(?:\.\d+)?)?(?:\s+#.*)?$/;
const label = /([a-zA-Z_]\w*)\s*=\s*"((?:[^"\\]|\\.)*)"/g;
const escapes: Readonly<Record<string, string>> = { '\\n': '\n', '\\"': '"', '\\\\': '\\' };

/** The series of a text; comments, and lines that are none, are left out, as are values that are no numbers. */
export function parseExposition(text: string): Series[] {
  return text.split('\n').flatMap(raw => {
    const match = raw.startsWith('#') ? null : line.exec(raw.trim());
    const value = Number(match?.[3]);
    if (match === null || !Number.isFinite(value)) return [];
    const labels = Object.fromEntries(
      [...(match[2] ?? '').matchAll(label)].map(([, name = '', text = '']) => [
        name,
        text.replaceAll(/\\[n"\\]/g, one => escapes[one] ?? one),
      ]),
    );
    return [{ name: match[1] as string, labels, value }];
  });
}
