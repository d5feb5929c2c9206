/** Says findings, verdicts and reasons in words; the only place that does. */
import type { CheckResult, Comparison, Finding } from '../results/schema.ts';
import type { ExitReason } from '../support/errors.ts';
import { change, duration, metricText, whole } from './numbers.ts';

/** Reads a number off a finding. */
const number = (finding: Finding, name: string): number => Number(finding[name] ?? 0);

const sentences: Readonly<Record<string, (finding: Finding) => string>> = {
  'schedule-not-held': finding =>
    `the generator was late by ${duration(number(finding, 'lagP99Micros'))} at p99, against a latency of ${duration(number(finding, 'latencyP99Micros'))}: lower the rate, or give it a core of its own`,
  'event-loop-paused': finding =>
    `the generator's event loop paused for ${duration(number(finding, 'gapP999Micros'))} at p99.9 (longest ${duration(number(finding, 'gapMaxMicros'))}): other work took its core`,
  'garbage-collection': finding =>
    `garbage collection took ${(number(finding, 'share') * 100).toFixed(1)} % of the generator's time (longest pause ${duration(number(finding, 'maxMicros'))}): use more workers`,
  'not-all-sent': finding =>
    `only ${whole(number(finding, 'sent'))} of ${whole(number(finding, 'scheduled'))} scheduled messages were sent: lower the rate`,
  'nothing-scheduled': () => 'no message was due in the measured window',
  'group-left-behind': finding => `group "${String(finding['group'])}" could not keep up`,
  'stall-in-trial': finding => `group "${String(finding['group'])}" stalled: its latencies are those of the stall`,
  'rebalance-in-window': () => 'the group rebalanced while it was measured',
  rebalanced: finding =>
    `group "${String(finding['group'])}" was rebalanced ${whole(number(finding, 'count'))} times while it was measured, and nothing in the scenario asked for it`,
  'consumers-did-not-catch-up': finding =>
    `group "${String(finding['group'])}" still lacked ${whole(number(finding, 'missing'))} messages ${duration(number(finding, 'waitedMicros'))} after the load${finding['isStalled'] === false ? ': it was still reading, so they count as not reached and not as lost; lower the rate, or give it more members' : ''}`,
  'consumer-stalled': finding =>
    `group "${String(finding['group'])}" had messages to read in ${whole(number(finding, 'partitions'))} partitions and read nothing of them for ${duration(number(finding, 'longestMicros'))}: its client stalled`,
  'offsets-misplaced': finding =>
    typeof finding['group'] !== 'string'
      ? `${whole(number(finding, 'count'))} messages were acknowledged at offsets where another one was: the client counts wrongly`
      : `group "${finding['group']}" read other messages than were acknowledged at ${whole(number(finding, 'count'))} offsets`,
  'lag-unknown': finding => `the brokers could not be asked for lag: ${String(finding['message'])}`,
  'offsets-disagree': finding =>
    `the topics hold ${whole(number(finding, 'appended'))} messages; by the outcomes it should be ${whole(number(finding, 'atLeast'))} to ${whole(number(finding, 'atMost'))}`,
  'memory-guard': finding =>
    `${whole(number(finding, 'outstanding'))} messages were in flight: later ones had to wait, lest memory run out`,
  'foreign-messages': finding => `${whole(number(finding, 'count'))} messages read were not this trial's`,
  'client-error': finding =>
    `the client reported ${whole(number(finding, 'count'))} times: ${String(finding['message'])}`,
  'delivery-broken': finding =>
    finding['kind'] === 'offsets-disagree'
      ? 'the broker’s end offsets do not agree with the outcomes'
      : `${whole(number(finding, 'count'))} messages ${String(finding['kind'])}, which the settings do not permit`,
};

/** A finding as a sentence without a full stop. */
export function findingText(finding: Finding): string {
  return sentences[finding.code]?.(finding) ?? finding.code;
}

/** What a comparison came to. */
export function verdictText({ verdict, because, blocksToDecide, blocks }: Comparison): string {
  switch (verdict) {
    case 'better':
    case 'worse':
    case 'same':
      return verdict;
    case 'inconclusive':
      switch (because) {
        case 'no-data':
          return 'inconclusive, no data';
        case 'too-few-trials':
          return `inconclusive, ${blocks} of at least 5 blocks`;
        case 'too-noisy':
        case null:
          return blocksToDecide === null ? 'inconclusive' : `inconclusive, ~${blocksToDecide} blocks would decide`;
      }
  }
}

/** A comparison's effect with its interval. */
export function effectText({ ratio, low, high }: Comparison): string {
  if (ratio === null) return '–';
  return low === null || high === null ? change(ratio) : `${change(ratio)} [${change(low)}, ${change(high)}]`;
}

/** A demand: `ack.p99 ≤ 20 ms`. */
export function demandText({ metric, min, max, group, where }: CheckResult): string {
  const limits = [
    ...(min === null ? [] : [`≥ ${metricText(metric, min)}`]),
    ...(max === null ? [] : [`≤ ${metricText(metric, max)}`]),
  ];
  const scope = Object.entries(where).map(
    ([factor, level]) => `${factor.split('.').at(-1)} ${[level].flat().join(', ')}`,
  );
  return [`${metric} ${limits.join(' and ')}`, ...(group === null ? [] : [`group ${group}`]), ...scope].join(', ');
}

/** What an exit reason means for the reader. */
export const reasonText: Readonly<Record<ExitReason, string>> = {
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
