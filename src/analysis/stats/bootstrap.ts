/** How much a percentile would vary within one run: a block bootstrap of its seconds. Pure. */
import { bucketOf, Histogram, type HistogramData, mergeHistograms } from '../../measure/histogram.ts';
import { seededRandom, type Random } from '../../support/random.ts';
import { mean } from '../stats.ts';

/**
 * A percentile's interval from one trial's own seconds. A diagnostic that knows nothing of the spread between trials, and too narrow in the far tail
 * even so (69 % instead of 95 % at p99.9): nothing is decided by it.
 */
export interface WithinRunInterval {
  readonly label: 'within-run only';
  readonly lowMicros: number;
  readonly highMicros: number;
  /** How many seconds stayed together. */
  readonly blockSeconds: number;
}

export interface BootstrapOptions {
  /** The percentile, as a share. */
  readonly share: number;
  readonly seed: number;
  readonly confidence?: number;
  readonly resamples?: number;
}

const fewestBlockSeconds = 5;

/**
 * The circular block bootstrap (Politis and Romano 1992) of one histogram per second of the window, in their order, those without a message too. Blocks
 * of L = max(5, 10 × integrated autocorrelation time) seconds; 2,000 resamples. Null where the window holds fewer than two blocks, or no message.
 */
export function bootstrapPercentile(
  seconds: readonly HistogramData[],
  { share, seed, confidence = 0.95, resamples = 2_000 }: BootstrapOptions,
): WithinRunInterval | null {
  const whole = mergeHistograms(seconds);
  if (whole.count === 0) return null;
  const percentile = whole.percentileMicros(share);
  const beyond = seconds.map(data => shareBeyond(data, percentile));
  const blockSeconds = Math.max(fewestBlockSeconds, Math.ceil(10 * integratedAutocorrelationTime(beyond)));
  if (seconds.length < 2 * blockSeconds) return null;
  const random = seededRandom(seed).fork('bootstrap');
  const drawn = new Histogram();
  const percentiles = Float64Array.from({ length: resamples }, () =>
    resample(drawn, seconds, blockSeconds, random).percentileMicros(share),
  ).toSorted();
  const outside = (1 - confidence) / 2;
  const at = (part: number): number => percentiles[Math.max(0, Math.ceil(part * resamples) - 1)] as number;
  return { label: 'within-run only', lowMicros: at(outside), highMicros: at(1 - outside), blockSeconds };
}

/** Fills a histogram with as many seconds as there are, drawn in blocks that run on from the last second to the first. */
function resample(into: Histogram, seconds: readonly HistogramData[], blockSeconds: number, random: Random): Histogram {
  into.reset();
  let start = 0;
  for (let i = 0; i < seconds.length; i++) {
    if (i % blockSeconds === 0) start = random.below(seconds.length);
    into.add(seconds[(start + (i % blockSeconds)) % seconds.length] as HistogramData);
  }
  return into;
}

/** The share of a second's messages above a latency: what makes the percentile move. */
function shareBeyond({ buckets, counts }: HistogramData, micros: number): number {
  const limit = bucketOf(Math.max(0, Math.floor(micros)));
  let all = 0;
  let beyond = 0;
  for (const [i, count] of counts.entries()) {
    all += count;
    if ((buckets[i] as number) > limit) beyond += count;
  }
  return all === 0 ? 0 : beyond / all;
}

/**
 * For how many seconds a second tells of the next ones: 1 + 2 Σ ρ_k up to the first lag k ≥ 5 × the sum so far (Sokal's window); 1 for a series without
 * memory, never below.
 */
export function integratedAutocorrelationTime(series: readonly number[]): number {
  const centre = mean(series);
  const deviations = series.map(value => value - centre);
  const productAt = (lag: number): number =>
    deviations.slice(lag).reduce((sum, value, i) => sum + value * (deviations[i] as number), 0);
  const variance = productAt(0);
  if (variance === 0) return 1;
  let time = 1;
  for (let lag = 1; lag < series.length && lag < 5 * time; lag++) time += (2 * productAt(lag)) / variance;
  return Math.max(1, time);
}
