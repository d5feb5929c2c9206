/** Judges whether a trial shows its rate to be sustainable. Pure. */
import { studentQuantile } from '../analysis/stats/student.ts';
import { mergeHistograms, percentiles } from '../measure/histogram.ts';
import type { SecondHistogram } from '../measure/recorder.ts';
import type { Criterion, ProbeOutcome } from './probe.ts';

/** How far something was behind at the end of each second of the window. */
export interface Backlog {
  /** `producers`: scheduled and not acknowledged, since the window began. Else a group of consumers: messages unread. */
  readonly of: string;
  readonly samples: readonly number[];
}

/** A demand of the scenario, and the trial's value; null where it has none. */
export interface MeasuredDemand {
  readonly metric: string;
  readonly group: string | null;
  readonly min: number | null;
  readonly max: number | null;
  readonly value: number | null;
  /** Of the messages due in each half of the window; null where they are not known apart. */
  readonly halves: readonly [number, number] | null;
}

/** What a trial shows of its rate. */
export interface Observation {
  readonly windowMicros: number;
  /** Due in the window. */
  readonly scheduled: number;
  /** Acknowledged while the window lasted, whenever they were due. */
  readonly ackedInWindow: number;
  /** Of the scheduled ones: failed, without an outcome, or never sent. */
  readonly withoutAck: number;
  readonly backlogs: readonly Backlog[];
  /** Groups that had not read everything when the trial gave up waiting for them. */
  readonly undrained: readonly string[];
  readonly demands: readonly MeasuredDemand[];
}

const leastAckedShare = 0.99;
const mostErrorShare = 0.001;
/** Of the rate, per second: 0.5 % tells a server at its rate from one with 1 % too much; 1 % would miss that. */
const mostGrowth = 0.005;
/** A lag may end so much traffic above where it began. */
const lagAllowedSeconds = 1;
/** With fewer seconds a line through them says nothing. */
const fewestSamples = 5;

/** All that a rate fails by; none where the trial shows it to be sustainable. Null where a demand has no data, of which nothing follows. */
export function missedBy(observation: Observation): Criterion[] | null {
  if (observation.scheduled === 0 || observation.demands.some(({ value }) => value === null)) return null;
  const { scheduled, ackedInWindow, withoutAck, undrained } = observation;
  const ratePerSecond = (scheduled * 1e6) / observation.windowMicros;
  const ackedShare = ackedInWindow / scheduled;
  const errorShare = withoutAck / scheduled;
  return [
    ...(ackedShare < leastAckedShare ? [{ code: 'acknowledged-late', share: ackedShare } as const] : []),
    ...(errorShare > mostErrorShare ? [{ code: 'errors', share: errorShare } as const] : []),
    ...observation.backlogs.flatMap(backlog => growthOf(backlog, ratePerSecond)),
    ...undrained.map(of => ({ code: 'not-drained', of }) as const),
    ...observation.demands.flatMap(missedDemand),
  ];
}

/** The latency nearest to its limit, as a share of it; null where nothing limits one. */
export function latencySharesOf(
  demands: readonly MeasuredDemand[],
): Pick<ProbeOutcome, 'latencyShare' | 'latencyShareOfHalves'> {
  const shares = demands.flatMap(({ metric, max, value, halves }) =>
    metric.includes('.p') && max !== null && value !== null
      ? [{ whole: value / max, halves: halves && ([halves[0] / max, halves[1] / max] as [number, number]) }]
      : [],
  );
  const nearest = shares.toSorted((a, b) => b.whole - a.whole)[0];
  return { latencyShare: nearest?.whole ?? null, latencyShareOfHalves: nearest?.halves ?? null };
}

/** A percentile of the messages due in each half of the window; null where a half has none. */
export function halvesOf(
  seconds: readonly SecondHistogram[],
  metric: string,
  windowMicros: number,
): [number, number] | null {
  const share = percentiles[metric.split('.')[1] as keyof typeof percentiles] as number | undefined;
  const middle = windowMicros / 2e6;
  const [first, second] = [seconds.filter(one => one.second < middle), seconds.filter(one => one.second >= middle)];
  if (share === undefined || first.length === 0 || second.length === 0) return null;
  const of = (half: readonly SecondHistogram[]): number =>
    mergeHistograms(half.map(({ data }) => data)).percentileMicros(share);
  return [of(first), of(second)];
}

function missedDemand({ metric, group, min, max, value }: MeasuredDemand): Criterion[] {
  if (value === null) return [];
  const isMissed = (max !== null && value > max) || (min !== null && value < min);
  return isMissed ? [{ code: 'check', metric, group, value, min, max }] : [];
}

function growthOf({ of, samples }: Backlog, ratePerSecond: number): Criterion[] {
  if (samples.length < fewestSamples) return [];
  const sharePerSecond = slopeBound(samples) / ratePerSecond;
  const added = (samples.at(-1) as number) - (samples[0] as number);
  return [
    ...(sharePerSecond > mostGrowth ? [{ code: 'backlog-grows', of, sharePerSecond } as const] : []),
    ...(added > lagAllowedSeconds * ratePerSecond
      ? [{ code: 'lag-left', of, messages: Math.round(added) } as const]
      : []),
  ];
}

/** The upper 95 % bound of the slope of a line through samples a second apart (ordinary least squares). Needs three samples or more. */
export function slopeBound(samples: readonly number[]): number {
  const count = samples.length;
  const middle = (count - 1) / 2;
  const level = samples.reduce((sum, value) => sum + value, 0) / count;
  const spread = samples.reduce((sum, _, second) => sum + (second - middle) ** 2, 0);
  const slope = samples.reduce((sum, value, second) => sum + (second - middle) * (value - level), 0) / spread;
  const squares = samples.reduce((sum, value, second) => sum + (value - level - slope * (second - middle)) ** 2, 0);
  const standardError = Math.sqrt(squares / (count - 2) / spread);
  return slope + studentQuantile(0.95, count - 2) * standardError;
}
