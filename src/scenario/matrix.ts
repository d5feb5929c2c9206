/** Judges the matrix and all that names its factors: each level is put in place and parsed, and blamed for what goes wrong then. */
import { isDeepStrictEqual } from 'node:util';
import { didYouMean, keysOf } from '../support/registry.ts';
import type { Issue } from './issues.ts';
import { messageOfIssue, moved, shown } from './issues.ts';
import { everyPath, schemasAt } from './json-schema.ts';
import { isMap, splitPath, valueAt, withValues } from './paths.ts';
import type { Path, RawDocument } from './paths.ts';

/** Blocks whose settings a cell may have of its own. */
const variable: readonly string[] = [
  'topic',
  'load',
  'messages',
  'driver',
  'producers',
  'consumers',
  'simulated',
  'faults',
];

/** What is wrong with a document that is judged as it stands. */
export type Judge = (raw: RawDocument) => readonly Issue[];

/** What is wrong with the matrix, and with `exclude`, `compare.reference` and `where`, which name its factors. */
export function matrixIssues(raw: RawDocument, judge: Judge): Issue[] {
  const matrix = raw['matrix'];
  if (!isMap(matrix)) return [];
  const known = new Set(judge(raw).map(identity));
  const isNew = (issue: Issue): boolean => !known.has(identity(issue));
  return keysOf(matrix).flatMap(factor => {
    const levels = matrix[factor];
    if (Array.isArray(levels)) return factorIssues(raw, factor, levels, changed => judge(changed).filter(isNew));
    return isMap(levels) ? namedIssues(raw, factor, levels, changed => judge(changed).filter(isNew)) : [];
  });
}

const identity = (issue: Issue): string => `${issue.path.join('\0')}\0${messageOfIssue(issue)}`;

function factorIssues(raw: RawDocument, factor: string, levels: readonly unknown[], judge: Judge): Issue[] {
  const path = ['matrix', factor];
  const unknown = pathIssue(raw, factor, path);
  if (unknown) return [unknown];
  const repeated = levels.flatMap((level, i) => {
    const first = levels.findIndex(other => isDeepStrictEqual(other, level));
    return first === i ? [] : [repeatedLevel([...path, i], level)];
  });
  const wrong = levels.flatMap((level, i) => levelIssues(raw, { [factor]: level }, () => [...path, i], judge));
  return [...repeated, ...wrong];
}

function namedIssues(
  raw: RawDocument,
  factor: string,
  levels: Readonly<Record<string, unknown>>,
  judge: Judge,
): Issue[] {
  if (schemasAt(splitPath(factor)).length > 0) {
    const sentence = `${JSON.stringify(factor)} is a path: its levels are a list`;
    const hint = 'write a list of levels, or give named levels a name that is no path';
    return [issueAt('E112', ['matrix', factor], 'key', sentence, hint)];
  }
  return keysOf(levels).flatMap(level => {
    const values = levels[level];
    if (!isMap(values)) return [];
    const path = ['matrix', factor, level];
    const unknown = keysOf(values).flatMap(dotted => pathIssue(raw, dotted, [...path, dotted]) ?? []);
    return unknown.length > 0 ? unknown : levelIssues(raw, values, dotted => [...path, dotted], judge);
  });
}

/** The issues that come up once the values are in place, each blamed on the value that it stands below. */
function levelIssues(
  raw: RawDocument,
  values: Readonly<Record<string, unknown>>,
  placeOf: (dotted: string) => Path,
  judge: Judge,
): Issue[] {
  const [first = ''] = keysOf(values);
  const document = withValues(raw, values);
  if (document === undefined) {
    const hint = 'vary the whole setting, or write it as a map';
    return [
      issueAt('E112', placeOf(first), 'value', 'it leads through a setting that is not a map in this file', hint),
    ];
  }
  return judge(document).map(issue => {
    const dotted =
      keysOf(values).find(candidate => splitPath(candidate).every((part, i) => issue.path[i] === part)) ?? first;
    return moved(issue, splitPath(dotted), placeOf(dotted));
  });
}

function repeatedLevel(path: Path, level: unknown): Issue {
  return issueAt('E107', path, 'value', `the level ${shown(level, path)} stands here twice`, 'keep one of them');
}

/** Why a dotted text is no path that may vary; undefined where it may. */
function pathIssue(raw: RawDocument, dotted: string, at: Path): Issue | undefined {
  const segments = splitPath(dotted);
  const [block = ''] = segments;
  const subject = JSON.stringify(dotted);
  if (segments.length === 0 || schemasAt(segments).length === 0) {
    return issueAt('E112', at, 'key', `the format knows no path ${subject}`, hintForPath(dotted, raw));
  }
  if (block === 'cluster') {
    return issueAt(
      'E120',
      at,
      'key',
      'cluster settings as a factor are not yet supported',
      'run one scenario a cluster',
    );
  }
  if (!variable.includes(block)) {
    return issueAt(
      'E112',
      at,
      'key',
      `${subject} is the same for all cells`,
      `vary something in ${variable.join(', ')}`,
    );
  }
  const [, group] = segments;
  if (block === 'consumers' && group !== undefined && valueAt(raw, ['consumers', group]) === undefined) {
    const hint = `add consumers: { ${group}: {} }, or use ${groupsOf(raw).join(', ') || 'an existing group'}`;
    return issueAt('E113', at, 'key', `there is no group ${JSON.stringify(group)}`, hint);
  }
  return undefined;
}

/** The names of the document's groups. */
export const groupsOf = (raw: RawDocument): string[] => (isMap(raw['consumers']) ? keysOf(raw['consumers']) : []);

function hintForPath(dotted: string, raw: RawDocument): string {
  const groups = groupsOf(raw);
  const candidates = everyPath().flatMap(path =>
    path.includes('*') ? groups.map(group => path.join('.').replace('*', group)) : [path.join('.')],
  );
  const near = didYouMean(dotted, candidates) ?? candidates.find(candidate => candidate.endsWith(`.${dotted}`));
  return near === undefined ? 'a path reads like producers.acks; named levels are a map' : `did you mean "${near}"?`;
}

/** An issue whose sentence is about the place itself. */
export function issueAt(code: Issue['code'], path: Path, at: Issue['at'], sentence: string, hint: string): Issue {
  return { code, path, at, subject: at === 'key' ? path.slice(0, -1) : path, sentence, hint };
}
