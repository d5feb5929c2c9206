/** Reads YAML 1.2 strictly: what is no plain data, or means something else in other readers, is an error with its place. */
import { parse, parseDocument } from 'yaml';
import type { Document, YAMLError } from 'yaml';
import type { Source } from './source.ts';
import type { PlacedIssue } from './tree.ts';

/** The document of a text, or why it is none. */
export type YamlResult =
  | { readonly ok: true; readonly document: Document }
  | { readonly ok: false; readonly issues: readonly PlacedIssue[] };

const mostErrors = 10;

/** After the first unexpected token, the rest of them are its echo. */
function withoutEchoes(errors: readonly YAMLError[]): YAMLError[] {
  const first = errors.findIndex(({ code }) => code === 'UNEXPECTED_TOKEN');
  return errors.filter(({ code }, i) => code !== 'UNEXPECTED_TOKEN' || i === first).slice(0, mostErrors);
}

const tooDeep = { message: 'the file is nested too deeply', hint: 'is this a scenario?' } as const;

const hints: Readonly<Record<string, string>> = {
  DUPLICATE_KEY: 'keep one of them',
  TAB_AS_INDENT: 'indent with spaces',
  MULTIPLE_DOCS: 'remove the "---" and what follows it',
  BAD_INDENT: 'indent with spaces, the same for all keys of a map',
  BLOCK_AS_IMPLICIT_KEY: 'quote the text, or put the map on a line of its own',
  MULTILINE_IMPLICIT_KEY: 'a key and its colon stand on one line',
  MISSING_CHAR: 'close the quote or bracket',
  BAD_ALIAS: 'an alias reads *name, an anchor &name',
  UNEXPECTED_TOKEN: 'check quotes, brackets and colons',
  RESOURCE_EXHAUSTION: tooDeep.hint,
};

function issueOf(source: Source, { code, message, pos }: YAMLError): PlacedIssue {
  const start = Math.min(pos[0], source.text.length);
  const span = [start, Math.min(Math.max(pos[1], start + 1), lineEnd(source.text, start))] as const;
  const place = { source, span };
  if (isOpenReference(source.text, start)) {
    const hint = "write '${NAME}' in quotes, or the key on a line of its own";
    return { place, code: 'E101', message: 'between { } or [ ], a "${" must stand in quotes', hint };
  }
  const hint = hints[code] ?? 'check quotes, brackets, colons and indentation';
  if (code !== 'DUPLICATE_KEY') return { place, code: 'E101', message: sentence(code, message), hint };
  const key = /^["']?[\w.<-]+["']?/.exec(source.text.slice(start))?.[0] ?? 'this key';
  return {
    place: { source, span: [start, start + key.length] },
    code: 'E111',
    message: `${key} stands twice in this map`,
    hint,
  };
}

/** In a flow map, `${NAME}` reads as a `$` that a map follows. */
const isOpenReference = (text: string, start: number): boolean => text.slice(start - 1, start + 1) === '${';

const lineEnd = (text: string, start: number): number => {
  const end = text.indexOf('\n', start);
  return end === -1 ? text.length : end;
};

/** The library's message, or ours where the library's is for programmers. */
function sentence(code: YAMLError['code'], message: string): string {
  if (code === 'MULTIPLE_DOCS') return 'a scenario file holds one document';
  return code === 'RESOURCE_EXHAUSTION' ? tooDeep.message : message;
}

function atStart(source: Source, message: string, hint: string): YamlResult {
  return { ok: false, issues: [{ place: { source, span: [0, 0] }, code: 'E101', message, hint }] };
}

/** Parses a text; warnings of the library (unknown tags) are errors here: nothing is ignored. */
export function readYaml(source: Source): YamlResult {
  let document: Document;
  try {
    document = parseDocument(source.text, {
      version: '1.2',
      prettyErrors: false,
      uniqueKeys: true,
      // Not `silent`, which also takes the first of several documents for the whole file.
      logLevel: 'error',
    });
  } catch (error) {
    // The library recurses: brackets by the thousand exhaust the stack.
    if (error instanceof RangeError) return atStart(source, tooDeep.message, tooDeep.hint);
    throw error;
  }
  const errors = [...document.errors, ...document.warnings];
  if (errors.length > 0) return { ok: false, issues: withoutEchoes(errors).map(error => issueOf(source, error)) };
  const { explicit, version } = document.directives?.yaml ?? {};
  if (explicit && version !== '1.2') return atStart(source, `YAML ${version} is not read`, 'remove the %YAML line');
  return { ok: true, document };
}

/** What a plain (unquoted) text means in YAML: `5` is a number, `true` a boolean. What is no scalar stays text. */
export function plainValue(text: string): string | number | boolean | null {
  if (!/^[\w.+-]*$/.test(text)) return text;
  const value: unknown = parse(text, { version: '1.2', logLevel: 'silent' });
  return value === null || ['string', 'number', 'boolean'].includes(typeof value) ? (value as string | null) : text;
}
