/** Reads a scenario file's text and finds lines, columns and frames in it. */
import { readFile, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { messageOf } from '../support/errors.ts';
import { isReference } from './environment.ts';

/** A text that problems can point into: a file, or one `--set`. */
export interface Source {
  /** As people should see it: the path as it was given. */
  readonly name: string;
  readonly text: string;
  /** Where relative paths in it begin. */
  readonly folder: string;
  /** Stretches of the text that no frame may show. */
  readonly secrets: Span[];
}

/** From an offset up to another, in UTF-16 units. */
export type Span = readonly [start: number, end: number];

/** A stretch of one source. */
export interface Place {
  readonly source: Source;
  readonly span: Span;
}

/** Counted from 1, in UTF-16 units. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

const mostBytes = 4 * 2 ** 20;

/** Why a file's text cannot be had, and what to do about it. */
export class UnreadableFile extends Error {
  readonly hint: string;
  constructor(message: string, hint: string, cause?: unknown) {
    super(message, { cause });
    this.hint = hint;
  }
}

async function sizeOf(path: string): Promise<number> {
  try {
    const facts = await stat(path);
    if (facts.isDirectory()) throw new UnreadableFile('it is a folder', 'name a file in it');
    if (!facts.isFile()) throw new UnreadableFile('it is not a regular file', 'name a YAML file');
    return facts.size;
  } catch (error) {
    if (error instanceof UnreadableFile) throw error;
    throw unreadable(error);
  }
}

function unreadable(error: unknown): UnreadableFile {
  const code = (error as NodeJS.ErrnoException).code;
  if (code === 'ENOENT' || code === 'ENOTDIR')
    return new UnreadableFile('there is no such file', 'check the path', error);
  if (code === 'EACCES') return new UnreadableFile('it may not be read', 'check its permissions', error);
  return new UnreadableFile(messageOf(error), 'check the path', error);
}

/** Reads a text; throws `UnreadableFile` for what is missing, no file, too large or not UTF-8. A byte order mark is dropped. */
export async function readSource(path: string, name: string): Promise<Source> {
  const bytes = await sizeOf(path);
  if (bytes > mostBytes) {
    throw new UnreadableFile(
      `it has ${bytes} bytes, more than ${mostBytes}`,
      'a scenario is a small text: is this the right file?',
    );
  }
  let content: Buffer;
  try {
    content = await readFile(path);
  } catch (error) {
    throw unreadable(error);
  }
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(content);
    return { name, text, folder: dirname(path), secrets: [] };
  } catch (error) {
    throw new UnreadableFile('it is not UTF-8 text', 'save it as UTF-8', error);
  }
}

/** The line and column of an offset. */
export function positionAt(text: string, offset: number): Position {
  const before = text.slice(0, offset);
  const line = before.split('\n').length;
  return { line, column: offset - before.lastIndexOf('\n') };
}

/** The text without what is secret in it. References to the environment stay: they say nothing. */
export function publicText({ text, secrets }: Source): string {
  return secrets
    .filter(([start, end]) => !isReference(text.slice(start, end).replaceAll(/^["']|["']$/g, '')))
    .toSorted((a, b) => b[0] - a[0])
    .reduce((masked, [start, end]) => `${masked.slice(0, start)}'***'${masked.slice(end)}`, text);
}
