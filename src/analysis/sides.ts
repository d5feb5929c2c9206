/** Turns what a reference led to, a stored run or a baseline, into one side of a comparison; and a run into a baseline. Pure. */
import { type HistogramData, mergeHistograms } from '../measure/histogram.ts';
import { type MetricName, metrics } from '../measure/metrics.ts';
import type { Baseline, BaselineCell, BaselineTrial } from '../results/baseline.ts';
import type { Fingerprint } from '../results/fingerprint.ts';
import { decodeHistogram, encodeHistogram } from '../results/hlog.ts';
import type { RunTrial, StoredRun } from '../results/read.ts';
import type { Referred } from '../results/references.ts';
import type { Result } from '../results/schema.ts';
import { HarnessError } from '../support/errors.ts';
import { didYouMean } from '../support/registry.ts';
import { judgeTrial } from './validity.ts';

/** The latencies whose whole distribution a comparison may look at. */
export type DistributionName = 'ack' | 'service' | 'endToEnd';

/** A cell of one side. */
export interface SideCell {
  readonly id: string;
  readonly label: string;
  /** Those that are not invalid. */
  readonly trials: readonly RunTrial[];
  /** All these trials' messages together; null where the side lacks that latency. */
  readonly distribution: (name: DistributionName) => HistogramData | null;
}

/** One side of a comparison. */
export interface Side {
  /** As it was written. */
  readonly reference: string;
  readonly kind: Referred['kind'];
  readonly scenario: string;
  readonly runId: string;
  readonly commit: string | null;
  readonly startedAt: string;
  readonly repeat: number;
  readonly fingerprint: Fingerprint;
  /** Why a baseline should not have been saved. */
  readonly forced: readonly string[];
  readonly compare: StoredRun['header']['compare'];
  readonly cells: readonly SideCell[];
  /** The one that is meant; null for all. */
  readonly cell: SideCell | null;
}

/**
 * One side of a comparison.
 * @throws HarnessError `usage` where `@cell` names none, or several
 */
export function sideOf(referred: Referred): Side {
  const side = referred.kind === 'run' ? sideOfRun(referred) : sideOfBaseline(referred);
  return { ...side, cell: referred.cell === null ? null : findCell(side, referred.cell) };
}

type Whole = Omit<Side, 'cell'>;

function sideOfRun({ reference, run, fingerprint }: Extract<Referred, { kind: 'run' }>): Whole {
  const { name, runId, repeat, compare, cells } = run.header;
  return {
    reference,
    kind: 'run',
    scenario: name,
    runId,
    commit: commitOf(run),
    startedAt: run.startedAt,
    repeat,
    fingerprint,
    forced: [],
    compare,
    cells: cells.filter(isOwn).map(({ id, label }) => {
      const trials = countingTrials(run, id);
      return { id, label, trials, distribution: name => mergedOf(trials, name) };
    }),
  };
}

/** What a run was held against is no part of what it says of its own setting. */
const isOwn = ({ side }: StoredRun['header']['cells'][number]): boolean => side !== 'against';

const commitOf = ({ environment: { commit } }: StoredRun): string | null =>
  typeof commit === 'string' ? commit : null;

const countingTrials = (run: StoredRun, cell: string): readonly RunTrial[] =>
  run.trials.filter(one => one.cell === cell && judgeTrial(one.trial).validity !== 'invalid');

function mergedOf(trials: readonly RunTrial[], name: DistributionName): HistogramData | null {
  const parts = trials.flatMap(({ distributions }) => distributions[name] ?? []);
  return parts.length === 0 || parts.length < trials.length ? null : mergeHistograms(parts).toData();
}

function sideOfBaseline({ reference, baseline }: Extract<Referred, { kind: 'baseline' }>): Whole {
  const { scenario, runId, commit, startedAt, repeat, fingerprint, forced, compare } = baseline;
  const cells = baseline.cells.map(({ id, label, trials, histograms }): SideCell => ({
    id,
    label,
    trials: trials.map(trial => runTrialOf(id, trial)),
    distribution(name) {
      const encoded = histograms[name];
      return encoded === undefined ? null : decodeHistogram(encoded);
    },
  }));
  return {
    reference,
    kind: 'baseline',
    scenario,
    runId,
    commit,
    startedAt,
    repeat,
    fingerprint,
    forced,
    compare,
    cells,
  };
}

/** What a baseline leaves out: no metric is read from it. */
const leftOut: Omit<RunTrial['trial'], keyof BaselineTrial> = {
  findings: [],
  totals: { sent: 0, acked: 0, failed: 0, unresolved: 0, retries: 0, appended: 0 },
  scheduleLagMicros: null,
  generatorLagMicros: null,
  blockedMicros: null,
  timeline: [],
  injected: null,
  generator: {
    pacing: 'nap',
    cpuSeconds: null,
    cpuMicrosPerMessage: null,
    turnGapMicros: null,
    burstMessages: null,
    gcPauseTotalMicros: 0,
    gcPauseMaxMicros: 0,
    cpuPressure: null,
  },
  effective: { producer: {}, consumers: {}, topic: {} },
  warmupMicros: 0,
  durations: { setupMicros: 0, loadMicros: 0, drainMicros: 0 },
};

