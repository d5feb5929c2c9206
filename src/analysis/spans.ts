/** Judges a demand over each span of trials' windows. Pure. */
import { fails, type Limits, type SpanValue } from '../measure/spans.ts';
import type { RunTrial } from '../results/read.ts';
import type { CheckResult } from '../results/schema.ts';
import { type SpanDemand, spanKey } from '../results/spans.ts';

/** What a check demands of each span. */
export type DemandBySpan = Limits & SpanDemand;

/** A span, and the trial that it is of. */
export interface JudgedSpan extends SpanValue {
  readonly cell: string;
  readonly block: number;
  readonly attempt: number;
  readonly fails: boolean;
}

/** A check that ended the trial: it does not count, and has failed that check all the same. */
export function wasEndedBy({ trial }: RunTrial, demand: DemandBySpan): boolean {
  return trial.findings.some(
    finding =>
      finding.code === 'aborted-by-check' &&
      finding['metric'] === demand.metric &&
      finding['group'] === demand.group &&
      finding['min'] === demand.min &&
      finding['max'] === demand.max &&
      finding['everyMicros'] === demand.every,
  );
}

/** Whether any check ended the trial. */
export const wasCutShort = ({ trial }: RunTrial): boolean =>
  trial.findings.some(({ code }) => code === 'aborted-by-check');

/** Every whole span of the trials, judged; null where a trial has none: its window is shorter, or was not kept by the second. */
export function judgeSpans(demand: DemandBySpan, trials: readonly RunTrial[]): JudgedSpan[] | null {
  const judged = trials.map(({ cell, trial: { block, attempt }, spans }) =>
    (spans?.get(spanKey(demand)) ?? []).map(span => ({ cell, block, attempt, ...span, fails: fails(demand, span) })),
  );
  return judged.length === 0 || judged.some(({ length }) => length === 0) ? null : judged.flat();
}

/** How many spans there were, and how many did not hold. */
export function tallyOf(spans: readonly JudgedSpan[]): NonNullable<CheckResult['spans']> {
  return {
    judged: spans.length,
    failed: spans.filter(span => span.fails).length,
    withoutData: spans.filter(({ value }) => value === null).length,
  };
}
