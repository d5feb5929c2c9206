/** Everything that has a code, with what is told of it. */
import { exitCodes, type ExitReason } from '../../src/index.ts';
import { capacityMissTexts } from './capacity-misses.ts';
import type { Explanation } from './explanation.ts';
import { exitCodeTexts } from './exit-codes.ts';
import { runFindingTexts } from './run-findings.ts';
import { scenarioErrorTexts } from './scenario-errors.ts';
import { validityFindingTexts } from './validity-findings.ts';
import { warningTexts } from './warnings.ts';

/** Of one kind of codes. */
interface Kind {
  readonly plural: string;
  readonly texts: Readonly<Record<string, Explanation>>;
}

/** In the order in which they are listed. */
export const kinds = {
  'exit code': { plural: 'exit codes', texts: exitCodeTexts },
  'error of a scenario': { plural: 'errors of scenarios', texts: scenarioErrorTexts },
  'warning of a plan': { plural: 'warnings of plans', texts: warningTexts },
  'finding that judges a trial': { plural: 'findings that judge a trial', texts: validityFindingTexts },
  'finding of a trial': { plural: 'findings of a trial', texts: runFindingTexts },
  'reason against a rate': { plural: 'reasons against a rate, in a search for capacity', texts: capacityMissTexts },
} as const satisfies Readonly<Record<string, Kind>>;

/** A code with its kind; exit codes have their names for codes, and the number besides. */
export interface Explained extends Explanation {
  readonly code: string;
  readonly kind: keyof typeof kinds;
  readonly exitCode?: number;
}

export const explained: readonly Explained[] = Object.entries(kinds).flatMap(([kind, { texts }]) =>
  Object.entries(texts).map(([code, text]) => ({
    code,
    kind: kind as Explained['kind'],
    ...(kind === 'exit code' ? { exitCode: exitCodes[code as ExitReason] } : {}),
    ...text,
  })),
);
