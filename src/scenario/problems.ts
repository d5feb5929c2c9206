/** Problems with their places, and the one error that shows all of them. */
import { HarnessError } from '../support/errors.ts';
import { frameOf } from './frames.ts';
import type { ErrorCode } from './issues.ts';
import { positionAt } from './source.ts';
import type { PlacedIssue } from './tree.ts';

/** One problem as people see it. */
export interface Problem {
  /** As it was given. */
  readonly file: string;
  /** Counted from 1. */
  readonly line: number;
  /** Counted from 1, in UTF-16 units. */
  readonly column: number;
  readonly code: ErrorCode;
  readonly message: string;
  readonly hint: string;
  /** The lines around it, with a mark and the hint. */
  readonly frame: string;
}

/** Gives an issue its line, column and frame. */
export function problemOf({ place, code, message, hint }: PlacedIssue): Problem {
  const position = positionAt(place.source.text, place.span[0]);
  return { file: place.source.name, ...position, code, message, hint, frame: frameOf(place, hint) };
}

/** `file:line:column  message  [code]`, then the frame. */
export const describeProblem = ({ file, line, column, code, message, frame }: Problem): string =>
  `${file}:${line}:${column}  ${message}  [${code}]\n${frame}`;

const editorHelp = 'Editor help: first line "# yaml-language-server: $schema=./scenario.schema.json"';

/** A scenario that cannot be run. Its message shows every problem, by line. */
export class ScenarioError extends HarnessError {
  readonly problems: readonly Problem[];

  constructor(file: string, problems: readonly Problem[]) {
    const sorted = sortedProblems(file, problems);
    const count = sorted.length === 1 ? '1 problem' : `${sorted.length} problems`;
    const text = [`${file}: ${count}. Nothing was run.`, ...sorted.map(describeProblem)].join('\n\n');
    super('usage', text, { hint: editorHelp });
    this.name = 'ScenarioError';
    this.problems = sorted;
  }
}

/** The scenario's own file first, then by file, line and column; what is said twice of one place is said once. */
function sortedProblems(file: string, problems: readonly Problem[]): Problem[] {
  const rank = (problem: Problem): number => (problem.file === file ? 0 : 1);
  const unique = new Map(problems.map(problem => [describeProblem(problem), problem]));
  return [...unique.values()].toSorted(
    (a, b) => rank(a) - rank(b) || a.file.localeCompare(b.file) || a.line - b.line || a.column - b.column,
  );
}
