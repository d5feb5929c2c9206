/** Judges whether a trial was steady while it was measured, second by second. Pure. */
import type { RunTrial, SecondFigures } from '../results/read.ts';
import type { Finding, Steadiness, StoredTrial } from '../results/schema.ts';
import { batchMeans, batchSize, driftOf, median, mser5 } from './steady-state.ts';

/** Windows shorter than this are not assessed: a drift would hide in the noise of their few blocks. */
const shortestWindowSeconds = 120;

/** How far a series may drift over the window, as a share of its median. */
const driftLimits = { acked: 0.05, p50: 0.05, p99: 0.1 } as const;
type SeriesName = keyof typeof driftLimits;

/** A beginning that differs from the rest by less than this share is not worth a cut, however smoothly it settles. */
const grain = 0.01;

/** A second with fewer messages has no such percentile: p99 of fifty is their maximum. */
const fewestMessages = { p50: 10, p99: 100 } as const;

/** A figure second by second; seconds without one are left out. */
interface Series {
  readonly name: SeriesName;
  readonly seconds: readonly number[];
  readonly values: readonly number[];
  /** Latencies are averaged on the scale of logarithms. */
  readonly onLogs: boolean;
}

const notAssessed = (because: NonNullable<Steadiness['because']>): Steadiness => ({
  assessed: false,
  because,
  isSteady: null,
  latency: null,
  cutSeconds: null,
  atCap: [],
  drifts: { acked: null, p50: null, p99: null },
});

/**
 * Whether throughput and latency of a trial had a steady level over the window: MSER-5 on each series, of whose cuts the largest
 * counts, then the drift of what is left. Not assessed below 120 s, nor where the load itself was made to change.
 */
export function steadinessOf({ trial, perSecond = {} }: RunTrial): Steadiness {
  const windowSeconds = Math.floor(trial.windowMicros / 1e6);
  if (windowSeconds < shortestWindowSeconds) return notAssessed('window-too-short');
  const latency = perSecond.ack ? 'ack' : perSecond.endToEnd ? 'endToEnd' : null;
  const figures = (latency === null ? [] : (perSecond[latency] ?? [])).filter(({ second }) => second < windowSeconds);
  if (trial.isOpenLoop && !isEven(figures)) return notAssessed('load-not-constant');
  const all = [ackedSeries(trial, windowSeconds), latencySeries('p50', figures), latencySeries('p99', figures)];
  const series = all.filter(({ values }) => values.length >= shortestWindowSeconds / 2);
  if (series.length === 0) return notAssessed('no-data');
  const cuts = series.map(one => ({ name: one.name, ...cutOf(one) }));
  const cutSeconds = Math.max(...cuts.map(({ seconds }) => seconds));
  const drifts = {
    ...notAssessed('no-data').drifts,
    ...Object.fromEntries(series.map(one => driftAfter(one, cutSeconds))),
  };
  const atCap = cuts.filter(({ isAtCap }) => isAtCap).map(({ name }) => name);
  const isSteady = atCap.length === 0 && drifting(drifts).length === 0;
  return { assessed: true, because: null, isSteady, latency, cutSeconds, atCap, drifts };
}

/** What is to be said of a trial that was not steady; nothing of others, nor of trials that were not assessed. */
export function steadinessFindings({ isSteady, cutSeconds, atCap, drifts, latency }: Steadiness): Finding[] {
  if (isSteady !== false) return [];
  const names = [...new Set([...atCap, ...drifting(drifts)])];
  const series = names.map(name => ({ name: name === 'acked' ? name : `${latency}.${name}`, drift: drifts[name] }));
  return [{ code: 'not-steady', series, atCap: atCap.length > 0, cutSeconds }];
}

/**
 * One cut for all trials that are compared: the largest of theirs, so that no arm is favoured. Null where none was assessed.
 */
export function commonCutSeconds(trials: readonly Steadiness[]): number | null {
  const cuts = trials.flatMap(({ cutSeconds }) => cutSeconds ?? []);
  return cuts.length === 0 ? null : Math.max(...cuts);
}

const drifting = (drifts: Steadiness['drifts']): SeriesName[] =>
  (['acked', 'p50', 'p99'] as const).filter(name => Math.abs(drifts[name] ?? 0) > driftLimits[name]);

/** Messages acknowledged in each second; none at acks 0, where nothing is. */
function ackedSeries({ timeline, counts }: StoredTrial, windowSeconds: number): Series {
  const bySecond = new Map(timeline.map(({ second, acked }) => [second, acked]));
  const seconds = counts.acked === 0 ? [] : Array.from({ length: windowSeconds }, (_, second) => second);
  return { name: 'acked', seconds, values: seconds.map(second => bySecond.get(second) ?? 0), onLogs: false };
}

function latencySeries(name: 'p50' | 'p99', figures: readonly SecondFigures[]): Series {
  const usable = figures.filter(one => one.count >= fewestMessages[name] && one[`${name}Micros`] > 0);
  return {
    name,
    seconds: usable.map(({ second }) => second),
    values: usable.map(one => Math.log(one[`${name}Micros`])),
    onLogs: true,
  };
}

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

/**
 * Whether as many messages were due in each twelfth of the window, but for chance (4 standard deviations of a Poisson count) and
 * 5 %: a schedule with stages has no steady state to look for.
 */
function isEven(figures: readonly SecondFigures[]): boolean {
  if (figures.length === 0) return true;
  const seconds = Math.max(...figures.map(({ second }) => second)) + 1;
  const counts = new Float64Array(12);
  for (const { second, count } of figures) {
    const block = Math.min(11, Math.floor((second * 12) / seconds));
    counts[block] = (counts[block] as number) + count;
  }
  const expected = counts.reduce((sum, count) => sum + count, 0) / 12;
  return counts.every(count => Math.abs(count - expected) <= 0.05 * expected + 4 * Math.sqrt(expected));
}
