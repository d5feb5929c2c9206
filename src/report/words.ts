/** Says findings, verdicts and reasons in words; the only place that does. */
import type { CheckResult, Comparison, Finding } from '../results/schema.ts';
import type { ExitReason } from '../support/errors.ts';
import { change, duration, metricText, percent, whole } from './numbers.ts';
import { noSteadyStateText, notSteadyText } from './steadiness.ts';
import { validitySentences } from './validity-words.ts';

/** Reads a number off a finding. */
const number = (finding: Finding, name: string): number => Number(finding[name] ?? 0);

const sentences: Readonly<Record<string, (finding: Finding) => string>> = {
  ...validitySentences,
  rebalanced: finding =>
    `group "${String(finding['group'])}" was rebalanced ${whole(number(finding, 'count'))} times while it was measured, and nothing in the scenario asked for it`,
  'consumers-did-not-catch-up': finding =>
    `group "${String(finding['group'])}" still lacked ${whole(number(finding, 'missing'))} messages ${duration(number(finding, 'waitedMicros'))} after the load${finding['isStalled'] === false ? ': it was still reading, so they count as not reached and not as lost; lower the rate, or give it more members' : ''}`,
  'consumer-stalled': finding =>
    `group "${String(finding['group'])}" had messages to read in ${whole(number(finding, 'partitions'))} partitions and read nothing of them for ${duration(number(finding, 'longestMicros'))}: its client stalled`,
  'offsets-misplaced': finding =>
    finding['afterLoss'] === true
      ? afterLossText(finding)
      : typeof finding['group'] !== 'string'
        ? `${whole(number(finding, 'count'))} messages were acknowledged at offsets where another one was: the client counts wrongly`
        : `group "${finding['group']}" read other messages than were acknowledged at ${whole(number(finding, 'count'))} offsets`,
  'lag-unknown': finding => `the brokers could not be asked for lag: ${String(finding['message'])}`,
  'offsets-disagree': finding =>
    `the topics hold ${whole(number(finding, 'appended'))} messages; by the outcomes it should be ${whole(number(finding, 'atLeast'))} to ${whole(number(finding, 'atMost'))}`,
  'aborted-by-check': missText,
  'memory-guard': finding =>
    `${whole(number(finding, 'outstanding'))} messages were in flight: later ones had to wait, lest memory run out`,
  'foreign-messages': finding => `${whole(number(finding, 'count'))} messages read were not this trial's`,
  'client-error': finding =>
    `the client reported ${whole(number(finding, 'count'))} times: ${String(finding['message'])}`,
  'not-steady': notSteadyText,
  'no-steady-state': noSteadyStateText,
  'clocks-apart': finding =>
    `${whole(number(finding, 'hosts'))} load hosts have clocks of their own: end-to-end latency is not known`,
  'delivery-broken': finding =>
    finding['kind'] === 'offsets-disagree'
      ? 'the broker’s end offsets do not agree with the outcomes'
      : `${whole(number(finding, 'count'))} messages ${String(finding['kind'])}, which the settings do not permit${finding['underFaults'] === true ? ', whichever brokers broke' : ''}`,
};

/** Offsets that were given twice, where what had them first may be lost. */
const afterLossText = (finding: Finding): string =>
  typeof finding['group'] === 'string'
    ? `group "${finding['group']}" read other messages than were acknowledged at ${whole(number(finding, 'count'))} offsets: those that stood there first were lost with their broker`
    : `${whole(number(finding, 'count'))} offsets were given twice: the messages that had them first were lost with their broker`;

/** What an `aborted-by-check` finding holds. */
interface Missed {
  readonly metric: string;
  readonly group: string | null;
  readonly min: number | null;
  readonly max: number | null;
  readonly everyMicros: number | null;
  readonly fromSecond: number | null;
  readonly value: number | null;
}

/** A check that was missed while the trial ran: `ackedPerSecond ≥ 4,900/s, each 1 m: 0/s in seconds 60 to 120`. */
function missText(finding: Finding): string {
  const { metric, group, min, max, everyMicros, fromSecond, value } = finding as Finding & Missed;
  const found = value === null ? 'no data' : metricText(metric, value);
  const where =
    fromSecond === null
      ? ' so far in the window'
      : ` in seconds ${fromSecond} to ${fromSecond + (everyMicros ?? 0) / 1e6} of the window`;
  return `${demandText({ metric, min, max, group, where: {}, every: everyMicros })} was missed: ${found}${where}`;
}

/** A finding as a sentence without a full stop. */
export function findingText(finding: Finding): string {
  return sentences[finding.code]?.(finding) ?? finding.code;
}

