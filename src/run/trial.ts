/** Runs one trial: prepare, start together, warm up, measure, drain, verify, and add the reports up. */
import { mergeHistograms } from '../measure/histogram.ts';
import type { Assignment } from '../plan/assignment.ts';
import { nowMicros } from '../support/clock.ts';
import { HarnessError } from '../support/errors.ts';
import { CatchUp } from './catch-up.ts';
import { Crew, type CrewEvents } from './crew.ts';
import { appendedBetween, settledEndOffsets } from './end-offsets.ts';
import type { PhaseName, TrialPlace } from './events.ts';
import { findingsOfGroups, findingsOfProducers, offsetsFinding } from './findings.ts';
import type { Ground } from './ground.ts';
import { LiveWatch } from './live.ts';
import type { EffectiveSettings } from '../drivers/driver.ts';
import type { GeneratorMeasurement, RunFinding, TrialMeasurement } from './measurement.ts';
import {
  type MergeContext,
  mergeBatches,
  mergeCounts,
  mergeLatencies,
  mergePartitions,
  mergeRates,
  mergeTimeline,
  mergeTotals,
} from './merge.ts';
import { mergeGroup } from './merge-group.ts';
import { watchPressure } from './pressure.ts';
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

/**
 * Runs the trial on its ground; with the signal it stops early and measures what there is until then.
 * @throws what a worker threw; nothing of the trial is left running.
 */
export async function runTrial(settings: TrialSettings, hooks: TrialHooks): Promise<TrialMeasurement> {
  const setupBeganMicros = nowMicros();
  const live = new LiveWatch();
  const catchUp = new CatchUp(settings.assignments);
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
  // closed first: what was sent with acks 0 may still be on its way to the end offsets
  const produced = await crew.finish('produce');
  const ends = await settledEndOffsets(settings.ground, before, expectedAppends(produced, settings));
  const late = await catchUp.wait(crew, before, ends);
  const reports = [...produced, ...(await crew.finish('consume'))];
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
    effective: { ...effectiveOf(ready), topic: settings.ground.topicConfig },
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

const producersOf = (reports: readonly WorkerReport[]): ProducerReport[] =>
  reports.flatMap(report => (report.role === 'produce' ? report.producers : []));

/** How many messages the brokers must have: what they acknowledged; with acks 0, what was sent. */
function expectedAppends(reports: readonly WorkerReport[], { isAcknowledged }: TrialSettings): number {
  return producersOf(reports).reduce((sum, { sent, total }) => sum + (isAcknowledged ? total.acked : sent), 0);
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
  const producers = producersOf(reports);
  const consuming = reports.flatMap(report => (report.role === 'consume' ? report : []));
  const groups = [...Map.groupBy(consuming, ({ group }) => group)].map(([group, ofGroup]) => ({
    group,
    members: ofGroup.flatMap(({ members }) => members),
  }));
  const { topics, partitionsPerTopic, isShared } = settings.ground;
  const context: MergeContext = { ...settings, topics, partitionsPerTopic, isShared, appended };
  const measured = groups.map(group => mergeGroup(group, producers, context));
  const totals = mergeTotals(producers, appended);
  return {
    figures: {
      counts: mergeCounts(producers, measured, context),
      totals,
      rates: mergeRates(producers, groups, context),
      latencies: mergeLatencies(producers, measured, context),
      groups: measured,
      partitions: mergePartitions(producers, groups, context),
      batches: mergeBatches(producers),
      timeline: mergeTimeline(producers, groups, context),
    },
    findings: [
      ...findingsOfProducers(producers),
      ...findingsOfGroups(groups),
      ...offsetsFinding(totals, settings.ground),
    ],
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
    gcPauseTotalMicros: threads.reduce((sum, { gcPauseTotalMicros }) => sum + gcPauseTotalMicros, 0),
    gcPauseMaxMicros: Math.max(0, ...threads.map(({ gcPauseMaxMicros }) => gcPauseMaxMicros)),
    cpuPressure,
  };
}

function effectiveOf(
  ready: ReadonlyMap<Assignment, { readonly effective: EffectiveSettings }>,
): Pick<TrialMeasurement['effective'], 'producer' | 'consumers'> {
  const consumers: Record<string, EffectiveSettings> = {};
  let producer: EffectiveSettings = {};
  for (const [assignment, { effective }] of ready) {
    if (assignment.role === 'produce') producer = effective;
    else consumers[assignment.group] = effective;
  }
  return { producer, consumers };
}
