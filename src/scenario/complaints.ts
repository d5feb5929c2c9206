/** Turns what zod finds into issues in our own words; its "Invalid input" for a union says nothing to a reader. */
import type { z } from 'zod';
import type { ErrorCode, Issue } from './issues.ts';
import { shown } from './issues.ts';
import { formatPath, isMap, valueAt } from './paths.ts';
import type { Path } from './paths.ts';
import { expectedWords, hintForKey, hintForType, hintForUnit, hintForValue, isUnitNoun, nounFor } from './suggest.ts';

type ZodIssue = z.core.$ZodIssue;

/** zod's own wordings; everything else is a noun that the schema gives: "a size", "a version like 4.3.1". */
const isOwnNoun = (message: string): boolean => !/^(?:Invalid|Too |Unrecognized)/.test(message);

const inMap = (path: Path): string => (path.length === 0 ? '' : ` in ${formatPath(path)}`);

/** What an issue is made of where its place is a value. */
interface Words {
  readonly code: ErrorCode;
  readonly sentence: string;
  readonly hint: string;
}

const atValue = (path: Path, words: Words): Issue => ({ path, at: 'value', subject: path, ...words });

const atKey = (path: Path, words: Words): Issue => ({ path, at: 'key', subject: [], ...words });

function unknownKey(map: Path, key: string): Issue {
  const sentence = `unknown key ${JSON.stringify(key)}${inMap(map)}`;
  return atKey([...map, key], { code: 'E102', sentence, hint: hintForKey(map, key) });
}

function missing(path: Path): Issue {
  const key = String(path.at(-1) ?? '');
  const map = path.slice(0, -1);
  return atKey(map, { code: 'E106', sentence: `missing key "${key}"${inMap(map)}`, hint: `add ${key}: …` });
}

const noValue = (path: Path): Issue =>
  atValue(path, { code: 'E105', sentence: 'it has no value', hint: 'write a value, or remove the key' });

function notNoun(path: Path, value: unknown, noun: string): Issue {
  const sentence = `${shown(value, path)} is not ${nounFor(noun, value)}`;
  return isUnitNoun(noun)
    ? atValue(path, { code: 'E104', sentence, hint: hintForUnit(noun, value) })
    : atValue(path, { code: 'E105', sentence, hint: `write ${noun}` });
}

function notOneOf(path: Path, value: unknown, allowed: readonly unknown[]): Issue {
  const list = allowed.length > 12 ? `${allowed.slice(0, 12).join(', ')}, …` : allowed.join(', ');
  const sentence =
    allowed.length === 1 ? `${shown(value, path)} is not ${list}` : `${shown(value, path)} is not one of ${list}`;
  const key = path.findLast(segment => typeof segment === 'string') ?? '';
  return atValue(path, { code: 'E103', sentence, hint: hintForValue(key, value, allowed) });
}

function wrongType(path: Path, value: unknown, expected: string): Issue {
  const sentence = `${shown(value, path)} is not ${expectedWords[expected] ?? expected}`;
  return atValue(path, { code: 'E105', sentence, hint: hintForType(expected, value) });
}

function outOfRange(path: Path, value: unknown, issue: z.core.$ZodIssueTooSmall | z.core.$ZodIssueTooBig): Issue {
  const isSmall = issue.code === 'too_small';
  if (isSmall && (issue.origin === 'string' || issue.origin === 'array')) {
    const hint =
      issue.origin === 'string' ? 'write some text, or remove the key' : 'name one at least, or remove the key';
    return atValue(path, { code: 'E105', sentence: 'it is empty', hint });
  }
  const limit = String(isSmall ? issue.minimum : issue.maximum);
  const sentence = `${shown(value, path)} is ${isSmall ? 'below' : 'above'} ${limit}`;
  return atValue(path, { code: 'E105', sentence, hint: `write ${limit} or ${isSmall ? 'more' : 'less'}` });
}

function custom(path: Path, value: unknown, issue: z.core.$ZodIssueCustom): Issue {
  const {
    hint,
    at = 'value',
    code = 'E107',
  } = (issue.params ?? {}) as { hint?: string; at?: 'key' | 'value'; code?: ErrorCode };
  if (hint === undefined) return notNoun(path, value, issue.message);
  const subject = at === 'key' && valueAtIsKey(issue) ? path.slice(0, -1) : path;
  return { path, at, code, subject, sentence: issue.message, hint };
}

/** Whether a complaint about a key names the key itself in its message (and its path ends with it). */
const valueAtIsKey = (issue: z.core.$ZodIssueCustom): boolean =>
  issue.message.includes(JSON.stringify(String(issue.path.at(-1) ?? '')));

