/** Runs a plan trial by trial, and says what happens as one stream of events; stores nothing. */
import { assignTrial, workersOf } from '../plan/assign.ts';
import type { Assignment } from '../plan/assignment.ts';
import { faultsOf } from '../plan/faults.ts';
import type { Cell, Plan, TrialSlot } from '../plan/plan.ts';
import { groupStartsOf } from '../plan/groups.ts';
import { isAmong } from '../plan/matrix.ts';
import { withWarmup } from '../plan/pilot.ts';
import { rehearsals } from '../plan/rehearsal.ts';
import { readPayloadFile } from '../load/payload-file.ts';
import { loadDriver } from '../drivers/registry.ts';
import { HarnessError, serializeError } from '../support/errors.ts';
import { Queue } from '../support/queue.ts';
import {
  type EarlierTrials,
  endedCells,
  isBeyondRepair,
  mostAttempts,
  noEarlierTrials,
  repeatedIn,
  startOf,
  trialsLeft,
  type TrialStart,
  wasEndedByCheck,
} from './earlier.ts';
import type { RunEvent, TrialPlace } from './events.ts';
import type { Grounds } from './grounds.ts';
import type { RunFinding, TrialMeasurement } from './measurement.ts';
import { Headrooms, type OpenOn } from './headrooms.ts';
import type { LoadHosts } from './load-hosts.ts';
import { findWarmup, foundBefore, type PilotRule, pilotRule, unsettledIn } from './pilots.ts';
import { openProcess } from './processes.ts';
import type { WorkerChannel } from './protocol.ts';
import { openThreads, type ThreadPool } from './threads.ts';
import type { RunningDemand } from './running-checks.ts';
import { runTrial } from './trial.ts';
import type { WarmupWatch } from './warmup-watch.ts';

export interface RunOptions {
  /** Names topics, groups and clients, and tells this run's messages from all others. */
  readonly runId: string;
  readonly grounds: Grounds;
  /** Stops the run: the current trial drains and is reported as aborted, no other begins. */
  readonly signal: AbortSignal;
  /** Whether what a trial measured is of no use, so that it is to be run again; no trial unless given. */
  readonly mustRepeat?: (measurement: TrialMeasurement) => boolean;
  /** Asked once, after the last trial of the plan's order: further trials to run; none unless given. */
  readonly extend?: () => Promise<readonly TrialSlot[]>;
  /** How long a trial waits for outcomes after its window, beyond those of the window itself. */
  readonly drainTimeoutMicros: number;
  /** How often a trial that failed is run again, at once; never unless given. */
  readonly retryFailed?: number;
  /** What was done before the run was interrupted. */
  readonly earlier?: EarlierTrials;
  /** How `warmup: auto` is found; by the rule of `pilots` unless given. */
  readonly pilots?: PilotRule;
  /** Where the workers are; on this host unless given. */
  readonly hosts?: LoadHosts | null;
}

/** Of the trials: where more of them are useless, another attempt is no remedy. */
const mostRepeated = 0.4;

/**
 * Runs the plan's trials in its order. A trial that fails is reported and the run goes on; a broken environment (no broker,
 * disk full) ends it.
 * @throws HarnessError `environment` when nothing more can be run
 */
export async function* runPlan(plan: Plan, options: RunOptions): AsyncGenerator<RunEvent, void, void> {
  const most = Math.max(...plan.cells.map(({ scenario }) => workersOf(scenario)));
  await using threads = openThreads(most);
  await using headrooms = new Headrooms();
  const means = { threads, headrooms };
  const { earlier = noEarlierTrials } = options;
  const first =
    trialsLeft(plan.order, earlier).length +
    (earlier.isExtended ? trialsLeft(plan.extension ?? [], earlier).length : 0);
  if (first > 0) yield* rehearse(plan, options, means);
  const found =
    earlier.warmup === null && first > 0 ? yield* pilots(plan, options, means) : foundBefore(plan, earlier.warmup);
  if (options.signal.aborted) return;
  const { warmup, failed } = found;
  const cells = warmup === null ? plan.cells : plan.cells.map(cell => withWarmup(cell, warmup.micros));
  const course: Course = {
    plan: { ...plan, cells },
    options,
    means,
    earlier,
    repeats: { left: -repeatedIn(earlier) },
    givenUp: new Map([
      ...failed.map(id => [id, 'pilot'] as const),
      ...endedCells(earlier).map(id => [id, 'check'] as const),
    ]),
    unsettled: unsettledIn(warmup),
  };
  yield* inOrder(plan.order, { ...course, done: 0 });
  if (options.signal.aborted) return;
  const extension = earlier.isExtended ? (plan.extension ?? []) : ((await options.extend?.()) ?? []);
  if (extension.length === 0) return;
  if (!earlier.isExtended) yield { type: 'extended', order: extension };
  yield* inOrder(extension, { ...course, done: plan.order.length });
}

