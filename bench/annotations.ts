/** Turns what a run or a comparison came to into annotations of a CI system: a few lines that point at the scenario. */
import {
  checkSentence,
  effectText,
  type GateReport,
  type Result,
  type RunComparison,
  verdictText,
} from '../src/index.ts';

/** Something that whoever reads the pull request should see. */
export interface Annotation {
  readonly level: 'error' | 'warning';
  readonly title: string;
  readonly message: string;
  /** Null where the scenario's file is not at hand. */
  readonly place: Place | null;
}

/** Counted from 1. */
export interface Place {
  readonly file: string;
  readonly line: number;
}

/** Where the scenario's checks were written. */
export interface Places {
  readonly scenario: Place;
  /** In the order of the scenario. */
  readonly checks: readonly Place[];
}

/** GitHub shows ten annotations of a step. */
const mostAnnotations = 10;

/** What to say of a run. Without places nothing is pointed at. */
export function runAnnotations(result: Result, places: Places | null): Annotation[] {
  const scenario = places?.scenario ?? null;
  const checks = result.checks.flatMap((check, i): Annotation[] => {
    if (check.verdict === 'pass') return [];
    const title = check.verdict === 'fail' ? 'Check missed' : 'Check without data';
    return [{ level: 'error', title, message: checkSentence(result, check), place: places?.checks[i] ?? scenario }];
  });
  const reasons = result.reasons.filter(reason => reason in titles);
  const others = reasons.map((reason): Annotation => {
    const { title, message } = titles[reason] as (typeof titles)[string];
    return { level: 'error', title, message: `${result.name}: ${message}`, place: scenario };
  });
  return [...others, ...checks];
}

const titles: Readonly<Record<string, { readonly title: string; readonly message: string }>> = {
  environment: { title: 'Environment', message: 'the environment failed; what is finished is kept' },
  integrity: {
    title: 'Delivery',
    message: 'messages were lost, doubled or reordered though the settings do not permit it',
  },
  invalid: { title: 'Invalid', message: 'a cell has fewer valid trials than asked: the generator was the limit' },
  incomplete: { title: 'Incomplete', message: 'a cell has fewer finished trials than asked' },
};

/** What to say of a comparison: what is worse, and what is not decided, which is no pass. */
export function comparisonAnnotations(
  { a, rows, isCompared }: RunComparison,
  place: Place | null = null,
): Annotation[] {
  if (!isCompared || rows.length === 0) {
    const message = `nothing of ${a.reference} can be compared`;
    return [{ level: 'warning', title: 'Not comparable', message, place }];
  }
  return (['worse', 'inconclusive'] as const).flatMap(verdict =>
    rows
      .filter(({ comparison }) => comparison.verdict === verdict)
      .map(({ label, comparison }): Annotation => ({
        level: verdict === 'worse' ? 'error' : 'warning',
        title: verdict === 'worse' ? worseThan(a) : 'Inconclusive',
        message: `${comparison.metric} ${effectText(comparison)} in ${label} against ${a.reference}: ${verdictText(comparison)}`,
        place,
      })),
  );
}

const worseThan = ({ kind }: RunComparison['a']): string =>
  kind === 'baseline' ? 'Worse than the baseline' : 'Worse than what it was held against';

/** What to say of a gated run. */
export function gateAnnotations({ result, comparison, missing }: GateReport, places: Places | null): Annotation[] {
  const scenario = places?.scenario ?? null;
  const none: Annotation = {
    level: 'warning',
    title: 'No baseline',
    message: `${result.name}: no baseline: ${missing}`,
    place: scenario,
  };
  return [
    ...runAnnotations(result, places),
    ...(comparison === null ? [none] : comparisonAnnotations(comparison, scenario)),
  ];
}

/** Errors first, ten lines at most, of which the last counts what was left out. */
export function workflowCommands(annotations: readonly Annotation[]): string[] {
  const sorted = annotations.toSorted((a, b) => Number(a.level === 'warning') - Number(b.level === 'warning'));
  if (sorted.length <= mostAnnotations) return sorted.map(commandOf);
  const shown = sorted.slice(0, mostAnnotations - 1);
  const rest = sorted.slice(mostAnnotations - 1);
  const level = rest.some(one => one.level === 'error') ? 'error' : 'warning';
  return [...shown.map(commandOf), `::${level}::and ${rest.length} more`];
}

function commandOf({ level, title, message, place }: Annotation): string {
  const where = place === null ? [] : [`file=${escapedProperty(place.file)}`, `line=${place.line}`];
  return `::${level} ${[...where, `title=${escapedProperty(title)}`].join(',')}::${escapedMessage(message)}`;
}

/** What the runner takes for its own syntax. */
const escapedMessage = (text: string): string =>
  text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
const escapedProperty = (text: string): string => escapedMessage(text).replaceAll(':', '%3A').replaceAll(',', '%2C');