/** The alternatives of a union that are about the value's inside, not its kind. */
function fittingBranches(errors: readonly ZodIssue[][]): readonly ZodIssue[][] {
  return errors.filter(branch => {
    const [first] = branch;
    const isAboutKind = first === undefined || (first.path.length === 0 && first.code !== 'unrecognized_keys');
    return !isAboutKind;
  });
}

/** How far a branch of a union is from what was written: an unknown key says more than a wrong value. */
const distanceOf = (branch: readonly ZodIssue[]): number =>
  branch.reduce((sum, issue) => sum + (issue.code === 'unrecognized_keys' ? issue.keys.length * 3 : 1), 0);

/** What the alternatives of a union allow, flat: values, and words for kinds. */
function allowedBy(errors: readonly ZodIssue[][]): { readonly values: unknown[]; readonly kinds: string[] } {
  const values: unknown[] = [];
  const kinds: string[] = [];
  for (const issue of errors.flat()) {
    if (issue.code === 'invalid_value') values.push(...issue.values);
    else if (issue.code === 'invalid_type') kinds.push(expectedWords[issue.expected] ?? issue.expected);
    else if (issue.code === 'invalid_union') {
      const inner = allowedBy(issue.errors);
      values.push(...inner.values);
      kinds.push(...inner.kinds);
    }
  }
  return { values, kinds: [...new Set(kinds)] };
}

function union(path: Path, value: unknown, issue: z.core.$ZodIssueInvalidUnion, document: unknown): Issue[] {
  const isContainer = typeof value === 'object' && value !== null;
  const [nearest] = isContainer ? fittingBranches(issue.errors).toSorted((a, b) => distanceOf(a) - distanceOf(b)) : [];
  if (nearest) return nearest.flatMap(inner => issuesFrom({ ...inner, path: [...path, ...inner.path] }, document));
  if (isOwnNoun(issue.message)) return [notNoun(path, value, issue.message)];
  const { values, kinds } = allowedBy(issue.errors);
  if (values.length > 0) return [notOneOf(path, value, values)];
  const expected = kinds.join(' or ');
  return [
    atValue(path, { code: 'E105', sentence: `${shown(value, path)} is not ${expected}`, hint: `write ${expected}` }),
  ];
}

/** A key of a map whose keys are restricted. */
function wrongKey(path: Path, issue: z.core.$ZodIssueInvalidKey): Issue {
  const [inner] = issue.issues;
  const map = path.slice(0, -1);
  const key = String(path.at(-1) ?? '');
  if (inner?.code !== 'invalid_value') {
    const allowed = inner && isOwnNoun(inner.message) ? inner.message : 'another name';
    const sentence = `${JSON.stringify(key)} cannot be a name${inMap(map)}`;
    return atKey(path, { code: 'E105', sentence, hint: `use ${allowed}` });
  }
  const sentence = `unknown key ${JSON.stringify(key)}${inMap(map)}`;
  return atKey(path, { code: 'E102', sentence, hint: hintForValue('', key, inner.values) });
}

function issuesFrom(issue: ZodIssue, document: unknown): Issue[] {
  const path = issue.path as Path;
  if (issue.code === 'unrecognized_keys') return issue.keys.map(key => unknownKey(path, key));
  if (issue.code === 'invalid_key') return [wrongKey(path, issue)];
  if (issue.code === 'custom') return [custom(path, valueAt(document, path), issue)];
  const value = valueAt(document, path);
  if (value === undefined && path.length > 0) return [missing(path)];
  if (value === null) return [noValue(path)];
  switch (issue.code) {
    case 'invalid_type':
      if (isOwnNoun(issue.message)) return [notNoun(path, value, issue.message)];
      return [wrongType(path, value, path.length === 0 && !isMap(value) ? 'object' : issue.expected)];
    case 'invalid_value':
      return [notOneOf(path, value, issue.values)];
    case 'too_small':
    case 'too_big':
      return [outOfRange(path, value, issue)];
    case 'invalid_union':
      return union(path, value, issue, document);
    case 'invalid_format':
    case 'not_multiple_of':
    case 'invalid_element':
      return [notNoun(path, value, isOwnNoun(issue.message) ? issue.message : 'what this key takes')];
  }
}

/** All that zod found wrong in the document, as issues. */
export function issuesOfError(error: z.ZodError, document: unknown): Issue[] {
  return error.issues.flatMap(issue => issuesFrom(issue, document));
}