const pilots = (plan: Plan, options: RunOptions, means: Means): ReturnType<typeof findWarmup> =>
  findWarmup(plan, options.pilots ?? pilotRule, {
    discarded: options.grounds.trialsToDiscard,
    signal: options.signal,
    run: (cell, place, warmup) => trialEvents({ cell, place, plan, checks: [], ...means, warmup }, options),
  });

type Means = Pick<DueTrial, 'threads' | 'headrooms'>;

/** What trials of a run share. */
interface Course {
  readonly plan: Plan;
  readonly options: RunOptions;
  readonly means: Means;
  readonly earlier: EarlierTrials;
  /** How many trials may be run again. */
  readonly repeats: { left: number };
  /** Cells of which nothing more is run: a check has ended a trial, or their pilot has failed. */
  readonly givenUp: Map<string, 'check' | 'pilot'>;
  /** What is to be said of every trial of a cell whose pilot found no steady state. */
  readonly unsettled: ReadonlyMap<string, RunFinding>;
}

/** Runs trials one after the other; `done` is how many came before. */
async function* inOrder(
  order: readonly TrialSlot[],
  { plan, options, means, earlier, repeats, givenUp, unsettled, done }: Course & { readonly done: number },
): AsyncGenerator<RunEvent, void, void> {
  const cells = new Map(plan.cells.map(cell => [cell.id, cell]));
  repeats.left += Math.ceil(order.length * mostRepeated);
  for (const [index, { block, cell: id }] of order.entries()) {
    if (options.signal.aborted) return;
    const start = startOf({ block, cell: id }, earlier);
    if (start === null) continue;
    const { attempt } = start;
    const place: TrialPlace = { cell: id, block, attempt, position: done + index + 1, of: done + order.length };
    const because = givenUp.get(id);
    if (because !== undefined) {
      yield { type: 'trial-skipped', trial: place, because };
      continue;
    }
    const cell = cells.get(id) as Cell;
    const known = [unsettled.get(id) ?? []].flat();
    const due: DueTrial = { cell, place, plan, ...means, checks: checksOf(cell), known };
    for await (const event of attempts(due, start, options, repeats)) {
      yield event;
      if (event.type === 'trial-done' && wasEndedByCheck(event.measurement)) givenUp.set(id, 'check');
    }
  }
}

/** What is judged in the cell while its trials run: nothing of a side that is only held against, whose checks nobody judges. */
const checksOf = ({ scenario, factors, side }: Cell): RunningDemand[] =>
  scenario.checks.filter(
    ({ every, abort, where }) => side !== 'against' && (every !== null || abort) && isAmong(factors, where),
  );

/** Runs a trial, and at once again where that is of use: it must keep its place between the others. */
async function* attempts(
  due: DueTrial,
  start: TrialStart,
  options: RunOptions,
  repeats: { left: number },
): AsyncGenerator<RunEvent, void, void> {
  let { useless } = start;
  let failures = 0;
  for (let { attempt } = start; ; attempt++) {
    const trial: TrialPlace = { ...due.place, attempt };
    yield { type: 'trial-started', trial };
    let because: 'invalid' | 'failed' | null = null;
    for await (const event of trialEvents({ ...due, place: trial }, options)) {
      yield event;
      if (event.type === 'trial-failed') because = 'failed';
      if (event.type === 'trial-done' && isUseless(event.measurement, options)) because = 'invalid';
    }
    if (because === null || options.signal.aborted) return;
    if (because === 'failed' && failures++ >= (options.retryFailed ?? 0)) return;
    if (because === 'invalid') {
      if (++useless >= mostAttempts || repeats.left <= 0) return;
      repeats.left--;
    }
    yield { type: 'trial-repeated', trial, because };
  }
}

const isUseless = (measurement: TrialMeasurement, { mustRepeat }: RunOptions): boolean =>
  !isBeyondRepair(measurement) && (mustRepeat?.(measurement) ?? false);

/** Runs the trials that are to be thrown away. What fails in one will fail again where it counts. */
async function* rehearse(plan: Plan, options: RunOptions, means: Means): AsyncGenerator<RunEvent, void, void> {
  const cells = rehearsals(plan, options.grounds.trialsToDiscard);
  for (const [index, cell] of cells.entries()) {
    if (options.signal.aborted) return;
    const position = index + 1;
    yield { type: 'rehearsal', cell: cell.id, position, of: cells.length };
    const place: TrialPlace = { cell: cell.id, block: 0, attempt: position, position, of: cells.length };
    await measure({ cell, place, plan, checks: [], ...means }, options, new Queue<RunEvent>());
  }
}

