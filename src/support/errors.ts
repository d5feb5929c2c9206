/** Turns what went wrong into a sentence, a remedy and an exit code. */

/** Exit codes are part of the interface; the reasons stand in README under "Exit codes". */
export const exitCodes = {
  ok: 0,
  bug: 1,
  usage: 2,
  environment: 3,
  incomplete: 4,
  invalid: 5,
  check: 10,
  regression: 11,
  notComparable: 12,
  integrity: 13,
  interrupted: 130,
  terminated: 143,
} as const;

export type ExitReason = keyof typeof exitCodes;

/** When several reasons hold, the first of these decides the exit code. */
const precedence: readonly ExitReason[] = [
  'interrupted',
  'terminated',
  'environment',
  'integrity',
  'invalid',
  'incomplete',
  'regression',
  'check',
  'notComparable',
];

/** The exit code of a run for which all these reasons hold; 0 for none. */
export function exitCodeOf(reasons: Iterable<ExitReason>): number {
  const given = new Set(reasons);
  if (given.has('bug')) return exitCodes.bug;
  if (given.has('usage')) return exitCodes.usage;
  const decisive = precedence.find(reason => given.has(reason));
  return decisive === undefined ? exitCodes.ok : exitCodes[decisive];
}

/** What an error may carry besides its sentence. */
export interface HarnessErrorOptions {
  /** What to do next, as a sentence or a command. */
  readonly hint?: string;
  readonly cause?: unknown;
}

/** An expected failure: the message says what happened with its values, `hint` says what to do next. */
export class HarnessError extends Error {
  readonly reason: ExitReason;
  readonly hint: string | undefined;

  constructor(reason: ExitReason, message: string, { hint, cause }: HarnessErrorOptions = {}) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = 'HarnessError';
    this.reason = reason;
    this.hint = hint;
  }

  get exitCode(): number {
    return exitCodes[this.reason];
  }
}

/** The message of anything that was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** An error as plain data, to cross from a worker to the orchestrator. */
export interface SerializedError {
  readonly message: string;
  readonly stack?: string;
  readonly reason?: ExitReason;
  readonly hint?: string;
}

export function serializeError(error: unknown): SerializedError {
  if (!(error instanceof Error)) return { message: String(error) };
  return {
    message: error.message,
    ...(error.stack === undefined ? {} : { stack: error.stack }),
    ...(error instanceof HarnessError ? { reason: error.reason } : {}),
    ...(error instanceof HarnessError && error.hint !== undefined ? { hint: error.hint } : {}),
  };
}

/** What went wrong, and what to do about it where that is known, as one line. */
export const adviceOf = ({ message, hint }: SerializedError): string =>
  hint === undefined ? message : `${message} ${hint}`;

export function deserializeError(error: SerializedError): Error {
  if (error.reason !== undefined) {
    return new HarnessError(error.reason, error.message, error.hint === undefined ? {} : { hint: error.hint });
  }
  const revived = new Error(error.message);
  if (error.stack !== undefined) revived.stack = error.stack;
  return revived;
}
