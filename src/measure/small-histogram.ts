/** Counts latencies to two significant digits, small enough for one per partition and per member. Hot. */
import { bucketOf, type HistogramData, highestTrackableMicros } from './histogram.ts';

/** 128 sub-buckets per power of two: values are known to better than 1 %. */
const subBucketBits = 8;
const halfCount = 2 ** (subBucketBits - 1);
const smallBucketCount = (32 - subBucketBits + 2) * halfCount;

export class SmallHistogram {
  readonly #counts = new Uint32Array(smallBucketCount);
  #minMicros = Infinity;
  #maxMicros = -Infinity;
  #sumMicros = 0;

  record(valueMicros: number, count: number): void {
    const whole =
      valueMicros < 0 ? 0 : valueMicros > highestTrackableMicros ? highestTrackableMicros : valueMicros >>> 0;
    const exponent = 32 - subBucketBits - Math.clz32(whole | (2 ** subBucketBits - 1));
    const bucket = exponent * halfCount + (whole >>> exponent);
    this.#counts[bucket] = (this.#counts[bucket] as number) + count;
    this.#sumMicros += valueMicros * count;
    if (valueMicros < this.#minMicros) this.#minMicros = valueMicros;
    if (valueMicros > this.#maxMicros) this.#maxMicros = valueMicros;
  }

  /** In the buckets of the three-digit histogram, each count at the upper edge of its coarse bucket. */
  toData(): HistogramData {
    const merged = new Map<number, number>();
    for (let bucket = 0; bucket < smallBucketCount; bucket++) {
      const count = this.#counts[bucket] as number;
      if (count === 0) continue;
      const fine = bucketOf(Math.min(highestOfSmall(bucket), Math.max(0, Math.floor(this.#maxMicros))));
      merged.set(fine, (merged.get(fine) ?? 0) + count);
    }
    return {
      buckets: Uint16Array.from(merged.keys()),
      counts: Float64Array.from(merged.values()),
      censored: 0,
      minMicros: this.#minMicros,
      maxMicros: this.#maxMicros,
      sumMicros: this.#sumMicros,
    };
  }
}

function highestOfSmall(bucket: number): number {
  const exponent = Math.max(0, Math.floor(bucket / halfCount) - 1);
  return (bucket - exponent * halfCount + 1) * 2 ** exponent - 1;
}
