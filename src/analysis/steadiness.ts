/** Judges whether a trial was steady while it was measured, second by second. Pure. */
import { backgroundOf } from './background.ts';
import type { SecondFigures } from '../measure/second-figures.ts';
import { ackedSeries, drifting, latencySeries, levelOf } from '../measure/steady-series.ts';
import type { RunTrial } from '../results/read.ts';
import type { Finding, Steadiness, StoredTrial } from '../results/schema.ts';

/** Windows shorter than this are not assessed: a drift would hide in the noise of their few blocks. */
const shortestWindowSeconds = 120;

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
export function steadinessOf(
  { trial, perSecond = {} }: RunTrial,
  brokerConfig: Readonly<Record<string, unknown>> = {},
): Steadiness {
  const windowSeconds = Math.floor(trial.windowMicros / 1e6);
  if (windowSeconds < shortestWindowSeconds) return notAssessed('window-too-short');
  const latency = perSecond.ack ? 'ack' : perSecond.endToEnd ? 'endToEnd' : null;
  const figures = (latency === null ? [] : (perSecond[latency] ?? [])).filter(({ second }) => second < windowSeconds);
  if (trial.isOpenLoop && !isEven(figures)) return notAssessed('load-not-constant');
  const acked = ackedSeries(ackedBySecond(trial, windowSeconds));
  const series = [acked, latencySeries('p50', figures), latencySeries('p99', figures)].filter(
    ({ values }) => values.length >= shortestWindowSeconds / 2,
  );
  if (series.length === 0) return notAssessed('no-data');
  const { atCap, ...level } = levelOf(series);
  const background = backgroundOf(trial, brokerConfig);
  return { assessed: true, because: null, ...level, latency, atCap: [...atCap], background };
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

/** Messages acknowledged in each second; none at acks 0, where nothing is. */
function ackedBySecond({ timeline, counts }: StoredTrial, windowSeconds: number): number[] {
  if (counts.acked === 0) return [];
  const bySecond = new Map(timeline.map(({ second, acked }) => [second, acked]));
  return Array.from({ length: windowSeconds }, (_, second) => bySecond.get(second) ?? 0);
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
