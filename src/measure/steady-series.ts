/** Judges whether throughput and latency, second by second, have found their level and keep it. Pure. */
import type { SecondFigures } from './second-figures.ts';
import { batchMeans, batchSize, driftOf, median, mser5 } from './steady-state.ts';

/** How far a series may drift, as a share of its median. */
const driftLimits = { acked: 0.05, p50: 0.05, p99: 0.1 } as const;
export type SeriesName = keyof typeof driftLimits;

/** A beginning that differs from the rest by less than this share is not worth a cut, however smoothly it settles. */
const grain = 0.01;

/** A second with fewer messages has no such percentile: p99 of fifty is their maximum. */
const fewestMessages = { p50: 10, p99: 100 } as const;

/** A figure second by second; seconds without one are left out. */
export interface Series {
  readonly name: SeriesName;
  readonly seconds: readonly number[];
  readonly values: readonly number[];
  /** Latencies are averaged on the scale of logarithms. */
  readonly onLogs: boolean;
}

/** Change from the first to the last twelfth of what is left after the cut, as a share of the median; null where that is not known. */
export type Drifts = Readonly<Record<SeriesName, number | null>>;

/** What is found of series that belong together. */
export interface Level {
  readonly isSteady: boolean;
  /** Of MSER-5's cuts the largest: where all of them had found their level. */
  readonly cutSeconds: number;
  /** Those that had found no level after half of the time. */
  readonly atCap: readonly SeriesName[];
  readonly drifts: Drifts;
}

/** Messages acknowledged in each second. */
export const ackedSeries = (perSecond: readonly number[]): Series => ({
  name: 'acked',
  seconds: perSecond.map((_, second) => second),
  values: perSecond,
  onLogs: false,
});

/** A percentile of the messages due in each second, where there were enough of them. */
export function latencySeries(name: 'p50' | 'p99', figures: readonly SecondFigures[]): Series {
  const usable = figures.filter(one => one.count >= fewestMessages[name] && one[`${name}Micros`] > 0);
  return {
    name,
    seconds: usable.map(({ second }) => second),
    values: usable.map(one => Math.log(one[`${name}Micros`])),
    onLogs: true,
  };
}

/** MSER-5 on each series, of whose cuts the largest counts for all, then the drift of what is left. Needs a series. */
export function levelOf(series: readonly Series[]): Level {
  const cuts = series.map(one => ({ name: one.name, ...cutOf(one) }));
  const cutSeconds = Math.max(...cuts.map(({ seconds }) => seconds));
  const drifts = {
    acked: null,
    p50: null,
    p99: null,
    ...Object.fromEntries(series.map(one => driftAfter(one, cutSeconds))),
  };
  const atCap = cuts.filter(({ isAtCap }) => isAtCap).map(({ name }) => name);
  return { isSteady: atCap.length === 0 && drifting(drifts).length === 0, cutSeconds, atCap, drifts };
}

/** Those that drift further than they may. */
export const drifting = (drifts: Drifts): SeriesName[] =>
  (['acked', 'p50', 'p99'] as const).filter(name => Math.abs(drifts[name] ?? 0) > driftLimits[name]);

/**
 * MSER-5's cut, taken back as long as the last batch that it leaves out is as good as equal to the rest: of a series without noise
 * it would cut half, for the sake of differences that nobody could measure.
 */
function cutOf({ values, seconds, onLogs }: Series): { readonly seconds: number; readonly isAtCap: boolean } {
  const { points, isAtCap } = mser5(values);
  const batches = batchMeans(values);
  const first = points / batchSize;
  const middle = median(batches.slice(first));
  const limit = onLogs ? grain : grain * Math.abs(middle);
  let cut = first;
  while (cut > 0 && Math.abs((batches[cut - 1] as number) - middle) <= limit) cut--;
  return { seconds: cut === 0 ? 0 : (seconds[cut * batchSize] ?? 0), isAtCap: isAtCap && cut === first };
}

/** Drift of what comes after the cut. A latency's is a factor, for its points are logarithms. */
function driftAfter({ name, seconds, values, onLogs }: Series, cutSeconds: number): [SeriesName, number | null] {
  const rest = values.filter((_, i) => (seconds[i] as number) >= cutSeconds);
  return [name, driftOf(onLogs ? rest.map(Math.exp) : rest)];
}
