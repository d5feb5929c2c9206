/** Keeps a distribution's seconds until they are reported, in a third of the memory: the parts of a second together, counts no wider than they must be. */
import type { HistogramData } from './histogram.ts';
import type { SecondHistogram } from './recorder.ts';

type Counts = Uint16Array | Uint32Array | Float64Array;

interface Kept extends Omit<HistogramData, 'counts'> {
  readonly counts: Counts;
}

export class KeptSeconds {
  readonly #seconds = new Map<number, Kept>();

  /** Adds parts; of a second there may be several, at any time. */
  add(parts: readonly SecondHistogram[]): void {
    for (const { second, data } of parts) {
      const kept = this.#seconds.get(second);
      this.#seconds.set(second, packed(kept === undefined ? data : sumOf(kept, data)));
    }
  }

  /** One part a second. */
  toData(): SecondHistogram[] {
    return [...this.#seconds].map(([second, kept]) => ({
      second,
      data: { ...kept, counts: Float64Array.from(kept.counts) },
    }));
  }
}

function packed({ counts, ...rest }: Kept): Kept {
  let most = 0;
  for (const count of counts) most = Math.max(most, count);
  const narrow = most < 2 ** 16 ? Uint16Array : most < 2 ** 32 ? Uint32Array : Float64Array;
  return { ...rest, counts: narrow.from(counts) };
}

function sumOf(a: Kept, b: HistogramData): Kept {
  const buckets = new Uint16Array(a.buckets.length + b.buckets.length);
  const counts = new Float64Array(buckets.length);
  let used = 0;
  for (let i = 0, j = 0; i < a.buckets.length || j < b.buckets.length; used++) {
    const ofA = a.buckets[i] ?? Infinity;
    const ofB = b.buckets[j] ?? Infinity;
    buckets[used] = Math.min(ofA, ofB);
    counts[used] = (ofA <= ofB ? (a.counts[i++] as number) : 0) + (ofB <= ofA ? (b.counts[j++] as number) : 0);
  }
  return {
    buckets: buckets.slice(0, used),
    counts: counts.subarray(0, used),
    censored: a.censored + b.censored,
    minMicros: Math.min(a.minMicros, b.minMicros),
    maxMicros: Math.max(a.maxMicros, b.maxMicros),
    sumMicros: a.sumMicros + b.sumMicros,
  };
}