/** A trial that is to be run, and the threads to run it on. */
interface DueTrial {
  readonly cell: Cell;
  readonly place: TrialPlace;
  readonly plan: Plan;
  /** What is judged while it runs. */
  readonly checks: readonly RunningDemand[];
  /** Findings that are known before it begins; none unless given. */
  readonly known?: readonly RunFinding[];
  /** Of a pilot. */
  readonly warmup?: WarmupWatch;
  readonly threads: ThreadPool;
  readonly headrooms: Headrooms;
}

async function* trialEvents(due: DueTrial, options: RunOptions): AsyncGenerator<RunEvent, void, void> {
  const events = new Queue<RunEvent>();
  const ended = measure(due, options, events).then(
    event => {
      events.push(event);
      events.close();
    },
    (error: unknown) => events.close(error),
  );
  yield* events;
  await ended;
}

/** Runs the trial; returns its last event. */
async function measure(due: DueTrial, options: RunOptions, events: Queue<RunEvent>): Promise<RunEvent> {
  const { place: trial } = due;
  const { signal } = options;
  events.push({ type: 'trial-progress', trial, phase: 'setup', elapsedMicros: 0, plannedMicros: null, figures: null });
  try {
    const measurement = await measureOn(due, options, events);
    return signal.aborted ? { type: 'trial-aborted', trial, measurement } : { type: 'trial-done', trial, measurement };
  } catch (error) {
    if (signal.aborted) return { type: 'trial-aborted', trial, measurement: null };
    if (error instanceof HarnessError && error.reason === 'environment') throw error;
    return { type: 'trial-failed', trial, error: serializeError(error) };
  }
}

async function measureOn(
  { cell, place: trial, plan, checks, known = [], warmup, threads, headrooms }: DueTrial,
  { grounds, runId, signal, drainTimeoutMicros, hosts = null }: RunOptions,
  events: Queue<RunEvent>,
): Promise<TrialMeasurement> {
  await hosts?.ready(signal);
  await using ground = await grounds.open(cell, trial);
  const { content } = cell.scenario.messages;
  const positions = await ground.placeGroups(groupStartsOf(cell.scenario, ground.groups));
  const assigned = assignTrial(cell.scenario, {
    runId,
    seed: plan.seed,
    trial,
    topics: ground.topics,
    partitionsPerTopic: ground.partitionsPerTopic,
    brokers: ground.brokers,
    security: ground.security,
    simulatedBroker: ground.simulatedBroker,
    pacing: ground.pacing,
    tellsSeconds: checks.length > 0 || warmup !== undefined,
    groups: ground.groups,
    positions,
    lines: content.kind === 'file' ? await readPayloadFile(content.path) : [],
  });
  const kinds = await kindsOf(assigned.assignments);
  const openOn: OpenOn = (assignment, pool) => {
    const kind = kinds.get(assignment.driver) ?? 'thread';
    if (hosts === null) return openWorker(kind, pool);
    return hosts.open(assignment, { in: kind, for: pool === threads ? 'trial' : 'headroom' });
  };
  const open = (assignment: Assignment): WorkerChannel => openOn(assignment, threads);
  // a pilot is judged by its level alone
  const capacity = warmup === undefined ? await headrooms.of(assigned.assignments, openOn) : null;
  const measurement = await runTrial(
    {
      ...assigned,
      place: trial,
      ground,
      faults: faultsOf(cell.scenario, plan.seed, trial.block),
      drainTimeoutMicros,
      capacity,
      checks,
      ...(warmup === undefined ? {} : { warmup }),
      ...(hosts === null ? {} : { startDelayMicros: hosts.startDelayMicros }),
    },
    {
      signal,
      open,
      ...(hosts === null ? {} : { watchHost: (startMicros, spans) => hosts.watch(startMicros, spans) }),
      missed: miss => events.push({ type: 'check-missed', trial, miss }),
      watch: (phase, elapsedMicros, plannedMicros, live) =>
        events.push({ type: 'trial-progress', trial, phase, elapsedMicros, plannedMicros, figures: live.figures() }),
    },
  );
  const { findings, ...settled } = hosts === null ? measurement : hosts.settle(measurement);
  return { ...settled, findings: [...known, ...findings] };
}

/** By driver: what its workers are. */
async function kindsOf(assignments: readonly Assignment[]): Promise<Map<string, 'thread' | 'process'>> {
  const kinds = new Map<string, 'thread' | 'process'>();
  for (const { driver } of assignments) kinds.set(driver, (await loadDriver(driver)).capabilities.host);
  return kinds;
}

function openWorker(kind: 'thread' | 'process', threads: ThreadPool): WorkerChannel {
  return kind === 'process' ? openProcess() : threads.open();
}
