/** Records latencies by the second of their due time, while the load runs. Hot: nothing here allocates per message. */
import { HarnessError } from '../support/errors.ts';
import { bucketCount, bucketOf, highestTrackableMicros, type HistogramData } from './histogram.ts';

/** A second's distribution. The same second may come more than once, each time with other messages: the parts add up. */
export interface SecondHistogram {
  /** Counted from the window's start. */
  readonly second: number;
  readonly data: HistogramData;
}

/** How many seconds are held open for latecomers before they are set aside. */
const openSeconds = 16;

/** Splits latencies by second; `take()` hands over what was counted, in parts that anyone can merge. */
export class IntervalRecorder {
  readonly #counts: Uint32Array[] = [];
  readonly #seconds = new Int32Array(openSeconds).fill(-1);
  readonly #censored = new Float64Array(openSeconds);
  readonly #minMicros = new Float64Array(openSeconds);
  readonly #maxMicros = new Float64Array(openSeconds);
  readonly #sumMicros = new Float64Array(openSeconds);
  #finished: SecondHistogram[] = [];

  /** Enters `count` messages of one latency, due `dueMicros` after the window's start. */
  record(dueMicros: number, valueMicros: number, count: number): void {
    const second = (dueMicros / 1e6) | 0;
    const slot = second & (openSeconds - 1);
    if (this.#seconds[slot] !== second) this.#open(slot, second);
    const whole =
      valueMicros < 0 ? 0 : valueMicros > highestTrackableMicros ? highestTrackableMicros : valueMicros >>> 0;
    const bucket = bucketOf(whole);
    const counts = this.#counts[slot] as Uint32Array;
    counts[bucket] = (counts[bucket] as number) + count;
    this.#sumMicros[slot] = (this.#sumMicros[slot] as number) + valueMicros * count;
    if (valueMicros < (this.#minMicros[slot] as number)) this.#minMicros[slot] = valueMicros;
    if (valueMicros > (this.#maxMicros[slot] as number)) this.#maxMicros[slot] = valueMicros;
  }

  /** Enters messages without an outcome at the time-out: their latency is at least that. */
  recordCensored(dueMicros: number, timeoutMicros: number, count: number): void {
    this.record(dueMicros, timeoutMicros, count);
    const slot = ((dueMicros / 1e6) | 0) & (openSeconds - 1);
    this.#censored[slot] = (this.#censored[slot] as number) + count;
  }

  /** All that was recorded since the last call. */
  take(): SecondHistogram[] {
    for (let slot = 0; slot < openSeconds; slot++) this.#setAside(slot);
    const taken = this.#finished;
    this.#finished = [];
    return taken;
  }

  #open(slot: number, second: number): void {
    this.#setAside(slot);
    this.#counts[slot] ??= new Uint32Array(bucketCount);
    this.#seconds[slot] = second;
    this.#censored[slot] = 0;
    this.#minMicros[slot] = Infinity;
    this.#maxMicros[slot] = -Infinity;
    this.#sumMicros[slot] = 0;
  }

  #setAside(slot: number): void {
    const second = this.#seconds[slot] as number;
    if (second < 0) return;
    const taken = takeCounts(this.#counts[slot] as Uint32Array);
    const [minMicros, maxMicros] = [this.#minMicros[slot] as number, this.#maxMicros[slot] as number];
    if (taken.buckets.length > 0 && !(minMicros <= maxMicros)) {
      throw new HarnessError('bug', `Latencies were counted, but range from ${minMicros} to ${maxMicros} µs.`);
    }
    this.#finished.push({
      second,
      data: {
        ...taken,
        censored: this.#censored[slot] as number,
        minMicros,
        maxMicros,
        sumMicros: this.#sumMicros[slot] as number,
      },
    });
    this.#seconds[slot] = -1;
  }
}

/** The counts that are not zero, which are then zeroed. */
function takeCounts(counts: Uint32Array): Pick<HistogramData, 'buckets' | 'counts'> {
  let used = 0;
  for (let bucket = 0; bucket < counts.length; bucket++) if (counts[bucket] !== 0) used++;
  const buckets = new Uint16Array(used);
  const values = new Uint32Array(used);
  for (let bucket = 0, i = 0; i < used; bucket++) {
    if (counts[bucket] === 0) continue;
    buckets[i] = bucket;
    values[i++] = counts[bucket] as number;
    counts[bucket] = 0;
  }
  return { buckets, counts: values };
}

/** So often a recorder is emptied before its code is compiled. */
const emptiedColdTimes = 40;

/**
 * Has the code compiled that empties recorders: it goes through every bucket, which takes 2 ms the first times, and the load would have to
 * wait for it once a second.
 */
export function warmRecorders(): void {
  const recorder = new IntervalRecorder();
  for (let times = 0; times < emptiedColdTimes; times++) {
    recorder.record(times * 1e6, times, 1);
    recorder.take();
  }
}
