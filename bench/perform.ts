/** Runs one planned scenario and keeps it on disk: cluster, grounds, store, trials. What comes of it is its caller's. */
import {
  conclude,
  describeHost,
  type EarlierTrials,
  type ExitReason,
  exitCodes,
  faultNeedsOf,
  type Grounds,
  HarnessError,
  isInvalid,
  type LoadHosts,
  needsBrokers,
  needsSecondLook,
  newRunId,
  openCluster,
  openGrounds,
  parseDuration,
  type Plan,
  type PlanRecord,
  readRun,
  type RunEvent,
  runPlan,
  type Store,
  storedTrial,
  type TrialMeasurement,
} from '../src/index.ts';
import { watchForFailure } from './fail-fast.ts';
import { openLoadHosts } from './fleet.ts';
import { shapeOf } from './commands/plan.ts';
import { openNewStore, type PerformedScenario, recordOf, reopenStore, type RunMarks } from './keeping.ts';
import { openProgress, type Progress, type ProgressFlags } from './progress.ts';
import { orderLeft, refuseOtherPlan, type Resumption } from './resume.ts';
import type { PlannedScenario } from './scenario-options.ts';
import type { StopSignals } from './signals.ts';
import type { Terminal } from './terminal.ts';

export type { PerformedScenario } from './keeping.ts';

/** How a run is made, whatever is run. */
export interface PerformFlags extends ProgressFlags {
  readonly out: string;
  readonly drainTimeout: string;
  readonly keepTopics: boolean;
  /** As it is written. */
  readonly retryFailed?: string | undefined;
  readonly failFast?: boolean | undefined;
  readonly metricsPort?: string | undefined;
}

/** What a run needs besides its scenario. */
export interface PerformContext {
  readonly flags: PerformFlags;
  readonly drainTimeoutMicros: number;
  readonly terminal: Terminal;
  readonly stop: StopSignals;
  readonly marks?: RunMarks;
  /** Is told of everything that happens in a run with that plan, which is kept in that folder. */
  readonly watch?: (plan: Plan, folder: string) => (event: RunEvent) => void;
  /** Which trials are run again; invalid ones unless given. */
  readonly mustRepeat?: (measurement: TrialMeasurement) => boolean;
  /** The run that is to go on; a new one begins unless given. */
  readonly resumption?: Resumption | null;
  /** What is run when all is ready; the plan's trials unless given. */
  readonly conduct?: Conduct;
}

/** Runs trials, and stores each at once. Returns why it ended early, if it did. */
export type Conduct = (scenario: PlannedScenario, store: Store, sitting: Conducting) => Promise<ExitReason[]>;

/** @throws HarnessError `usage` */
export function drainTimeoutOf({ drainTimeout }: PerformFlags): number {
  const micros = parseDuration(drainTimeout);
  if (micros !== undefined) return micros;
  throw new HarnessError('usage', `--drain-timeout ${drainTimeout} is not a duration.`, { hint: 'Write it like 5s.' });
}

/**
 * Looks at all flags of performing before anything is run; returns the drain time-out.
 * @throws HarnessError `usage` for one that says nothing
 */
export function requirePerformable(flags: PerformFlags): number {
  retriesOf(flags);
  return drainTimeoutOf(flags);
}

/** Nothing comes of a scenario that was stopped before its first trial could begin. */
export const onlyIfStopped =
  ({ signal }: StopSignals) =>
  (error: unknown): null => {
    if (signal.aborted && error instanceof Error && error.name === 'AbortError') return null;
    throw error;
  };

/** Runs the scenario; `settle` is called when all is stored, while brokers and folder are still there. */
export async function performRun<T>(
  scenario: PerformedScenario,
  context: PerformContext,
  settle: (store: Store) => Promise<T>,
): Promise<T> {
  const { flags, resumption = null } = context;
  const { plan, file } = scenario;
  const left = planLeft(plan, resumption);
  using progress = openProgress(flags, left, context);
  const host = await describeHost();
  const runId = resumption?.run.header.runId ?? newRunId(new Date(), host['commit'] as string | null);
  progress.note(`highwater   ${file.sources[0]?.name ?? plan.scenario.name}   ${plan.scenario.question ?? ''}`);
  for (const line of designLines(scenario)) progress.note(line);
  const record = await recordOf(scenario, host);
  if (resumption !== null) {
    refuseOtherPlan(resumption, record);
    const leftover = plan.order.length === 0 ? '' : `: ${left.order.length} of ${plan.order.length} trials are left`;
    progress.note(`resumed     ${runId}${leftover}`);
  }
  await using ground = new AsyncDisposableStack();
  const sitting: Sitting = { ...context, host, record, runId, namesId: namesIdOf(runId, resumption), progress };
  const { grounds, hosts } = await openRunGrounds(ground, scenario, sitting);
  await using store =
    resumption === null
      ? await openNewStore(scenario, grounds, sitting)
      : await reopenStore(resumption, scenario, grounds, sitting);
  const conduct = context.conduct ?? runTrials;
  const reasons = await conduct(scenario, store, { ...sitting, grounds, hosts });
  progress.end();
  await store.end(reasons);
  return await settle(store);
}

/** What one go at a run has. */
interface Sitting extends PerformContext {
  readonly host: Readonly<Record<string, unknown>>;
  readonly record: PlanRecord;
  readonly runId: string;
  /** Names topics, groups and clients, and tells its messages from those of a sitting before. */
  readonly namesId: string;
  readonly progress: Progress;
}

