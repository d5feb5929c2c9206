/** Turns a run of cells against themselves into the noise between trials, and into what that noise lets be found. Pure. */
import type { CellCalibration, MetricCalibration } from '../results/calibration.ts';
import type { RunTrial, StoredRun } from '../results/read.ts';
import type { Result } from '../results/schema.ts';
import type { Arm } from './compare.ts';
import { deltaOf } from './comparisons.ts';
import { contrastOf } from './contrast.ts';
import { fewestTrials } from './decide.ts';
import { mean } from './stats.ts';
import { blocksForPower, smallestFoundEffect } from './stats/power.ts';
import { summaryMetrics } from './summary.ts';
import { metricValue } from './values.ts';
import { judgeTrial } from './validity.ts';

const level = 0.05;
const power = 0.9;
/** The changes for which the number of blocks is given. */
const effects = [0.05, 0.1, 0.2] as const;
/** The number of blocks of a gate. */
const gateBlocks = 10;

/** What was asked for beforehand, or is about the generator: nothing is ever compared on it. */
const neverCompared = /^(scheduleLag\.|offeredPerSecond$)/;

/** What is said of each cell; `repeat` is the scenario's own. */
export function calibrationOf(run: StoredRun, result: Result, repeat: number): CellCalibration[] {
  return (run.header.pairs ?? []).map(pair => {
    const { delta } = run.header.compare;
    const comparisons = result.comparisons.filter(({ a, b }) => a === pair.a && b === pair.b);
    // what decides about the cell: something else than the scenario says, where it lacks that
    const primary = comparisons.filter(({ role }) => role === 'primary').map(({ metric }) => metric);
    const metrics = [...primary, ...summaryMetrics.filter(metric => !primary.includes(metric))];
    return {
      cell: run.header.cells.find(({ id }) => id === pair.a)?.label.replace(/ \(a\)$/, '') ?? pair.a,
      metrics: metrics
        .filter(metric => !neverCompared.test(metric))
        .flatMap(metric => {
          const found = metricCalibration({ run, pair, metric, delta: deltaOf(metric, delta), repeat });
          const verdict = comparisons.find(comparison => comparison.metric === metric)?.verdict ?? null;
          const role = primary.includes(metric) ? 'primary' : 'exploratory';
          return found === null ? [] : [{ metric, role, ...found, verdict } as const];
        }),
    };
  });
}

interface Calibrating {
  readonly run: StoredRun;
  readonly pair: { readonly a: string; readonly b: string };
  readonly metric: string;
  readonly delta: number;
  readonly repeat: number;
}

/** Null where an arm has no such values, or they say nothing: too few messages, or a rate that was asked for. */
function metricCalibration({
  run,
  pair,
  metric,
  delta,
  repeat,
}: Calibrating): Omit<MetricCalibration, 'metric' | 'role' | 'verdict'> | null {
  const [a, b] = [armOf(run, pair.a), armOf(run, pair.b)];
  const contrast = contrastOf(a, b, metric, 'paired');
  if (contrast === null || contrast.difference === null) return null;
  if (!contrast.isFirm || contrast.isOfferedRate || contrast.censored.a || contrast.censored.b) return null;
  const { blocks, standardError } = contrast.difference;
  const variation = (standardError * Math.sqrt(blocks)) / Math.SQRT2;
  return {
    variation,
    blocks,
    delta,
    foundByScenario: smallestFound(repeat, { variation, delta }),
    foundByTen: smallestFound(gateBlocks, { variation, delta }),
    blocksToFind: effects.map(effect => ({ effect, blocks: blocksToFind(effect, { variation, delta }) })),
    lag1Autocorrelation: lag1(inRunOrder(run, [a, b], metric)),
  };
}

const armOf = ({ trials }: StoredRun, id: string): Arm => ({
  id,
  trials: trials.filter(({ cell, trial }) => cell === id && judgeTrial(trial).validity !== 'invalid'),
});

interface Noise {
  /** Of trials, as a coefficient of variation on the scale of logarithms. */
  readonly variation: number;
  readonly delta: number;
}

/** The smallest worsening that so many blocks find with 90 % power, one row alone; null for fewer than decide anything. */
export function smallestFound(blocks: number, { variation, delta }: Noise): number | null {
  if (blocks < fewestTrials) return null;
  const spread = { standardError: (Math.SQRT2 * variation) / Math.sqrt(blocks), degreesOfFreedom: blocks - 1 };
  return Math.expm1(smallestFoundEffect(spread, { threshold: Math.log1p(delta), level, isStrict: false }, power));
}

/** The blocks that find a worsening with 90 % power, five at least; null for one that is no larger than delta, or needs more than a thousand. */
export function blocksToFind(effect: number, { variation, delta }: Noise): number | null {
  if (effect <= delta) return null;
  const blocks = blocksForPower(power, { effect, variation, delta, level, isStrict: false });
  return blocks === null ? null : Math.max(fewestTrials, blocks);
}

/** The logarithms of both arms' values in the order in which the trials were run. */
function inRunOrder({ header }: StoredRun, arms: readonly Arm[], metric: string): number[] {
  const place = new Map(header.order.map(({ block, cell }, i) => [`${cell} ${block}`, i]));
  const placeOf = ({ cell, trial }: RunTrial): number => place.get(`${cell} ${trial.block}`) ?? 0;
  return arms
    .flatMap(({ trials }) => trials)
    .toSorted((one, other) => placeOf(one) - placeOf(other))
    .flatMap(({ trial }) => {
      const value = metricValue(trial, metric)?.value ?? 0;
      return value > 0 ? [Math.log(value)] : [];
    });
}

/** The correlation of neighbours in a series; null for fewer than ten values, or without any spread. */
export function lag1(values: readonly number[]): number | null {
  if (values.length < 10) return null;
  const centre = mean(values);
  const off = values.map(value => value - centre);
  const square = off.reduce((sum, value) => sum + value ** 2, 0);
  // what is the same up to rounding has no spread
  if (square <= values.length * 1e-18) return null;
  return off.slice(1).reduce((sum, value, i) => sum + value * (off[i] as number), 0) / square;
}
