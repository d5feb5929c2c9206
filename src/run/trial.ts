/** Runs one trial: prepare, start together, warm up, measure, drain, verify, and add the reports up. */
import { mergeHistograms } from '../measure/histogram.ts';
import type { Assignment } from '../plan/assignment.ts';
import { nowMicros } from '../support/clock.ts';
import { HarnessError } from '../support/errors.ts';
import { Crew, type CrewEvents } from './crew.ts';
import type { PhaseName, TrialPlace } from './events.ts';
import type { Ground } from './ground.ts';
import { LiveWatch } from './live.ts';
import type { EffectiveSettings } from '../drivers/driver.ts';
import type { GeneratorMeasurement, RunFinding, TrialMeasurement, TrialTotals } from './measurement.ts';
import {
  type GroupReports,
  type MergeContext,
  mergeBatches,
  mergeCounts,
  mergeGroup,
  mergeLatencies,
  mergePartitions,
  mergeRates,
  mergeTimeline,
  mergeTotals,
} from './merge.ts';
import { cpuStallMicros } from './pressure.ts';
import type { Pacing } from './pump.ts';
import type { ProducerReport, WorkerChannel, WorkerReport } from './protocol.ts';

export interface TrialSettings {
  readonly place: TrialPlace;
  readonly assignments: readonly Assignment[];
  readonly ground: Ground;
  readonly pacing: Pacing;
  readonly isOpenLoop: boolean;
  readonly isAcknowledged: boolean;
  readonly warmupMicros: number;
  readonly measureMicros: number;
  readonly deliveryTimeoutMicros: number;
  /** How long messages after the window may take to get their outcome, and how long a stopped trial drains. */
  readonly drainTimeoutMicros: number;
}

export interface TrialHooks {
  open(assignment: Assignment): WorkerChannel;
  watch(phase: PhaseName, elapsedMicros: number, plannedMicros: number | null, live: LiveWatch): void;
  readonly signal: AbortSignal;
}

/** From the word to start until all start: time for the word to reach every worker. */
const startDelayMicros = 50_000;

/** Consumers that have read nothing new for so long will not catch up any more. */
const catchUpPatienceMicros = 10e6;

/**
 * Runs the trial on its ground; with the signal it stops early and measures what there is until then.
 * @throws what a worker threw; nothing of the trial is left running.
 */
export async function runTrial(settings: TrialSettings, hooks: TrialHooks): Promise<TrialMeasurement> {
  const setupBeganMicros = nowMicros();
  const live = new LiveWatch();
  const catchUp = new CatchUp(settings);
  await using crew = hire(settings, hooks, {
    progress: progress => live.add(progress),
    positions: (group, nextOffsets) => catchUp.moved(group, nextOffsets),
  });
  const before = await settings.ground.endOffsets();
  const ready = await crew.prepare(hooks.signal);
  if (hooks.signal.aborted) throw new HarnessError('interrupted', 'The trial was stopped before it began.');
  const startMicros = nowMicros() + startDelayMicros;
  const startedAt = new Date(Date.now() + startDelayMicros / 1e3);
  settings.ground.windowBeginsAt(startMicros + settings.warmupMicros, startMicros, settings.measureMicros);
  crew.start(startMicros);
  const pressure = watchPressure(startMicros, settings);
  {
    using _ = showPhases(startMicros, settings, hooks, live);
    await crew.windowResolved(hooks.signal);
  }
  const drainBeganMicros = nowMicros();
  await crew.stopProducers(settings.drainTimeoutMicros);
  const ends = await settings.ground.endOffsets();
  const late = await catchUp.wait(crew, before, ends);
  const reports = await crew.finish();
  const merged = mergeReports(reports, settings, appendedBetween(before, ends));
  return {
    cell: settings.place.cell,
    block: settings.place.block,
    attempt: settings.place.attempt,
    startedAt: startedAt.toISOString(),
    windowStartUnixMillis: startedAt.getTime() + settings.warmupMicros / 1e3,
    isOpenLoop: settings.isOpenLoop,
    windowMicros: settings.measureMicros,
    warmupMicros: settings.warmupMicros,
    deliveryTimeoutMicros: settings.deliveryTimeoutMicros,
    durations: {
      setupMicros: startMicros - setupBeganMicros,
      loadMicros: drainBeganMicros - startMicros,
      drainMicros: nowMicros() - drainBeganMicros,
    },
    ...merged.figures,
    injected: settings.ground.injected(),
    generator: generatorOf(reports, await pressure.share(), settings.pacing),
    effective: effectiveOf(ready),
    findings: [...late, ...merged.findings],
  };
}

