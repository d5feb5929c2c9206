/** Takes the figures of each second from the distributions that were kept by the second. Pure. */
import { Histogram } from './histogram.ts';
import type { SecondHistogram } from './recorder.ts';

/** The messages that were due in one second: their number and latencies. Whole histograms of every second would fill the memory. */
export interface SecondFigures {
  /** Counted from the window's start. */
  readonly second: number;
  readonly count: number;
  readonly p50Micros: number;
  readonly p99Micros: number;
}

/** Figures second by second, in order; a second may come in several parts. */
export function figuresOf(parts: readonly SecondHistogram[]): SecondFigures[] {
  const histogram = new Histogram();
  const figures = [...Map.groupBy(parts, ({ second }) => second)].map(([second, ofSecond]) => {
    histogram.reset();
    for (const { data } of ofSecond) histogram.add(data);
    const [p50Micros, p99Micros] = [histogram.percentileMicros(0.5), histogram.percentileMicros(0.99)];
    return { second, count: histogram.count, p50Micros, p99Micros };
  });
  return figures.toSorted((a, b) => a.second - b.second);
}
