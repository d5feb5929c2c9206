/** `checks` and `compare`: what must hold, and what is compared with what. */
import { z } from 'zod';
import { parseDuration, parseRate, parseSizeBytes } from '../../support/units.ts';
import { metricNames, metrics } from '../../measure/metrics.ts';
import { growingCounts, isSeenWhileRunning, spanSourceOf } from '../../measure/spans.ts';
import type { MetricName, MetricUnit } from '../../measure/metrics.ts';
import { LevelChoice, LevelSelection } from './matrix.ts';
import { anyOf, withRules } from './rules.ts';
import { Percent, PositiveDuration, Text } from './values.ts';

const Metric = z.enum(metricNames);

/** A limit as it is written; which of these it must be depends on the metric. */
const Limit = z.union([z.number().min(0), z.string()]);
type Limit = z.infer<typeof Limit>;

/** How the limit of a metric reads, by the metric's unit. */
const limitReads: Readonly<Record<MetricUnit, string>> = {
  micros: 'a duration like 20ms',
  messages: 'a number of messages like 0',
  bytes: 'a size like 16KiB',
  ratio: 'a ratio like 1.2',
  messagesPerSecond: 'a rate like 4900/s',
  bytesPerSecond: 'a rate like 300MB/s',
};

/** A limit in the metric's own unit; undefined where it is written in another. */
function limitIn(unit: MetricUnit, written: Limit): number | undefined {
  switch (unit) {
    case 'micros':
      return written === 0 ? 0 : parseDuration(String(written));
    case 'bytes':
      return typeof written === 'number' ? written : parseSizeBytes(written);
    case 'messages':
    case 'ratio':
      return typeof written === 'number' ? written : undefined;
    case 'messagesPerSecond':
    case 'bytesPerSecond': {
      if (written === 0) return 0;
      const rate = parseRate(String(written));
      return rate && (rate.kind === 'bytes') === (unit === 'bytesPerSecond') ? rate.perSecond : undefined;
    }
  }
}

/** What is asked of a check while the trial runs. */
interface Running {
  readonly metric: MetricName;
  readonly min: Limit | undefined;
  readonly max: Limit | undefined;
  readonly every: number | null;
  readonly abort: boolean;
}

interface RunningComplaint {
  readonly key: 'every' | 'abort';
  readonly code: 'E105' | 'E107';
  readonly message: string;
  readonly hint: string;
}

const keptBySecond = 'ack, service, endToEnd, scheduleLag, ackedPerSecond, consumedPerSecond and failed are';

/** Why a check cannot be judged while running, or not by such spans. */
function runningComplaints({ metric, min, max, every, abort }: Running): RunningComplaint[] {
  const complain = (key: 'every' | 'abort', message: string, hint: string, code: 'E105' | 'E107' = 'E107') => [
    { key, code, message, hint },
  ];
  const atEnd = `remove ${every === null ? 'abort' : 'every'}: ${metric} is judged at the end`;
  if (every !== null && spanSourceOf(metric) === null)
    return complain('every', `${metric} is not kept by the second`, `${atEnd} (${keptBySecond})`);
  if (every !== null && every % 1e6 !== 0)
    return complain('every', 'spans are whole seconds, as figures are kept by the second', 'write it like 10s', 'E105');
  if (!abort) return [];
  if (every !== null)
    return isSeenWhileRunning(metric)
      ? []
      : complain('abort', `${metric} is known when the trial is over`, 'remove abort: its spans are judged at the end');
  if (isSeenWhileRunning(metric) && metric !== 'failed')
    return complain('abort', `${metric} cannot end a trial without a span to be judged over`, 'add every: 10s');
  if (!growingCounts.some(name => name === metric))
    return complain('abort', `${metric} is known when the trial is over`, `${atEnd}`);
  if (max === undefined && min !== undefined)
    return complain('abort', `${metric} only grows: min may still be reached`, 'write max, or remove abort');
  return [];
}

const CheckKeys = withRules(
  z.strictObject({
    metric: Metric.meta({ description: 'what is judged', examples: ['ack.p99', 'lost'] }),
    min: Limit.optional().describe('the least it may be, in the unit of the metric'),
    max: Limit.optional().meta({
      description: 'the most it may be, in the unit of the metric',
      examples: ['20ms', 0, '4900/s'],
    }),
    where: LevelSelection.default({}).describe('only cells with these levels'),
    group: Text.optional().describe('only this group of consumers'),
    every: PositiveDuration.optional().meta({
      description: 'judges each such span of the window too, while running; whole seconds',
      examples: ['1m'],
    }),
    abort: z
      .boolean()
      .default(false)
      .describe('ends the trial, and those of its cell that follow, when it fails while running'),
  }),
  anyOf('min', 'max'),
);

export const Check = CheckKeys.transform(({ metric, min, max, group = null, every = null, ...rest }, context) => {
  const { unit } = metrics[metric];
  const inUnit = (name: 'min' | 'max', written: Limit | undefined): number | null => {
    if (written === undefined) return null;
    const limit = limitIn(unit, written);
    if (limit !== undefined) return limit;
    const message = `${JSON.stringify(written)} is not ${limitReads[unit]}`;
    const params = { hint: `${metric} takes ${limitReads[unit]}`, at: 'value', code: 'E104' };
    context.addIssue({ code: 'custom', message, path: [name], params, input: written });
    return null;
  };
  const limits = { min: inUnit('min', min), max: inUnit('max', max) };
  for (const { key, code, message, hint } of runningComplaints({ metric, min, max, every, abort: rest.abort }))
    context.addIssue({ code: 'custom', message, path: [key], params: { hint, at: 'value', code }, input: rest });
  // Limits are in the metric's unit: microseconds, messages, messages or bytes per second.
  return { metric, unit, ...limits, group, every, ...rest };
});

const defaultDelta = 0.05;

/** What a relative change must exceed to matter, as a share: the metric's own, else `default`. */
export type Deltas = Readonly<Partial<Record<MetricName | 'capacity', number>> & { default: number }>;

const Delta = z
  .partialRecord(z.enum(['default', 'capacity', ...metricNames]), Percent)
  .transform((given): Deltas => ({ default: defaultDelta, ...given }));

export const Compare = z.strictObject({
  reference: LevelChoice.default({}).describe('the cell that others are compared with; default: the first'),
  primary: z
    .array(Metric)
    .min(1)
    .default(['ack.p99'])
    .describe('the metrics that decide; more of them cost power (Holm)'),
  delta: Delta.prefault({ default: '5%' }).meta({
    description: 'what a change must exceed to matter, by metric',
    examples: [{ default: '5%', 'ack.p999': '10%' }],
  }),
});