/** What a comparison came to. */
export function verdictText(comparison: Comparison): string {
  const { verdict, because, blocksToDecide, nonInferior, delta } = comparison;
  if (verdict !== 'inconclusive') return verdict;
  return [
    ...(because === null || because === 'too-noisy' ? [] : [whyOpen[because](comparison)]),
    ...(because === 'too-few-trials' || blocksToDecide === null ? [] : [`~${blocksToDecide} blocks would decide`]),
    ...(nonInferior && delta !== null ? [`not worse by ${percent(delta)} (non-inferior)`] : []),
  ].reduce((text, part, i) => `${text}${i === 0 ? ', ' : '; '}${part}`, 'inconclusive');
}

type Why = Exclude<NonNullable<Comparison['because']>, 'too-noisy'>;

const whyOpen: Readonly<Record<Why, (comparison: Comparison) => string>> = {
  'no-data': () => 'no data',
  'too-few-trials': ({ blocks }) => `${blocks} of at least 5 blocks`,
  'tests-disagree': () => 'the sign-flip test does not confirm it',
  censored: () => 'values are lower bounds',
  'offered-rate': () => 'both kept up, so this is the rate that was asked of them: compare latency, or capacity',
};

/** A comparison's effect with its interval, and the interval's confidence where it is not 95 %. */
export function effectText({ ratio, low, high, confidence }: Comparison): string {
  if (ratio === null) return '–';
  if (low === null || high === null) return change(ratio);
  const isUsual = confidence === null || Math.abs(confidence - 0.95) < 1e-9;
  return `${change(ratio)} [${change(low)}, ${change(high)}${isUsual ? '' : `; ${(confidence * 100).toFixed(1)} % CI`}]`;
}

/** Which change the comparison would have found: rounded up, for a smaller one might have been missed. */
export function foundText({ mde }: Comparison): string[] {
  return mde === null ? [] : [`MDE ${(Math.ceil(mde * 1_000 - 1e-3) / 10).toFixed(1)} %`];
}

/** A demand: `ack.p99 ≤ 20 ms`. */
export function demandText({
  metric,
  min,
  max,
  group,
  where,
  every,
}: Pick<CheckResult, 'metric' | 'min' | 'max' | 'group' | 'where' | 'every'>): string {
  const limits = [
    ...(min === null ? [] : [`≥ ${metricText(metric, min)}`]),
    ...(max === null ? [] : [`≤ ${metricText(metric, max)}`]),
  ];
  const scope = Object.entries(where).map(
    ([factor, level]) => `${factor.split('.').at(-1)} ${[level].flat().join(', ')}`,
  );
  const spans = every === null ? [] : [`in every ${duration(every).replace(/ 0 [ms]$/, '')}`];
  return [`${metric} ${limits.join(' and ')}`, ...spans, ...(group === null ? [] : [`group ${group}`]), ...scope].join(
    ', ',
  );
}

/** Where a check's worst value was: ` in seconds 60 to 120 of block 2`; empty where it is no span's. */
export function spanPlace({ worst, every }: CheckResult): string {
  if (worst?.fromSecond === undefined || every === null) return '';
  return ` in seconds ${worst.fromSecond} to ${worst.fromSecond + every / 1e6} of block ${worst.block ?? '?'}`;
}

/** How many spans did not hold: `3 of 40 spans missed it, 1 without data`; empty for a check without spans, or where all hold. */
export function spanTally({ spans }: CheckResult): string {
  if (spans === undefined || spans.failed === 0) return '';
  const empty = spans.withoutData === 0 ? '' : `, ${whole(spans.withoutData)} without data`;
  return `${whole(spans.failed)} of ${whole(spans.judged)} spans missed it${empty}`;
}

/** What exit reasons mean, one after the other, for a run that was held against a baseline or another setting. */
export const reasonsText = (reasons: readonly string[], heldAgainst = 'the baseline'): string =>
  reasons
    .map(reason =>
      reason === 'regression' ? `worse than ${heldAgainst}` : (reasonText[reason as ExitReason] ?? reason),
    )
    .join('; ');

/** What an exit reason means for the reader. */
const reasonText: Readonly<Record<ExitReason, string>> = {
  ok: 'all is well',
  bug: 'a defect of Highwater',
  usage: 'bad input, nothing ran',
  environment: 'the environment failed',
  incomplete: 'a cell has fewer finished trials than asked',
  invalid: 'a cell has fewer valid trials than asked',
  check: 'a check failed or found no data',
  regression: 'worse than the baseline',
  notComparable: 'nothing comparable',
  integrity: 'messages were lost, doubled or reordered though the settings do not permit it',
  interrupted: 'interrupted',
  terminated: 'terminated',
};
