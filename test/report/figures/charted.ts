/** Builds runs whose figures are tested: trials with latencies second by second, as they would be read back. */
import { conclude } from '../../../src/analysis/conclude.ts';
import { Histogram } from '../../../src/measure/histogram.ts';
import { latencyGrid } from '../../../src/measure/latency-grid.ts';
import { figuresOf } from '../../../src/measure/second-figures.ts';
import type { FigureSource } from '../../../src/report/figures/figure.ts';
import type { RunTrial, StoredRun } from '../../../src/results/read.ts';
import type { Comparison, StoredTrial } from '../../../src/results/schema.ts';
import type { TimedHistogram, TrialMeasurement } from '../../../src/run/measurement.ts';
import { aMeasurement, aRun, aRunTrial } from '../../builders/trial.ts';

/** Messages in each second: `slow` of 100 take `slowMicros`, the others `micros`. */
export interface Latencies {
  readonly micros: number;
  readonly slowMicros?: number;
  readonly slow?: number;
  readonly seconds?: number;
  readonly perSecond?: number;
  /** Seconds in which every message takes so long. */
  readonly stalls?: Readonly<Record<number, number>>;
  /** The values of a second in a wide spread around `micros`, in place of one. */
  readonly isWide?: true;
}

export function latenciesOf(like: Latencies): TimedHistogram {
  const { micros, slowMicros = micros, slow = 0, seconds = 10, perSecond = 1_000, stalls = {} } = like;
  const [total, part] = [new Histogram(), new Histogram()];
  const parts = Array.from({ length: seconds }, (_, second) => {
    part.reset();
    const stall = stalls[second];
    if (stall !== undefined) part.record(stall, perSecond);
    else if (like.isWide) {
      for (let i = 0; i < perSecond; i++)
        part.record(micros * Math.exp(3 * ((i + 0.5) / perSecond - 0.5) ** 3 * 8 + ((second * 7) % 5) / 20));
    } else {
      part.record(micros, (perSecond * (100 - slow)) / 100);
      if (slow > 0) part.record(slowMicros, (perSecond * slow) / 100);
    }
    const data = part.toData();
    total.add(data);
    return { second, data };
  });
  return { total: total.toData(), seconds: parts };
}

/** A trial of these `ack` latencies. */
export function aChartedTrial(
  like: Latencies,
  over: Partial<TrialMeasurement> = {},
  stored: Partial<StoredTrial> = {},
): RunTrial {
  const { seconds = 10, perSecond = 1_000 } = like;
  const ack = latenciesOf(like);
  const count = seconds * perSecond;
  const each = Array.from({ length: seconds + 2 }, (_, i) => i - 2);
  const usual = aMeasurement();
  const trial = aRunTrial(
    {
      windowMicros: seconds * 1e6,
      counts: { ...usual.counts, scheduled: count, sent: count, acked: count },
      latencies: { ...usual.latencies, ack, endToEnd: null, service: ack },
      rates: { ...usual.rates, offeredPerSecond: perSecond, ackedPerSecond: perSecond },
      timeline: each.map(second => ({ second, sent: perSecond, acked: perSecond, failed: 0, consumed: 0 })),
      ...over,
    },
    stored,
  );
  return {
    ...trial,
    perSecond: { ack: figuresOf(ack.seconds) },
    grids: { ack: latencyGrid(ack.seconds, seconds * 1e6) },
  };
}

/** What figures are drawn from: cells by id, each with its trials. */
export function aSource(
  cells: Readonly<Record<string, readonly RunTrial[]>>,
  header: Partial<StoredRun['header']> = {},
): FigureSource {
  const placed = Object.entries(cells).map(([cell, trials], at) => [
    cell,
    trials.map((one, i) => ({
      ...one,
      cell,
      trial: {
        ...one.trial,
        block: i + 1,
        startedAt: new Date(Date.UTC(2026, 0, 1, 0, i * Object.keys(cells).length + at)).toISOString(),
      },
    })),
  ]);
  const run = aRun(Object.fromEntries(placed) as Record<string, RunTrial[]>, header);
  return { run, result: conclude(run) };
}

/** So many trials of one kind, each a little different, so that intervals have a width. */
export const trialsOf = (count: number, like: Latencies, over: Partial<TrialMeasurement> = {}): RunTrial[] =>
  Array.from({ length: count }, (_, i) => {
    const noise = 1 + 0.004 * ((i * 3) % 5);
    return aChartedTrial(
      { ...like, micros: like.micros * noise, slowMicros: (like.slowMicros ?? like.micros) * noise },
      over,
    );
  });

/** A trial whose generator was the limit: its schedule was not held. */
export const anInvalidTrial = (like: Latencies): RunTrial => {
  const lag = latenciesOf({ micros: like.micros, perSecond: 1_000 });
  return aChartedTrial(like, {
    latencies: {
      ...aMeasurement().latencies,
      ack: latenciesOf(like),
      endToEnd: null,
      scheduleLag: lag,
      generatorLag: lag,
    },
  });
};

/** `ack.p99` of `all` against `one`. */
export const aComparison = (over: Partial<Comparison> = {}): Comparison => ({
  metric: 'ack.p99',
  a: 'one',
  b: 'all',
  role: 'primary',
  design: 'paired',
  delta: null,
  ratio: 1,
  low: null,
  high: null,
  confidence: null,
  p: null,
  adjustedP: null,
  hodgesLehmann: null,
  mannWhitneyP: null,
  verdict: 'inconclusive',
  because: null,
  nonInferior: false,
  blocks: 5,
  blocksToDecide: null,
  mde: null,
  ...over,
});