function hire({ assignments }: TrialSettings, hooks: TrialHooks, events: CrewEvents): Crew {
  return new Crew(
    assignments.map(assignment => ({ assignment, channel: hooks.open(assignment) })),
    events,
  );
}

/** Tells the watcher every quarter of a second where the trial is. */
function showPhases(startMicros: number, settings: TrialSettings, hooks: TrialHooks, live: LiveWatch): Disposable {
  const show = (): void => {
    const elapsed = Math.max(0, nowMicros() - startMicros);
    const { warmupMicros, measureMicros } = settings;
    if (elapsed < warmupMicros) hooks.watch('warmup', elapsed, warmupMicros, live);
    else if (elapsed < warmupMicros + measureMicros)
      hooks.watch('measure', elapsed - warmupMicros, measureMicros, live);
    else hooks.watch('drain', elapsed - warmupMicros - measureMicros, null, live);
  };
  const timer = setInterval(show, 250);
  return { [Symbol.dispose]: () => clearInterval(timer) };
}

/** Follows the groups' positions and waits until each has read all there is. */
class CatchUp {
  readonly #positions = new Map<string, Float64Array>();
  #movedAtMicros = 0;

  constructor({ assignments }: TrialSettings) {
    for (const assignment of assignments) {
      if (assignment.role === 'consume') this.#positions.set(assignment.group, new Float64Array(0));
    }
  }

  moved(group: string, nextOffsets: Float64Array): void {
    const known = this.#positions.get(group) ?? new Float64Array(0);
    const merged = Float64Array.from(nextOffsets, (next, i) => Math.max(next, known[i] ?? -1));
    if (merged.some((next, i) => next > (known[i] ?? -1))) this.#movedAtMicros = nowMicros();
    this.#positions.set(group, merged);
  }

  /** Resolves when every group has reached the end offsets, or has read nothing new for some time: then it says who lacks what. */
  async wait(crew: Crew, before: readonly number[], ends: readonly number[]): Promise<RunFinding[]> {
    const beganMicros = nowMicros();
    this.#movedAtMicros = beganMicros;
    const giveUp = new AbortController();
    const timer = setInterval(() => {
      if (nowMicros() - this.#movedAtMicros > catchUpPatienceMicros) giveUp.abort();
    }, 100);
    try {
      await crew.until(() => this.#missing(before, ends).length === 0, giveUp.signal);
    } finally {
      clearInterval(timer);
    }
    return this.#missing(before, ends).map(({ group, missing }) => ({
      code: 'consumers-did-not-catch-up',
      group,
      missing,
      waitedMicros: nowMicros() - beganMicros,
    }));
  }

  #missing(before: readonly number[], ends: readonly number[]): { group: string; missing: number }[] {
    return [...this.#positions]
      .map(([group, positions]) => ({
        group,
        missing: ends.reduce((sum, end, i) => sum + Math.max(0, end - Math.max(positions[i] ?? -1, before[i] ?? 0)), 0),
      }))
      .filter(({ missing }) => missing > 0);
  }
}

function appendedBetween(before: readonly number[], after: readonly number[]): number {
  return after.reduce((sum, end, i) => sum + end - (before[i] ?? 0), 0);
}

type MergedFigures = Pick<
  TrialMeasurement,
  'counts' | 'totals' | 'rates' | 'latencies' | 'groups' | 'partitions' | 'batches' | 'timeline'
>;

function mergeReports(
  reports: readonly WorkerReport[],
  settings: TrialSettings,
  appended: number,
): { figures: MergedFigures; findings: RunFinding[] } {
  const producers = reports.flatMap(report => (report.role === 'produce' ? report.producers : []));
  const consuming = reports.flatMap(report => (report.role === 'consume' ? report : []));
  const groups = [...Map.groupBy(consuming, ({ group }) => group)].map(([group, ofGroup]) => ({
    group,
    members: ofGroup.flatMap(({ members }) => members),
  }));
  const { topics, partitionsPerTopic } = settings.ground;
  const context: MergeContext = { ...settings, topics, partitionsPerTopic, appended };
  const measured = groups.map(group => mergeGroup(group, producers, context));
  const totals = mergeTotals(producers, appended);
  return {
    figures: {
      counts: mergeCounts(producers, measured, context),
      totals,
      rates: mergeRates(producers, groups, context),
      latencies: mergeLatencies(producers, groups, context),
      groups: measured,
      partitions: mergePartitions(producers, groups, context),
      batches: mergeBatches(producers),
      timeline: mergeTimeline(producers, groups, context),
    },
    findings: [...findingsOfProducers(producers), ...findingsOfGroups(groups), ...offsetsFinding(totals)],
  };
}

