/** Runs one trial: prepare, start together, warm up, measure, drain, verify, and add the reports up. */
import type { Assignment } from '../plan/assignment.ts';
import type { PlannedFault } from '../plan/faults.ts';
import { nowMicros } from '../support/clock.ts';
import { HarnessError } from '../support/errors.ts';
import type { EffectiveSettings } from '../drivers/driver.ts';
import { whereBrokersAre } from './broker-place.ts';
import { BrokerWatch } from './broker-watch.ts';
import { awaitCatchUp } from './catch-up.ts';
import { GroupConduct } from './conduct.ts';
import { Crew } from './crew.ts';
import { settledEndOffsets } from './end-offsets.ts';
import type { PhaseName, TrialPlace } from './events.ts';
import { openFaultConduct } from './faults/conduct.ts';
import { measureFaults } from './faults/measure.ts';
import type { Ground } from './ground.ts';
import { LagWatch } from './lag-watch.ts';
import { LiveWatch } from './live.ts';
import { generatorOf } from './generator.ts';
import type { Capacity } from './headrooms.ts';
import { watchHost } from './host-watch.ts';
import type { TrialMeasurement } from './measurement.ts';
import { mergeReports, producersOf } from './merge-reports.ts';
import { type Miss, RunningChecks, type RunningDemand } from './running-checks.ts';
import type { Pacing } from './pump.ts';
import type { WorkerChannel, WorkerReport } from './protocol.ts';
import type { WarmupWatch } from './warmup-watch.ts';

export interface TrialSettings {
  readonly place: TrialPlace;
  readonly assignments: readonly Assignment[];
  readonly ground: Ground;
  /** What is to break, by its time. */
  readonly faults: readonly PlannedFault[];
  readonly pacing: Pacing;
  /** What the generator could do alone; null where that is not known. */
  readonly capacity: Capacity | null;
  readonly isOpenLoop: boolean;
  readonly isAcknowledged: boolean;
  readonly warmupMicros: number;
  readonly measureMicros: number;
  readonly deliveryTimeoutMicros: number;
  /** What is judged while the trial runs. */
  readonly checks: readonly RunningDemand[];
  /** Of a pilot: ends it when its load is steady. */
  readonly warmup?: WarmupWatch;
  /** How long messages after the window may take to get their outcome, and how long a stopped trial drains. */
  readonly drainTimeoutMicros: number;
  /** From the word to start until all start; time enough for workers of this host unless given. */
  readonly startDelayMicros?: number;
}

export interface TrialHooks {
  open(assignment: Assignment): WorkerChannel;
  watch(phase: PhaseName, elapsedMicros: number, plannedMicros: number | null, live: LiveWatch): void;
  /** A check was missed; the first time in the trial. */
  missed(miss: Miss): void;
  /** Watches the hosts that make the load; this one unless given. */
  readonly watchHost?: typeof watchHost;
  readonly signal: AbortSignal;
}

/** Groups that read on have at least so long after the load to read everything. */
const leastCatchUpMicros = 60e6;

/** From the word to start until all start: time for the word to reach every worker. */
const startDelayHereMicros = 50_000;

/**
 * Runs the trial on its ground; with the signal, or by a check that ends it, it stops early and measures what there is until then.
 * @throws what a worker threw; nothing of the trial is left running.
 */
