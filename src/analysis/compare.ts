/** Compares cells block by block: better, worse, same or inconclusive. */
import { higherIsBetter } from '../measure/metrics.ts';
import type { RunTrial } from '../results/read.ts';
import type { Comparison } from '../results/schema.ts';
import { meanInterval, signFlipP, standardDeviation, studentQuantile } from './stats.ts';
import { fewestTrials } from './summary.ts';
import { metricValue } from './values.ts';

export interface CompareSettings {
  readonly metric: string;
  /** The change that matters, as a share. */
  readonly delta: number;
  /** How many metrics decide together: the level is divided among them (Bonferroni; conservative where Holm is exact). */
  readonly family: number;
}

export interface Arm {
  readonly id: string;
  readonly trials: readonly RunTrial[];
}

/** The most values for which all sign flips are tried. */
const mostFlips = 20;
const mostBlocks = 1_000;

/**
 * Cell b against cell a on one metric. Values are paired by block; with d = ln b − ln a, signed so that positive is bad:
 * worse if the two-sided 95 % t-interval lies above 0 and the mean exceeds ln(1 + delta), better in mirror image, same if
 * neither and the 90 % interval lies within ± ln(1 + delta), else inconclusive. From six blocks on the exact sign-flip test must
 * agree with better and worse. Null where a cell lacks the metric altogether.
 */
export function compareCells(a: Arm, b: Arm, settings: CompareSettings): Comparison | null {
  const { metric } = settings;
  const lacks = ({ trials }: Arm): boolean =>
    trials.length > 0 && trials.every(({ trial }) => metricValue(trial, metric) === null);
  if (lacks(a) || lacks(b)) return null;
  const logs = pairedLogRatios(a, b, metric);
  const frame = { metric, a: a.id, b: b.id, blocks: logs.length };
  if (logs.length < 2) {
    const because = logs.length === 0 ? 'no-data' : 'too-few-trials';
    const ratio = logs[0] === undefined ? null : Math.exp(logs[0]);
    return { ...frame, ratio, low: null, high: null, verdict: 'inconclusive', because, blocksToDecide: null };
  }
  const level = 0.05 / settings.family;
  const { estimate, low, high } = meanInterval(logs, 1 - level);
  const interval = { ratio: Math.exp(estimate), low: Math.exp(low), high: Math.exp(high) };
  if (logs.length < fewestTrials) {
    return { ...frame, ...interval, verdict: 'inconclusive', because: 'too-few-trials', blocksToDecide: fewestTrials };
  }
  const verdict = verdictOf(logs, settings, level);
  const isOpen = verdict === 'inconclusive';
  const blocksToDecide = isOpen ? blocksToDecideOf(logs, settings.delta, level) : null;
  return { ...frame, ...interval, verdict, because: isOpen ? 'too-noisy' : null, blocksToDecide };
}

/** ln(b/a) of each block in which both cells have a value. */
function pairedLogRatios(a: Arm, b: Arm, metric: string): number[] {
  const byBlock = ({ trials }: Arm): Map<number, number> =>
    new Map(
      trials.flatMap(({ trial }) => {
        const value = metricValue(trial, metric)?.value;
        return value === undefined || value <= 0 ? [] : [[trial.block, value] as const];
      }),
    );
  const ofB = byBlock(b);
  return [...byBlock(a)].flatMap(([block, value]) => {
    const other = ofB.get(block);
    return other === undefined ? [] : [Math.log(other / value)];
  });
}

function verdictOf(logs: readonly number[], { metric, delta }: CompareSettings, level: number): Comparison['verdict'] {
  const bad = higherIsBetter.has(metric) ? logs.map(log => -log) : logs;
  const threshold = Math.log(1 + delta);
  const { estimate, low, high } = meanInterval(bad, 1 - level);
  const canFlip = logs.length <= mostFlips && 2 / 2 ** logs.length < level;
  const agrees = !canFlip || signFlipP(bad) <= level;
  if (low > 0 && estimate > threshold) return agrees ? 'worse' : 'inconclusive';
  if (high < 0 && estimate < -threshold) return agrees ? 'better' : 'inconclusive';
  const equivalence = meanInterval(bad, 1 - 2 * level);
  return equivalence.low > -threshold && equivalence.high < threshold ? 'same' : 'inconclusive';
}

/** The blocks at which an interval from values of this spread would be as narrow as delta; null beyond a thousand. */
function blocksToDecideOf(logs: readonly number[], delta: number, level: number): number | null {
  const spread = standardDeviation(logs);
  const threshold = Math.log(1 + delta);
  for (let blocks = logs.length + 1; blocks <= mostBlocks; blocks++) {
    if ((studentQuantile(1 - level / 2, blocks - 1) * spread) / Math.sqrt(blocks) <= threshold) return blocks;
  }
  return null;
}
