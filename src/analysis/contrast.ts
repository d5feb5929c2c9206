/** Sets two arms against each other on one metric: the difference, before anything is decided about it. Pure. */
import { higherIsBetter } from '../measure/metrics.ts';
import type { RunTrial } from '../results/read.ts';
import type { LogDifference } from './decide.ts';
import { mean, meanEstimate, welchEstimate } from './stats.ts';
import { hodgesLehmannRatio, mannWhitney } from './stats/ranks.ts';
import { type MetricValue, metricValue } from './values.ts';

/** What is compared: a cell with its trials that count. */
export interface Arm {
  readonly id: string;
  readonly trials: readonly RunTrial[];
}

/** Paired: trials of one block were run back to back. Unpaired: the arms were not interleaved, and drift may look like a change. */
export type Design = 'paired' | 'unpaired';

export interface Contrast {
  readonly metric: string;
  readonly a: string;
  readonly b: string;
  readonly design: Design;
  /** Blocks of which both arms have a value; unpaired, the values of the arm that has fewer. */
  readonly blocks: number;
  /** b against a, the geometric mean over blocks; null without any. */
  readonly ratio: number | null;
  /** 1 where more of the metric is worse, −1 where it is better. */
  readonly sign: 1 | -1;
  /** ln b − ln a times the sign, so that positive is bad; null below two values. */
  readonly difference: LogDifference | null;
  /** The median of all ratios of a value of b to one of a. */
  readonly hodgesLehmann: number | null;
  readonly mannWhitneyP: number | null;
  /** Whether a value of the arm is a lower bound. */
  readonly censored: { readonly a: boolean; readonly b: boolean };
  /** Both arms are throughput of open loops that kept up: the offered rates, which say nothing of the arms. */
  readonly isOfferedRate: boolean;
  /** Every percentile has ten messages or more beyond it. */
  readonly isFirm: boolean;
}

/** B against a; null where an arm's trials lack the metric altogether. */
export function contrastOf(a: Arm, b: Arm, metric: string, design: Design): Contrast | null {
  if (lacks(a, metric) || lacks(b, metric)) return null;
  const values = design === 'paired' ? pairedValues(a, b, metric) : [valuesOf(a, metric), valuesOf(b, metric)];
  const [ofA, ofB] = values as [MetricValue[], MetricValue[]];
  const numbers = { a: ofA.map(({ value }) => value), b: ofB.map(({ value }) => value) };
  const blocks = Math.min(ofA.length, ofB.length);
  const sign = higherIsBetter.has(metric) ? -1 : 1;
  return {
    metric,
    a: a.id,
    b: b.id,
    design,
    blocks,
    ratio: blocks === 0 ? null : Math.exp(mean(numbers.b.map(Math.log)) - mean(numbers.a.map(Math.log))),
    sign,
    difference: blocks < 2 ? null : differenceOf(numbers, sign, design),
    hodgesLehmann: blocks === 0 ? null : hodgesLehmannRatio(numbers.a, numbers.b),
    mannWhitneyP: blocks < 2 ? null : mannWhitney(numbers.a, numbers.b).p,
    censored: { a: ofA.some(({ censored }) => censored), b: ofB.some(({ censored }) => censored) },
    isOfferedRate: blocks > 0 && [a, b].every(({ trials }) => trials.every(run => isOfferedRate(run, metric))),
    isFirm: [...ofA, ...ofB].every(({ isFirm }) => isFirm),
  };
}

const lacks = ({ trials }: Arm, metric: string): boolean =>
  trials.length > 0 && trials.every(({ trial }) => metricValue(trial, metric) === null);

function differenceOf(
  { a, b }: { readonly a: readonly number[]; readonly b: readonly number[] },
  sign: 1 | -1,
  design: Design,
): LogDifference {
  const blocks = Math.min(a.length, b.length);
  const bad = (value: number): number => sign * Math.log(value);
  if (design === 'unpaired') return { ...welchEstimate(a.map(bad), b.map(bad)), blocks, pairs: null };
  const pairs = a.map((value, i) => sign * Math.log((b[i] as number) / value));
  return { ...meanEstimate(pairs), blocks, pairs };
}

/** What is not above 0 has no logarithm: it is no value. */
function valueOf({ trial }: RunTrial, metric: string): MetricValue | null {
  const value = metricValue(trial, metric);
  return value === null || value.value <= 0 ? null : value;
}

const valuesOf = ({ trials }: Arm, metric: string): MetricValue[] => trials.flatMap(run => valueOf(run, metric) ?? []);

/** Of which block a trial is: one that was interrupted and went on in other surroundings is two. */
export const blockKey = ({ trial, surroundings = 0 }: RunTrial): string => `${trial.block} ${surroundings}`;

/** The values of the blocks in which both arms have one, in the same order. */
function pairedValues(a: Arm, b: Arm, metric: string): [MetricValue[], MetricValue[]] {
  const byBlock = ({ trials }: Arm): Map<string, MetricValue> =>
    new Map(
      trials.flatMap(run => {
        const value = valueOf(run, metric);
        return value === null ? [] : [[blockKey(run), value] as const];
      }),
    );
  const [ofA, ofB] = [byBlock(a), byBlock(b)];
  const both = [...ofA.keys()].filter(block => ofB.has(block));
  return [both.map(block => ofA.get(block) as MetricValue), both.map(block => ofB.get(block) as MetricValue)];
}

/** Rates of what the arm did with the messages; below saturation an open loop's are the rate that was asked of it. */
const throughputs: Readonly<Record<string, 'ackedPerSecond' | 'consumedPerSecond'>> = {
  ackedPerSecond: 'ackedPerSecond',
  ackedBytesPerSecond: 'ackedPerSecond',
  consumedPerSecond: 'consumedPerSecond',
};
/** The share of the offered rate from which on an open loop counts as keeping up. */
const keepsUp = 0.99;

function isOfferedRate({ trial }: RunTrial, metric: string): boolean {
  const rate = throughputs[metric];
  return rate !== undefined && trial.isOpenLoop && trial.rates[rate] >= keepsUp * trial.rates.offeredPerSecond;
}
