/** Cuts the measured window into spans of equal length, and reads a metric's value in each. Pure. */
import { type HistogramData, Histogram, highestOf, lowestOf, percentiles } from './histogram.ts';
import type { SecondHistogram } from './recorder.ts';

/** What a metric's value in a span is made of: a distribution by due second, or a count by the second in which it happened. */
export type SpanSource =
  | { readonly kind: 'distribution'; readonly name: 'ack' | 'service' | 'endToEnd' | 'scheduleLag' }
  | { readonly kind: 'count'; readonly name: 'acked' | 'consumed' | 'failed'; readonly isRate: boolean };

const counts: Readonly<Record<string, SpanSource>> = {
  ackedPerSecond: { kind: 'count', name: 'acked', isRate: true },
  consumedPerSecond: { kind: 'count', name: 'consumed', isRate: true },
  failed: { kind: 'count', name: 'failed', isRate: false },
};
const distributions = ['ack', 'service', 'endToEnd', 'scheduleLag'] as const;

/** Where a metric's spans come from; null for one that is not kept by the second. */
export function spanSourceOf(metric: string): SpanSource | null {
  const name = distributions.find(one => metric.startsWith(`${one}.`));
  return name === undefined ? (counts[metric] ?? null) : { kind: 'distribution', name };
}

/** Whether a metric's spans can be judged while messages flow; `scheduleLag` is told when the trial is over. */
export function isSeenWhileRunning(metric: string): boolean {
  const source = spanSourceOf(metric);
  return source !== null && source.name !== 'scheduleLag';
}

/** The counts that only grow and are known while messages flow: what has been counted will not be taken back. */
export const growingCounts = ['failed', 'unresolved', 'duplicated', 'reordered'] as const;
export type GrowingCount = (typeof growingCounts)[number];

/** The limits of a demand, in the metric's unit. */
export interface Limits {
  readonly min: number | null;
  readonly max: number | null;
}

/** Whether a value is beyond a limit. */
export function misses({ min, max }: Limits, value: number): boolean {
  return (min !== null && value < min) || (max !== null && value > max);
}

/** A metric's value in one span; null where the span holds nothing that would have a value. */
export interface SpanValue {
  /** Counted from the window's start. */
  readonly fromSecond: number;
  readonly value: number | null;
}

/** A span without a value fails: no data is never a pass. */
export function fails(limits: Limits, { value }: SpanValue): boolean {
  return value === null || misses(limits, value);
}

/** The first seconds of the spans that lie wholly in the window. A rest that is shorter than a span is none. */
export function spanStarts(windowMicros: number, everyMicros: number): number[] {
  // the tolerance of a window that was cut a rounding error short
  const spans = Math.max(0, Math.floor(windowMicros / everyMicros + 1e-9));
  return Array.from({ length: spans }, (_, span) => (span * everyMicros) / 1e6);
}

/** What a window holds of a metric, second by second from its start. */
export type Seconds =
  | { readonly kind: 'distribution'; readonly parts: readonly SecondHistogram[] }
  | { readonly kind: 'count'; readonly perSecond: readonly number[] };

/** The metric's value in every whole span of the window. A second that is missing had no message. */
export function spanValues(
  metric: string,
  seconds: Seconds,
  { windowMicros, everyMicros }: { readonly windowMicros: number; readonly everyMicros: number },
): SpanValue[] {
  const length = everyMicros / 1e6;
  const bySecond = seconds.kind === 'distribution' ? Map.groupBy(seconds.parts, ({ second }) => second) : null;
  return spanStarts(windowMicros, everyMicros).map(fromSecond => {
    const inSpan = Array.from({ length }, (_, i) => fromSecond + i);
    if (seconds.kind === 'distribution') {
      const parts = inSpan.flatMap(second => (bySecond?.get(second) ?? []).map(({ data }) => data));
      return { fromSecond, value: distributionValue(metric, parts) };
    }
    const count = inSpan.reduce((sum, second) => sum + (seconds.perSecond[second] ?? 0), 0);
    return { fromSecond, value: countValue(metric, count, everyMicros) };
  });
}

/** A rate, or the count itself. */
export function countValue(metric: string, count: number, everyMicros: number): number {
  const source = spanSourceOf(metric);
  return source?.kind === 'count' && source.isRate ? (count * 1e6) / everyMicros : count;
}

/**
 * A statistic (`p99`, `mean`, …) of distributions together, and of `open` messages that are known to take at least the time-out. Values are taken
 * to lie in the middle of their buckets, as an interval log keeps them: so a live figure and a stored one are the same. Null where there is nothing.
 */
export function distributionValue(
  metric: string,
  parts: readonly HistogramData[],
  open: { readonly count: number; readonly timeoutMicros: number } = { count: 0, timeoutMicros: 0 },
): number | null {
  const whole = new Histogram();
  for (const part of parts) whole.add(asLogged(part));
  if (open.count > 0) {
    const waiting = new Histogram();
    waiting.recordCensored(open.timeoutMicros, open.count);
    whole.add(asLogged(waiting.toData()));
  }
  if (whole.count === 0) return null;
  const statistic = metric.slice(metric.indexOf('.') + 1);
  if (statistic === 'mean') return whole.meanMicros();
  if (statistic === 'min') return whole.minMicros;
  if (statistic === 'max') return whole.maxMicros;
  const share = percentiles[statistic as keyof typeof percentiles] as number | undefined;
  return share === undefined ? null : whole.percentileMicros(share);
}

/** A distribution with no more knowledge than its buckets have. */
function asLogged(data: HistogramData): HistogramData {
  const { buckets, counts: numbers } = data;
  if (buckets.length === 0) return data;
  let sumMicros = 0;
  buckets.forEach((bucket, i) => (sumMicros += ((lowestOf(bucket) + highestOf(bucket)) / 2) * (numbers[i] as number)));
  return {
    ...data,
    minMicros: lowestOf(buckets[0] as number),
    maxMicros: highestOf(buckets.at(-1) as number),
    sumMicros,
  };
}