const runTrialOf = (cell: string, trial: BaselineTrial): RunTrial => ({
  cell,
  trial: { ...leftOut, ...trial },
  distributions: {},
});

function findCell({ cells, reference }: Whole, written: string): SideCell {
  const exact = cells.filter(({ id, label }) => id === written || label === written);
  const found = exact.length > 0 ? exact : cells.filter(({ id }) => id.startsWith(written));
  if (found.length === 1) return found[0] as SideCell;
  const ids = cells.map(({ id }) => id);
  const meant = didYouMean(written, ids);
  throw new HarnessError(
    'usage',
    found.length > 1
      ? `${found.length} cells of ${reference} begin with "${written}".`
      : `${reference}: there is no cell "${written}".`,
    { hint: meant === undefined ? `Its cells: ${ids.join(', ')}.` : `Did you mean "${meant}"?` },
  );
}

/** Settings of the command line that ask for more or other trials, and not for other ones. */
const harmless: ReadonlySet<string> = new Set(['repeat', 'seed']);

/** Why a run should be nobody's baseline; empty for a sound one. */
export function blemishesOf(result: Result, run: StoredRun): string[] {
  const has = (...reasons: readonly string[]): boolean => reasons.some(reason => result.reasons.includes(reason));
  const isPartial = result.finishedAt === null || has('incomplete', 'interrupted', 'terminated', 'environment');
  const overridden = Object.keys(result.overridden).filter(path => !harmless.has(path));
  return [
    ...(isPartial ? ['partial'] : []),
    ...(has('invalid') ? ['invalid'] : []),
    ...(has('integrity') ? ['broken delivery'] : []),
    ...(commitOf(run)?.endsWith('-dirty') ? ['dirty'] : []),
    ...(overridden.length > 0 ? [`overridden (${overridden.join(', ')})`] : []),
  ];
}

/** What a baseline is made of, besides the run. */
export interface BaselineFacts {
  readonly name: string;
  readonly fingerprint: Fingerprint;
  readonly savedAt: Date;
  /** From `blemishesOf`. */
  readonly forced: readonly string[];
}

/** A run as a baseline. */
export function baselineOf(run: StoredRun, { name, fingerprint, savedAt, forced }: BaselineFacts): Baseline {
  const { header } = run;
  const primary = header.compare.primary;
  return {
    baselineVersion: 1,
    name,
    scenario: header.name,
    runId: header.runId,
    commit: commitOf(run),
    startedAt: run.startedAt,
    savedAt: savedAt.toISOString(),
    repeat: header.repeat,
    forced: [...forced],
    fingerprint,
    compare: { primary: [...primary], delta: { ...header.compare.delta } },
    cells: header.cells.filter(isOwn).map(({ id, label, factors }) => {
      const trials = countingTrials(run, id);
      const kept = trials.map(({ trial }) => keptOf(trial, primary));
      return { id, label, factors, trials: kept, histograms: histogramsOf(trials, primary) };
    }),
  };
}

/** Whole distributions of the latencies that decide. */
function histogramsOf(trials: readonly RunTrial[], primary: readonly string[]): BaselineCell['histograms'] {
  const names = new Set(primary.map(metric => metric.split('.')[0]));
  const wanted = (['ack', 'service', 'endToEnd'] as const).filter(name => names.has(name));
  return Object.fromEntries(
    wanted.flatMap(name => {
      const merged = mergedOf(trials, name);
      return merged === null ? [] : [[name, encodeHistogram(merged)]];
    }),
  );
}

function keptOf(trial: RunTrial['trial'], primary: readonly string[]): BaselineTrial {
  const { block, attempt, startedAt, isOpenLoop, counts, rates, ackMicros, serviceMicros, endToEndMicros } = trial;
  const needsGroups = primary.some(metric => isReadFromGroups(metric));
  return {
    block,
    attempt,
    startedAt,
    isOpenLoop,
    counts,
    rates,
    ackMicros,
    serviceMicros,
    endToEndMicros,
    batches: trial.batches,
    windowMicros: trial.windowMicros,
    groups: needsGroups ? trial.groups.map(slimGroup) : [],
    partitions: primary.includes('partitionSkew') ? trial.partitions.map(slimPartition) : [],
  };
}

/** The whole trial has its own figures of these. */
const ofWholeTrial = /^(endToEnd\.|consumedPerSecond$)/;
const isReadFromGroups = (metric: string): boolean =>
  metrics[metric as MetricName]?.perGroup === true && !ofWholeTrial.test(metric);

type Group = RunTrial['trial']['groups'][number];
type Partition = RunTrial['trial']['partitions'][number];

const slimGroup = (group: Group): Group => ({
  ...group,
  members: [],
  lag: { ...group.lag, samples: [], worstByPartition: [] },
});
const slimPartition = (partition: Partition): Partition => ({ ...partition, ackMicros: null, endToEndMicros: null });
