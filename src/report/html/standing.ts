/** Says what a run is worth before any of its figures: a verdict in one word, why, and what marks it as less than a result. */
import type { Result } from '../../results/schema.ts';
import { brokenText } from '../durability.ts';
import type { Line } from '../model.ts';
import { countingTrials } from '../table.ts';
import { findingText, reasonsText } from '../words.ts';
import { partOfSearch, standingOfSearch } from './capacity.ts';

/** What a run came to. */
export interface Standing {
  /** `invalid` and `partial` must not be mistaken for a result. */
  readonly kind: 'pass' | 'fail' | 'open' | 'partial' | 'invalid';
  readonly sign: Line['sign'];
  readonly word: string;
  /** One sentence. */
  readonly why: string;
  /** What else a reader must know of all figures. */
  readonly marks: readonly Line[];
}

export function standingOf(result: Result): Standing {
  return { ...verdictOf(result), marks: marksOf(result) };
}

function verdictOf(result: Result): Omit<Standing, 'marks'> {
  const reasons = reasonsText(result.reasons, result.against?.name);
  const trials = result.cells.flatMap(cell => cell.trials);
  const counting = result.cells.flatMap(countingTrials);
  if (result.reasons.includes('invalid') || (trials.length > 0 && counting.length === 0)) {
    return { kind: 'invalid', sign: 'bad', word: 'INVALID', why: whyInvalid(result) };
  }
  const { capacity } = result;
  if (isPartial(result)) {
    if (capacity !== null) return partOfSearch(result, capacity);
    const why =
      counting.length === 0
        ? 'no trial was finished'
        : `${trials.length} of ${result.cells.length * result.repeat} trials were finished`;
    return { kind: 'partial', sign: 'warning', word: 'PARTIAL', why: [why, reasons].filter(Boolean).join(': ') };
  }
  if (result.reasons.length > 0 && result.exitCode !== 0 && isUndecided(result)) {
    return { kind: 'open', sign: 'open', word: result.gate?.verdict.toUpperCase() ?? 'INCONCLUSIVE', why: reasons };
  }
  if (result.exitCode !== 0) return { kind: 'fail', sign: 'bad', word: 'FAIL', why: reasons };
  if (capacity !== null) return standingOfSearch(result, capacity);
  return { kind: 'pass', sign: 'good', word: 'PASS', why: whyPassed(result) };
}

const isUndecided = ({ reasons }: Result): boolean => reasons.every(reason => reason === 'notComparable');

const stopped = ['incomplete', 'interrupted', 'terminated', 'environment'];
const isPartial = ({ reasons, finishedAt }: Result): boolean =>
  finishedAt === null || reasons.some(reason => stopped.includes(reason));

/** The cause that most of the invalid trials share. */
function whyInvalid({ cells }: Result): string {
  const trials = cells.flatMap(cell => cell.trials);
  const invalid = trials.filter(({ validity }) => validity === 'invalid');
  const causes = invalid.flatMap(({ findings }) => findings.filter(finding => finding['validity'] === 'invalid'));
  const [commonest] = [...Map.groupBy(causes, ({ code }) => code).values()].toSorted((a, b) => b.length - a.length);
  const cause = commonest?.[0] === undefined ? '' : `; mostly because ${findingText(commonest[0])}`;
  return `the generator or its host was the limit in ${invalid.length} of ${trials.length} trials${cause}`;
}

function whyPassed({ checks, gate }: Result): string {
  const parts = [
    ...(checks.length === 0 ? [] : [checks.length === 1 ? 'its check holds' : `all ${checks.length} checks hold`]),
    ...(gate === undefined ? [] : ['nothing is worse than what it was held against']),
  ];
  return parts.length === 0 ? 'every trial was finished; nothing was demanded of the figures' : parts.join('; ');
}

function marksOf({ overridden, gate, reasons, durability }: Result): Line[] {
  const broken = brokenText({ durability });
  const set = Object.entries(overridden).map(([name, value]) => `${name}=${value}`);
  return [
    ...(broken === null ? [] : [{ sign: 'equal', text: `brokers were broken on purpose: ${broken}` } as const]),
    ...(set.length === 0 ? [] : [{ sign: 'warning', text: `overridden: ${set.join(', ')}` } as const]),
    ...(gate === undefined || gate.baseline !== null
      ? []
      : [{ sign: 'open', text: 'there was no baseline to hold it against' } as const]),
    ...(reasons.includes('integrity')
      ? [{ sign: 'bad', text: 'delivery was not what the settings promise' } as const]
      : []),
  ];
}
