/** Runs a plan trial by trial, and says what happens as one stream of events; stores nothing. */
import { assignTrial, workersOf } from '../plan/assign.ts';
import type { Assignment } from '../plan/assignment.ts';
import type { Cell, Plan } from '../plan/plan.ts';
import { groupStartsOf } from '../plan/groups.ts';
import { rehearsals } from '../plan/rehearsal.ts';
import { readPayloadFile } from '../load/payload-file.ts';
import { loadDriver } from '../drivers/registry.ts';
import { HarnessError, serializeError } from '../support/errors.ts';
import { Queue } from '../support/queue.ts';
import type { RunEvent, TrialPlace } from './events.ts';
import type { Grounds } from './grounds.ts';
import type { TrialMeasurement } from './measurement.ts';
import { openProcess } from './processes.ts';
import type { WorkerChannel } from './protocol.ts';
import { openThreads, type ThreadPool } from './threads.ts';
import { runTrial } from './trial.ts';

export interface RunOptions {
  /** Names topics, groups and clients, and tells this run's messages from all others. */
  readonly runId: string;
  readonly grounds: Grounds;
  /** Stops the run: the current trial drains and is reported as aborted, no other begins. */
  readonly signal: AbortSignal;
  /** Whether what a trial measured is of no use, so that it is to be run again; no trial unless given. */
  readonly mustRepeat?: (measurement: TrialMeasurement) => boolean;
  /** How long a trial waits for outcomes after its window, beyond those of the window itself. */
  readonly drainTimeoutMicros: number;
}

/** A generator that is too slow for its load will be so again: more than this is a waste of time. */
const mostAttempts = 3;
const mostRepeated = 0.4;

/**
 * Runs the plan's trials in its order. A trial that fails is reported and the run goes on; a broken environment (no broker,
 * disk full) ends it.
 * @throws HarnessError `environment` when nothing more can be run
 */
export async function* runPlan(plan: Plan, options: RunOptions): AsyncGenerator<RunEvent, void, void> {
  const most = Math.max(...plan.cells.map(({ scenario }) => workersOf(scenario)));
  await using threads = openThreads(most);
  yield* rehearse(plan, options, threads);
  const cells = new Map(plan.cells.map(cell => [cell.id, cell]));
  const repeats = { left: Math.ceil(plan.order.length * mostRepeated) };
  for (const [index, { block, cell: id }] of plan.order.entries()) {
    if (options.signal.aborted) return;
    const place: TrialPlace = { cell: id, block, attempt: 1, position: index + 1, of: plan.order.length };
    yield* attempts({ cell: cells.get(id) as Cell, place, plan, threads }, options, repeats);
  }
}

/** Runs a trial, and at once again where what it measured is of no use: it must keep its place between the others. */
async function* attempts(
  due: DueTrial,
  options: RunOptions,
  repeats: { left: number },
): AsyncGenerator<RunEvent, void, void> {
  for (let attempt = 1; ; attempt++) {
    const trial: TrialPlace = { ...due.place, attempt };
    yield { type: 'trial-started', trial };
    let isUseless = false;
    for await (const event of trialEvents({ ...due, place: trial }, options)) {
      yield event;
      isUseless = event.type === 'trial-done' && (options.mustRepeat?.(event.measurement) ?? false);
    }
    if (!isUseless || attempt === mostAttempts || repeats.left === 0 || options.signal.aborted) return;
    repeats.left--;
    yield { type: 'trial-repeated', trial };
  }
}

/** Runs the trials that are to be thrown away. What fails in one will fail again where it counts. */
async function* rehearse(plan: Plan, options: RunOptions, threads: ThreadPool): AsyncGenerator<RunEvent, void, void> {
  const cells = rehearsals(plan, options.grounds.trialsToDiscard);
  for (const [index, cell] of cells.entries()) {
    if (options.signal.aborted) return;
    const position = index + 1;
    yield { type: 'rehearsal', cell: cell.id, position, of: cells.length };
    const place: TrialPlace = { cell: cell.id, block: 0, attempt: position, position, of: cells.length };
    await measure({ cell, place, plan, threads }, options, new Queue<RunEvent>());
  }
}

/** A trial that is to be run, and the threads to run it on. */
interface DueTrial {
  readonly cell: Cell;
  readonly place: TrialPlace;
  readonly plan: Plan;
  readonly threads: ThreadPool;
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
  { cell, place: trial, plan, threads }: DueTrial,
  { grounds, runId, signal, drainTimeoutMicros }: RunOptions,
  events: Queue<RunEvent>,
): Promise<TrialMeasurement> {
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
    groups: ground.groups,
    positions,
    lines: content.kind === 'file' ? await readPayloadFile(content.path) : [],
  });
  const hosts = await hostsOf(assigned.assignments);
  return await runTrial(
    { ...assigned, place: trial, ground, drainTimeoutMicros },
    {
      signal,
      open: assignment => openWorker(hosts.get(assignment.driver) ?? 'thread', threads),
      watch: (phase, elapsedMicros, plannedMicros, live) =>
        events.push({ type: 'trial-progress', trial, phase, elapsedMicros, plannedMicros, figures: live.figures() }),
    },
  );
}

async function hostsOf(assignments: readonly Assignment[]): Promise<Map<string, 'thread' | 'process'>> {
  const hosts = new Map<string, 'thread' | 'process'>();
  for (const { driver } of assignments) hosts.set(driver, (await loadDriver(driver)).capabilities.host);
  return hosts;
}

function openWorker(host: 'thread' | 'process', threads: ThreadPool): WorkerChannel {
  return host === 'process' ? openProcess() : threads.open();
}
