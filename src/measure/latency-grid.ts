/** Counts latencies by time and size, coarsely: all that a heatmap needs of a window, however long. Pure. */
import { lowestOf } from './histogram.ts';
import type { SecondHistogram } from './recorder.ts';

/** Messages of a window by due time and latency. */
export interface LatencyGrid {
  /** How many seconds of the window a column holds; the last may hold fewer. */
  readonly columnSeconds: number;
  /** By column: messages by latency bin; a bin is missing where it holds none. */
  readonly columns: readonly ReadonlyMap<number, number>[];
}

const mostColumns = 60;

/** Each bin is 15 % wider than the one before. */
export const binsPerDecade = 16;

/** The latency at which a bin begins; what is below 1 µs is in bin 0. */
export const binStartMicros = (bin: number): number => 10 ** (bin / binsPerDecade);

/** The grid of a window; a second may come in several parts. */
export function latencyGrid(parts: readonly SecondHistogram[], windowMicros: number): LatencyGrid {
  const seconds = Math.max(1, Math.ceil(windowMicros / 1e6));
  const columnSeconds = Math.ceil(seconds / mostColumns);
  const columns = Array.from({ length: Math.ceil(seconds / columnSeconds) }, () => new Map<number, number>());
  for (const { second, data } of parts) {
    const column = columns[Math.floor(second / columnSeconds)];
    if (column === undefined) continue;
    for (let i = 0; i < data.buckets.length; i++) {
      const bin = Math.floor(Math.log10(Math.max(1, lowestOf(data.buckets[i] as number))) * binsPerDecade);
      column.set(bin, (column.get(bin) ?? 0) + (data.counts[i] as number));
    }
  }
  return { columnSeconds, columns };
}