/** A go at a run whose grounds are ready. */
export type Conducting = Sitting & { readonly grounds: Grounds; readonly hosts: LoadHosts | null };

/** Not the beginning of the run's own names: whoever sweeps what a killed sitting left must not meet this one's. */
const namesIdOf = (runId: string, resumption: Resumption | null): string =>
  resumption === null ? runId : `${runId}r${resumption.run.resumed.length + 2}`;

/** What will be run, and how it will be looked at: said before the first outcome is known. */
function designLines({ plan, other }: PerformedScenario): string[] {
  const commit = other?.commit == null ? '' : ` (${other.commit})`;
  return [
    `plan        ${shapeOf(plan)}, seed ${plan.seed}`,
    ...(other === null ? [] : [`against     ${other.name}${commit}, interleaved: every block has the cells of both`]),
    ...(plan.extension === undefined
      ? []
      : [
          `looks       after ${plan.repeat} blocks and, if a primary comparison is inconclusive then, after ${2 * plan.repeat}`,
        ]),
  ];
}

/** Opens the cluster, where any cell needs one, and readies it, and the fleet where there is one; gives up at a signal to stop. */
async function openRunGrounds(
  opened: AsyncDisposableStack,
  { plan, file }: PlannedScenario,
  { flags, stop, namesId, progress }: Sitting,
): Promise<Pick<Conducting, 'grounds' | 'hosts'>> {
  const { scenario, seed } = plan;
  const { signal } = stop;
  const onProgress = (text: string): void => progress.note(`cluster     ${text}`);
  const faultNeeds = faultNeedsOf(plan);
  const options = { onProgress, signal, security: file.security, ...(faultNeeds === null ? {} : { faultNeeds }) };
  const cluster = needsBrokers(plan) ? opened.use(await openCluster(scenario.cluster.source, options)) : null;
  signal.throwIfAborted();
  const topicsAtEnd = flags.keepTopics ? 'keep' : 'delete';
  const grounds = opened.use(
    await openGrounds({ cluster, scenario, runId: namesId, seed, topicsAtEnd, onProgress, signal }),
  );
  signal.throwIfAborted();
  const hosts = await openLoadHosts(opened, plan, cluster, { note: text => progress.note(text), signal });
  signal.throwIfAborted();
  return { grounds, hosts };
}

/** Runs the trials and stores each at once: a later one may fail. Returns why the run ended early, if it did. */
export async function runTrials({ plan }: PlannedScenario, store: Store, context: Conducting): Promise<ExitReason[]> {
  const { stop, grounds, hosts, namesId, progress, drainTimeoutMicros, terminal, flags, resumption } = context;
  const failedBy = flags.failFast === true ? watchForFailure(plan) : () => null;
  const mustRepeat = context.mustRepeat ?? (measurement => isInvalid(storedTrial(measurement)));
  const options = {
    runId: namesId,
    grounds,
    hosts,
    signal: stop.signal,
    drainTimeoutMicros,
    mustRepeat,
    retryFailed: retriesOf(flags),
    extend: () => secondLook(plan, store),
    ...earlierOf(resumption),
  };
  try {
    const watch = context.watch?.(planLeft(plan, resumption), store.folder);
    for await (const event of runPlan(plan, options)) {
      const failed = failedBy(event);
      if (failed !== null) {
        progress.note(`${terminal.sign('bad')} --fail-fast: ${failed} has failed, nothing more is run`);
        break;
      }
      progress.show(event);
      watch?.(event);
      if (event.type === 'warmup-found') await store.warmup(event.warmup);
      if (event.type === 'trial-done') await store.trialDone(event.measurement);
      if (event.type === 'trial-failed') await store.trialFailed(event.trial, event.error);
      if (event.type === 'trial-aborted') await store.trialAborted(event.trial, event.measurement);
      if (event.type === 'extended') await store.extended(event.order);
    }
  } catch (error) {
    if (!(error instanceof HarnessError) || error.exitCode !== exitCodes.environment) throw error;
    terminal.error(`${terminal.sign('bad')} ${error.message}${error.hint === undefined ? '' : `\n  ${error.hint}`}`);
    return ['environment'];
  }
  const why = stop.reason();
  return why === null ? [] : [why];
}

/** The plan with the trials alone that are still to be run. */
const planLeft = (plan: Plan, resumption: Resumption | null | undefined): Plan =>
  resumption ? { ...plan, order: orderLeft(plan, resumption) } : plan;

const earlierOf = (resumption: Resumption | null | undefined): { readonly earlier?: EarlierTrials } =>
  resumption ? { earlier: resumption.earlier } : {};

/** @throws HarnessError `usage` */
function retriesOf({ retryFailed = '0' }: PerformFlags): number {
  const retries = Number(retryFailed);
  if (Number.isInteger(retries) && retries >= 0 && retryFailed.trim() !== '') return retries;
  throw new HarnessError('usage', `--retry-failed ${retryFailed} is not a number of attempts.`, {
    hint: 'Write it like --retry-failed 2.',
  });
}

/** The blocks that the plan keeps for a second look, if the first leaves something open. */
async function secondLook({ extension = [] }: Plan, store: Store): Promise<NonNullable<Plan['extension']>> {
  if (extension.length === 0) return [];
  const { comparisons } = conclude(await readRun(store.folder, { logs: 'leave' }));
  return needsSecondLook(comparisons) ? extension : [];
}
