/** What is wrong with a scenario, as data: where, why, and what to do. `read.ts` gives it a line and a frame. */
import type { Path } from './paths.ts';
import { formatPath, isSecret } from './paths.ts';

/** The errors of scenario files. */
export const errorCodes = {
  E100: 'the file cannot be read',
  E101: 'the file is not YAML',
  E102: 'the format knows no such key',
  E103: 'the value is not one of those allowed',
  E104: 'the value has no unit, or one that is not known',
  E105: 'the value is of another type than the key takes, or out of its range',
  E106: 'a key is missing',
  E107: 'two settings contradict each other',
  E108: 'an environment variable is not set',
  E109: 'a file that the scenario names cannot be used',
  E110: 'a secret stands in the file',
  E111: 'a key stands twice in one map',
  E112: 'a path or a factor is not known',
  E113: 'a group or level is not known',
  E120: 'the setting is not supported yet',
} as const;

export type ErrorCode = keyof typeof errorCodes;

/** One problem of a document. */
export interface Issue {
  /** From the document's root; where a key is missing, the map that should hold it. */
  readonly path: Path;
  /** Whether the key itself is meant, or its value. */
  readonly at: 'key' | 'value';
  readonly code: ErrorCode;
  /** What the sentence is about, as a path; empty where the sentence says it itself. */
  readonly subject: Path;
  readonly sentence: string;
  /** What to do. */
  readonly hint: string;
}

const longestShown = 60;

/** A value as a message shows it: shortened, and never a secret. */
export function shown(value: unknown, path: Path): string {
  if (isSecret(path)) return 'the value';
  if (value === undefined) return 'nothing';
  const text = typeof value === 'number' ? String(value) : JSON.stringify(value);
  return text.length > longestShown ? `${text.slice(0, longestShown)}…` : text;
}

/** `subject: sentence`, or the sentence alone. */
export const messageOfIssue = ({ subject, sentence }: Issue): string =>
  subject.length === 0 ? sentence : `${formatPath(subject)}: ${sentence}`;

/** The issue at another place: found below `from`, it belongs below `to`. What was found elsewhere belongs to `to` itself. */
export function moved(issue: Issue, from: Path, to: Path): Issue {
  const isBelow = from.every((segment, i) => issue.path[i] === segment);
  const path = isBelow ? [...to, ...issue.path.slice(from.length)] : [...to];
  return { ...issue, path, at: isBelow ? issue.at : 'value', subject: path };
}
