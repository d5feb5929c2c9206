/** Turns a cell's trials into one estimate per metric: the trial is the unit, the interval is between trials. */
import { type HistogramData, mergeHistograms, percentiles } from '../measure/histogram.ts';
import type { RunTrial } from '../results/read.ts';
import type { Summary } from '../results/schema.ts';
import { fewestTrials } from './decide.ts';
import { mean, meanInterval } from './stats.ts';
import { metricValue } from './values.ts';

const statistics = ['p50', 'p90', 'p95', 'p99', 'p999', 'p9999', 'mean', 'max'];

/** The metrics that every summary has, where the trials have them. */
export const summaryMetrics: readonly string[] = [
  ...['ack', 'service', 'endToEnd', 'scheduleLag'].flatMap(name => statistics.map(statistic => `${name}.${statistic}`)),
  'offeredPerSecond',
  'ackedPerSecond',
  'ackedBytesPerSecond',
  'consumedPerSecond',
  'messagesPerBatch',
  'bytesPerBatch',
  'partitionSkew',
];

/** All metrics of a cell that its trials can tell. */
export function summarise(trials: readonly RunTrial[]): Record<string, Summary> {
  const summaries = summaryMetrics.map(metric => [metric, summaryOf(trials, metric)] as const);
  return Object.fromEntries(summaries.filter((entry): entry is [string, Summary] => entry[1] !== null));
}

/** One metric over trials; null where a trial lacks it, or a percentile has fewer than ten messages beyond it. */
export function summaryOf(trials: readonly RunTrial[], metric: string): Summary | null {
  const values = trials.map(({ trial }) => metricValue(trial, metric));
  if (values.length === 0 || values.some(value => value === null || !value.isFirm)) return null;
  const numbers = values.map(value => value?.value ?? 0);
  return {
    ...estimateOf(numbers, isLatency(metric)),
    pooled: pooledOf(trials, metric),
    trials: trials.length,
    censored: values.some(value => value?.censored),
  };
}

const isLatency = (metric: string): boolean => metric.includes('.');

/** Latencies are averaged on the scale of logarithms (measurement of ratios); rates as they are. */
function estimateOf(
  values: readonly number[],
  onLogs: boolean,
): Pick<Summary, 'estimate' | 'low' | 'high' | 'interval'> {
  const useLogs = onLogs && values.every(value => value > 0);
  const scaled = useLogs ? values.map(Math.log) : values;
  const back = useLogs ? Math.exp : (value: number): number => value;
  // below that an interval says little: the trials' range is given instead
  if (values.length < fewestTrials) {
    return { estimate: back(mean(scaled)), low: Math.min(...values), high: Math.max(...values), interval: 'range' };
  }
  const { estimate, low, high } = meanInterval(scaled, 0.95);
  return { estimate: back(estimate), low: back(low), high: back(high), interval: 'confidence-95' };
}

/** A random message's percentile: of all trials' messages together. */
function pooledOf(trials: readonly RunTrial[], metric: string): number | null {
  const [name, statistic] = metric.split('.') as [string, string | undefined];
  const share = percentiles[statistic as keyof typeof percentiles] as number | undefined;
  const parts = trials.map(({ distributions }) => distributions[name as keyof typeof distributions]);
  if (share === undefined || parts.some(part => part === undefined)) return null;
  return mergeHistograms(parts as HistogramData[]).percentileMicros(share);
}