function findingsOfProducers(producers: readonly ProducerReport[]): RunFinding[] {
  const errors = new Map<string, number>();
  for (const { message, count } of producers.flatMap(producer => producer.errors)) {
    errors.set(message, (errors.get(message) ?? 0) + count);
  }
  const repeated = producers.reduce((sum, { repeatedOutcomes }) => sum + repeatedOutcomes, 0);
  if (repeated > 0) errors.set('The client reported an outcome for messages that had one already.', repeated);
  const guarded = producers.some(({ guardTripped }) => guardTripped);
  return [
    ...[...errors].map(([message, count]) => ({ code: 'client-error' as const, message, count })),
    ...(guarded
      ? [
          {
            code: 'memory-guard' as const,
            outstanding: producers.reduce((sum, { sent, total }) => sum + sent - total.acked, 0),
          },
        ]
      : []),
  ];
}

function findingsOfGroups(groups: readonly GroupReports[]): RunFinding[] {
  return groups.flatMap(({ group, members }) => {
    const rebalances = members.reduce((sum, { rebalancesAtMicros }) => sum + rebalancesAtMicros.length, 0);
    const foreign = members.reduce((sum, member) => sum + member.foreign, 0);
    const errors = members.flatMap(({ error }) => (error === null ? [] : [error.message]));
    return [
      ...(rebalances > 0 ? [{ code: 'rebalanced' as const, group, count: rebalances }] : []),
      ...(foreign > 0 ? [{ code: 'foreign-messages' as const, count: foreign }] : []),
      ...errors.map(message => ({ code: 'client-error' as const, message, count: 1 })),
    ];
  });
}

/** Over the whole trial, acknowledged ≤ appended ≤ acknowledged + failed + unresolved + retried. */
function offsetsFinding({ acked, failed, unresolved, retries, appended }: TrialTotals): RunFinding[] {
  const atMost = acked + failed + unresolved + retries;
  return appended >= acked && appended <= atMost
    ? []
    : [{ code: 'offsets-disagree', appended, atLeast: acked, atMost }];
}

/** Measures the share of the window in which something waited for a CPU. */
function watchPressure(
  startMicros: number,
  { warmupMicros, measureMicros }: TrialSettings,
): { share(): Promise<number | null> } {
  const sampleAt = (atMicros: number): Promise<number | null> =>
    new Promise(resolve => {
      const timer = setTimeout(() => resolve(cpuStallMicros()), Math.max(0, (atMicros - nowMicros()) / 1e3));
      timer.unref();
    });
  const from = sampleAt(startMicros + warmupMicros);
  const to = sampleAt(startMicros + warmupMicros + measureMicros);
  return {
    async share() {
      if (nowMicros() < startMicros + warmupMicros + measureMicros) return null;
      const [stalledBefore, stalledAfter] = await Promise.all([from, to]);
      return stalledBefore === null || stalledAfter === null ? null : (stalledAfter - stalledBefore) / measureMicros;
    },
  };
}

function generatorOf(
  reports: readonly WorkerReport[],
  cpuPressure: number | null,
  pacing: Pacing,
): GeneratorMeasurement {
  const threads = reports.map(({ thread }) => thread);
  const producing = reports.filter(report => report.role === 'produce');
  const cpuKnown = threads.every(({ cpuSeconds }) => cpuSeconds !== null);
  return {
    pacing,
    cpuSeconds: cpuKnown ? threads.reduce((sum, { cpuSeconds }) => sum + (cpuSeconds ?? 0), 0) : null,
    turnGap: mergeHistograms(producing.map(({ turnGap }) => turnGap)).toData(),
    burst: mergeHistograms(producing.map(({ burst }) => burst)).toData(),
    workFraction: null,
    gcPauseTotalMicros: threads.reduce((sum, { gcPauseTotalMicros }) => sum + gcPauseTotalMicros, 0),
    gcPauseMaxMicros: Math.max(0, ...threads.map(({ gcPauseMaxMicros }) => gcPauseMaxMicros)),
    cpuPressure,
  };
}

function effectiveOf(
  ready: ReadonlyMap<Assignment, { readonly effective: EffectiveSettings }>,
): TrialMeasurement['effective'] {
  const consumers: Record<string, EffectiveSettings> = {};
  let producer: EffectiveSettings = {};
  for (const [assignment, { effective }] of ready) {
    if (assignment.role === 'produce') producer = effective;
    else consumers[assignment.group] = effective;
  }
  return { producer, consumers };
}
