/** Counts latencies in HdrHistogram's buckets, and reads percentiles from the counts. */
import { HarnessError } from '../support/errors.ts';

/**
 * Bucket layout of HdrHistogram (Tene) for lowest value 1 µs and three significant digits: 2,048 sub-buckets, of which the
 * upper half repeats per power of two. So a value is known to better than 0.1 %; all of Uint32's range (71 minutes in µs) fits.
 */
const subBucketBits = 11;
const halfCount = 2 ** (subBucketBits - 1);

/** The largest value that has a bucket of its own; what is larger is counted in the last bucket, its true size in `max`. */
export const highestTrackableMicros = 2 ** 32 - 1;

/** How many buckets a histogram has. */
export const bucketCount = (32 - subBucketBits + 2) * halfCount;

/** The bucket of a value in whole microseconds, 0 … 2^32 − 1. */
export function bucketOf(valueMicros: number): number {
  const exponent = 32 - subBucketBits - Math.clz32(valueMicros | (2 ** subBucketBits - 1));
  return exponent * halfCount + (valueMicros >>> exponent);
}

/** The smallest value that falls into a bucket. */
export function lowestOf(bucket: number): number {
  const exponent = Math.max(0, Math.floor(bucket / halfCount) - 1);
  return (bucket - exponent * halfCount) * 2 ** exponent;
}

/** The largest whole value that falls into a bucket. */
export function highestOf(bucket: number): number {
  const exponent = Math.max(0, Math.floor(bucket / halfCount) - 1);
  return (bucket - exponent * halfCount + 1) * 2 ** exponent - 1;
}

/** Counts per bucket as plain data, for messages between threads, processes and hosts: only buckets that are not empty. */
export interface HistogramData {
  readonly buckets: Uint16Array;
  readonly counts: Float64Array | Uint32Array;
  /** How many values are lower bounds only (failed or unresolved, entered at the time-out). */
  readonly censored: number;
  readonly minMicros: number;
  readonly maxMicros: number;
  readonly sumMicros: number;
}

/** The figures of a distribution, as the result document has them. All in microseconds but the counts. */
export interface LatencySummary {
  readonly count: number;
  readonly censored: number;
  readonly min: number;
  readonly mean: number;
  readonly p50: number;
  readonly p90: number;
  readonly p95: number;
  readonly p99: number;
  readonly p999: number;
  readonly p9999: number;
  readonly max: number;
}

/** The percentiles that a summary has, by name. */
export const percentiles = { p50: 0.5, p90: 0.9, p95: 0.95, p99: 0.99, p999: 0.999, p9999: 0.9999 } as const;

export class Histogram {
  readonly #counts = new Float64Array(bucketCount);
  #count = 0;
  #censored = 0;
  #minMicros = Infinity;
  #maxMicros = -Infinity;
  #sumMicros = 0;

  get count(): number {
    return this.#count;
  }

  get censored(): number {
    return this.#censored;
  }

  get maxMicros(): number {
    return this.#count === 0 ? 0 : this.#maxMicros;
  }

  get minMicros(): number {
    return this.#count === 0 ? 0 : this.#minMicros;
  }

  /** Enters a value `count` times. The value may have a fraction, be negative (kept in `min` and `mean`) or beyond an hour (kept in `max`). */
  record(valueMicros: number, count = 1): void {
    const bucket = bucketOf(Math.min(Math.max(0, Math.floor(valueMicros)), highestTrackableMicros));
    this.#counts[bucket] = (this.#counts[bucket] as number) + count;
    this.#count += count;
    this.#sumMicros += valueMicros * count;
    if (valueMicros < this.#minMicros) this.#minMicros = valueMicros;
    if (valueMicros > this.#maxMicros) this.#maxMicros = valueMicros;
  }

  /** Enters messages without an outcome at the time-out: their latency is at least that. */
  recordCensored(timeoutMicros: number, count: number): void {
    if (count === 0) return;
    this.record(timeoutMicros, count);
    this.#censored += count;
  }

  /** Forgets everything, to be filled again: a new one would take 200 kB. */
  reset(): void {
    this.#counts.fill(0);
    this.#count = 0;
    this.#censored = 0;
    this.#minMicros = Infinity;
    this.#maxMicros = -Infinity;
    this.#sumMicros = 0;
  }

  /** Adds another histogram's counts: the merge of two distributions is exact. */
  add(data: HistogramData): void {
    for (let i = 0; i < data.buckets.length; i++) {
      const bucket = data.buckets[i] as number;
      const count = data.counts[i] as number;
      this.#counts[bucket] = (this.#counts[bucket] as number) + count;
      this.#count += count;
    }
    this.#censored += data.censored;
    this.#sumMicros += data.sumMicros;
    if (data.minMicros < this.#minMicros) this.#minMicros = data.minMicros;
    if (data.maxMicros > this.#maxMicros) this.#maxMicros = data.maxMicros;
  }

  /**
   * The value at or below which a share of all entries lies: nearest rank ⌈q·n⌉, the bucket's upper edge, never above the
   * exact maximum. 0 for an empty histogram.
   */
  percentileMicros(share: number): number {
    if (this.#count === 0) return 0;
    // the product is rounded first: 0.07 × 100 is 7.000000000000001, whose ceiling would be a rank too high
    const rank = Math.max(1, Math.ceil(Number((share * this.#count).toPrecision(15))));
    let seen = 0;
    for (let bucket = 0; bucket < bucketCount; bucket++) {
      seen += this.#counts[bucket] as number;
      if (seen >= rank) return this.#edgeOf(bucket);
    }
    return this.#maxMicros;
  }

  #edgeOf(bucket: number): number {
    if (bucket === bucketCount - 1) return this.#maxMicros;
    return Math.max(Math.min(highestOf(bucket), this.#maxMicros), this.#minMicros);
  }

  meanMicros(): number {
    return this.#count === 0 ? 0 : this.#sumMicros / this.#count;
  }

  /** @throws HarnessError `bug` if something was counted, and no range of it is known: no figure could be true */
  summary(): LatencySummary {
    if (this.#count > 0 && !(this.#minMicros <= this.#maxMicros)) {
      const range = `from ${this.#minMicros} to ${this.#maxMicros} µs`;
      throw new HarnessError('bug', `${this.#count} latencies were added, but range ${range}.`);
    }
    const quantiles = Object.fromEntries(
      Object.entries(percentiles).map(([name, share]) => [name, this.percentileMicros(share)]),
    ) as Record<keyof typeof percentiles, number>;
    return {
      count: this.#count,
      censored: this.#censored,
      min: this.minMicros,
      mean: this.meanMicros(),
      ...quantiles,
      max: this.maxMicros,
    };
  }

  toData(): HistogramData {
    const used: number[] = [];
    for (let bucket = 0; bucket < bucketCount; bucket++) if (this.#counts[bucket] !== 0) used.push(bucket);
    return {
      buckets: Uint16Array.from(used),
      counts: Float64Array.from(used, bucket => this.#counts[bucket] as number),
      censored: this.#censored,
      minMicros: this.#minMicros,
      maxMicros: this.#maxMicros,
      sumMicros: this.#sumMicros,
    };
  }
}

/** The sum of several distributions. */
export function mergeHistograms(parts: Iterable<HistogramData>): Histogram {
  const whole = new Histogram();
  for (const part of parts) whole.add(part);
  return whole;
}
