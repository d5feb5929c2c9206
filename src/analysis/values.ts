/** Reads a metric's value off a stored trial. */
import { percentiles } from '../measure/histogram.ts';
import type { Latency, StoredTrial } from '../results/schema.ts';
import { spreadOf } from './partitions.ts';

/** A trial's value of a metric. */
export interface MetricValue {
  readonly value: number;
  /** The value is a lower bound: more messages than the percentile leaves out have no outcome. */
  readonly censored: boolean;
  /** At least ten messages lie beyond the percentile, so that it is more than chance. */
  readonly isFirm: boolean;
}

const firm = (value: number): MetricValue => ({ value, censored: false, isFirm: true });

/** How many samples must lie beyond a percentile for it to be given as a number. */
const fewestBeyond = 10;

/** The trial's value, or its group's where one is named; null where the trial has none. */
export function metricValue(trial: StoredTrial, metric: string, group: string | null = null): MetricValue | null {
  const [distribution, statistic] = metric.split('.') as [string, string | undefined];
  const ofGroup = group === null ? null : (trial.groups.find(({ group: name }) => name === group) ?? null);
  if (group !== null && ofGroup === null) return null;
  switch (distribution) {
    case 'ack':
      return latencyValue(trial.ackMicros, statistic);
    case 'service':
      return latencyValue(trial.serviceMicros, statistic);
    case 'scheduleLag':
      return latencyValue(trial.scheduleLagMicros, statistic);
    case 'endToEnd':
      return latencyValue(ofGroup ? ofGroup.endToEndMicros : trial.endToEndMicros, statistic);
    case 'lag': {
      const lags = (ofGroup ? [ofGroup] : trial.groups).map(({ lag }) => lag[statistic as 'max' | 'end']);
      return lags.length === 0 ? null : firm(Math.max(...lags));
    }
    case 'consumedPerSecond':
      return ofGroup ? firm((ofGroup.counts.consumed * 1e6) / trial.windowMicros) : firm(trial.rates.consumedPerSecond);
    case 'offeredPerSecond':
    case 'ackedPerSecond':
    case 'ackedBytesPerSecond':
      return firm(trial.rates[distribution]);
    case 'messagesPerBatch':
    case 'bytesPerBatch':
      return valueOrNone(trial.batches?.[distribution] ?? null);
    case 'partitionSkew':
      return valueOrNone(spreadOf(trial)?.skew ?? null);
    case 'lost':
    case 'duplicated':
    case 'reordered':
      return valueOrNone(ofGroup ? ofGroup.counts[distribution] : groupCount(trial, distribution));
    case 'expired':
      return overGroups(trial, ofGroup, ({ counts }) => counts.expired, add);
    case 'reorderedPerKey':
    case 'readAgain':
      return overGroups(trial, ofGroup, ({ proof }) => proof?.[distribution] ?? null, add);
    case 'rebalance':
      return overGroups(trial, ofGroup, longestRebalance, Math.max);
    case 'caughtUpAfter':
      return overGroups(trial, ofGroup, ({ backlog }) => backlog?.caughtUpAfterMicros ?? null, Math.max);
    case 'drainedPerSecond':
      return overGroups(trial, ofGroup, ({ backlog }) => backlog?.drainedPerSecond ?? null, add);
    case 'failed':
    case 'unresolved':
    case 'notSent':
      return firm(trial.counts[distribution]);
    default:
      return null;
  }
}

type Group = StoredTrial['groups'][number];

const add = (...values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0);

/** A figure of one group, or of all that have it. */
function overGroups(
  { groups }: StoredTrial,
  one: Group | null,
  valueOf: (group: Group) => number | null,
  combine: (...values: number[]) => number,
): MetricValue | null {
  const values = (one === null ? groups : [one]).flatMap(group => valueOf(group) ?? []);
  return values.length === 0 ? null : firm(combine(...values));
}

/** A rebalance that was not over when the trial ended has no length: then there is no longest one. */
function longestRebalance({ rebalances }: Group): number | null {
  const lengths = rebalances.map(({ durationMicros }) => durationMicros);
  return lengths.length === 0 || lengths.includes(null) ? null : Math.max(...(lengths as number[]));
}

/** Without consumers nobody saw a duplicate or a reordering: that is no data, not zero. */
function groupCount(trial: StoredTrial, count: 'lost' | 'duplicated' | 'reordered'): number | null {
  return count === 'lost' || trial.groups.length > 0 ? trial.counts[count] : null;
}

const valueOrNone = (value: number | null): MetricValue | null => (value === null ? null : firm(value));

function latencyValue(latency: Latency, statistic: string | undefined): MetricValue | null {
  if (latency === null || statistic === undefined) return null;
  const value = latency[statistic as keyof NonNullable<Latency>];
  const share = percentiles[statistic as keyof typeof percentiles] as number | undefined;
  const beyond = share === undefined ? Infinity : latency.count * (1 - share);
  const censored =
    share === undefined ? statistic !== 'min' && latency.censored > 0 : latency.censored > latency.count * (1 - share);
  // the product is rounded: 10,000 × (1 − 0.999) is 9.999999999999787
  return { value, censored, isFirm: Math.round(beyond * 1e6) / 1e6 >= fewestBeyond };
}