export async function runTrial(settings: TrialSettings, hooks: TrialHooks): Promise<TrialMeasurement> {
  const setupBeganMicros = nowMicros();
  const live = new LiveWatch(settings);
  const { ground } = settings;
  const before = await ground.endOffsets();
  const appended = { total: 0 };
  const checks = new RunningChecks(settings.checks, settings, miss => hooks.missed(miss));
  await using crew = new Crew(assignment => hooks.open(assignment), {
    progress(progress, assignment) {
      live.add(assignment, progress);
      if (progress.judged !== null) {
        checks.told(assignment, progress.judged, crew.working);
        settings.warmup?.told(assignment, progress.judged);
      }
      appended.total += settings.isAcknowledged ? progress.acked : progress.sent;
      conduct.appended(appended.total);
    },
    positions: nextOffsets => conduct.watch.moved(nextOffsets),
    owns: change => conduct.watch.owns(change),
    reported: (report, assignment) => checks.ended(assignment, report),
  });
  const conduct = new GroupConduct({ ...settings, before }, crew);
  using _conduct = { [Symbol.dispose]: () => conduct.close() };
  await using faults = openFaultConduct(settings, hooks.signal);
  await Promise.all([
    crew.hire(
      settings.assignments.filter(({ role }) => role === 'produce'),
      hooks.signal,
    ),
    conduct.gather(hooks.signal),
  ]);
  if (hooks.signal.aborted) throw new HarnessError('interrupted', 'The trial was stopped before it began.');
  const { startDelayMicros = startDelayHereMicros } = settings;
  const startMicros = nowMicros() + startDelayMicros;
  const windowStartMicros = startMicros + settings.warmupMicros;
  const startedAt = new Date(Date.now() + startDelayMicros / 1e3);
  ground.windowBeginsAt(windowStartMicros, startMicros, settings.measureMicros);
  crew.start(startMicros);
  conduct.begin(startMicros);
  faults?.begin(windowStartMicros);
  checks.begin(windowStartMicros, crew.working);
  settings.warmup?.begin(windowStartMicros, crew.working);
  live.begin(startMicros);
  const host = (hooks.watchHost ?? watchHost)(startMicros, settings);
  const { brokerFigures } = ground;
  await using brokerWatch = brokerFigures === undefined ? null : new BrokerWatch(brokerFigures, windowStartMicros);
  const isExcused = (): boolean => faults?.isDisturbed ?? false;
  await using lagWatch = new LagWatch(ground, conduct.watch, { before, windowStartMicros, isExcused });
  live.unread = () => lagWatch.unread;
  live.unreadByGroup = () => lagWatch.unreadByGroup;
  {
    using _ = showPhases(startMicros, settings, hooks, live);
    const ends = settings.warmup === undefined ? [checks.signal] : [checks.signal, settings.warmup.signal];
    await crew.windowResolved(AbortSignal.any([hooks.signal, ...ends]));
  }
  checks.stop();
  const drainBeganMicros = nowMicros();
  const measureMicros =
    checks.endedBy === null
      ? settings.measureMicros
      : Math.min(settings.measureMicros, drainBeganMicros - windowStartMicros);
  // before the producers stop: what waits for a broker is to get an answer
  await faults?.end({ isCutShort: checks.endedBy !== null });
  await conduct.end();
  await crew.stopProducers(settings.drainTimeoutMicros);
  const producedUntilMicros = nowMicros();
  await faults?.untilWell();
  // closed first: what was sent with acks 0 may still be on its way to the end offsets
  const produced = await crew.finish('produce');
  const ends = await settledEndOffsets(ground, before, expectedAppends(produced, settings));
  const mostMicros = Math.max(settings.drainTimeoutMicros, leastCatchUpMicros);
  const late = await awaitCatchUp(conduct.watch, crew, { before, ends, mostMicros });
  await lagWatch[Symbol.asyncDispose]();
  const logStarts = await ground.logStarts();
  const endMicros = nowMicros();
  const reports = [...produced, ...(await crew.finish('consume'))];
  const seen = { before, ends, logStarts, late, windowStartMicros, endMicros, conduct, lagWatch };
  const merged = mergeReports(reports, { ...settings, measureMicros }, seen);
  return {
    cell: settings.place.cell,
    block: settings.place.block,
    attempt: settings.place.attempt,
    startedAt: startedAt.toISOString(),
    windowStartUnixMillis: startedAt.getTime() + settings.warmupMicros / 1e3,
    isOpenLoop: settings.isOpenLoop,
    windowMicros: measureMicros,
    warmupMicros: settings.warmupMicros,
    deliveryTimeoutMicros: settings.deliveryTimeoutMicros,
    durations: {
      setupMicros: startMicros - setupBeganMicros,
      loadMicros: drainBeganMicros - startMicros,
      drainMicros: nowMicros() - drainBeganMicros,
    },
    ...merged.figures,
    injected: ground.injected(),
    ...(faults === null
      ? {}
      : {
          faults: measureFaults(
            { ...faults.seen(), produced, windowStartMicros, endMicros: producedUntilMicros },
            { ...ground, ...merged.figures, warmupMicros: settings.warmupMicros, measureMicros },
          ),
        }),
    ...(brokerWatch === null ? {} : { brokers: brokerWatch.measurement(measureMicros) }),
    generator: generatorOf(reports, {
      ...settings,
      ...merged,
      brokers: whereBrokersAre(ground, settings.pacing),
      host: await host.figures(),
    }),
    effective: { ...effectiveOf(crew.effective), topic: ground.topicConfig },
    findings: [
      ...(checks.endedBy === null ? [] : [{ code: 'aborted-by-check' as const, ...checks.endedBy }]),
      ...late,
      ...merged.findings,
    ],
  };
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

/** How many messages the brokers must have: what they acknowledged; with acks 0, what was sent. */
function expectedAppends(reports: readonly WorkerReport[], { isAcknowledged }: TrialSettings): number {
  return producersOf(reports).reduce((sum, { sent, total }) => sum + (isAcknowledged ? total.acked : sent), 0);
}

function effectiveOf(
  effective: ReadonlyMap<Assignment, EffectiveSettings>,
): Pick<TrialMeasurement['effective'], 'producer' | 'consumers'> {
  const consumers: Record<string, EffectiveSettings> = {};
  let producer: EffectiveSettings = {};
  for (const [assignment, settings] of effective) {
    if (assignment.role === 'produce') producer = settings;
    else consumers[assignment.group] = settings;
  }
  return { producer, consumers };
}
