/** Runs one planned scenario and keeps it on disk: cluster, grounds, store, trials. What comes of it is its caller's. */
import {
  clientVersions,
  conclude,
  describeHost,
  type ExitReason,
  exitCodes,
  type Grounds,
  HarnessError,
  judgeTrial,
  needsBrokers,
  needsSecondLook,
  newRunId,
  openCluster,
  openGrounds,
  openStore,
  parseDuration,
  type Plan,
  readRun,
  resolveDocument,
  runPlan,
  type Store,
  storedTrial,
  type TrialMeasurement,
} from '../src/index.ts';
import type { OtherSide } from './against.ts';
import { shapeOf } from './commands/plan.ts';
import { openProgress, type Progress, type ProgressMode } from './progress.ts';
import type { PlannedScenario } from './scenario-options.ts';
import type { StopSignals } from './signals.ts';
import type { Terminal } from './terminal.ts';

/** How a run is made, whatever is run. */
export interface PerformFlags {
  readonly out: string;
  readonly quiet: boolean;
  readonly progress: ProgressMode;
  readonly drainTimeout: string;
  readonly keepTopics: boolean;
}

/** What a run needs besides its scenario. */
export interface PerformContext {
  readonly flags: PerformFlags;
  readonly drainTimeoutMicros: number;
  readonly terminal: Terminal;
  readonly stop: StopSignals;
}

/** A planned scenario, with the setting whose cells the plan has beside its own. */
export type PerformedScenario = PlannedScenario & { readonly other: OtherSide | null };

/** @throws HarnessError `usage` */
export function drainTimeoutOf({ drainTimeout }: PerformFlags): number {
  const micros = parseDuration(drainTimeout);
  if (micros !== undefined) return micros;
  throw new HarnessError('usage', `--drain-timeout ${drainTimeout} is not a duration.`, { hint: 'Write it like 5s.' });
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
  const { flags } = context;
  const { plan, file, other } = scenario;
  const progress = openProgress(flags.quiet ? 'none' : flags.progress, plan, context.terminal);
  const host = await describeHost();
  const runId = newRunId(new Date(), host['commit'] as string | null);
  progress.note(`highwater   ${file.sources[0]?.name ?? plan.scenario.name}   ${plan.scenario.question ?? ''}`);
  for (const line of designLines(scenario)) progress.note(line);
  await using ground = new AsyncDisposableStack();
  const grounds = await openRunGrounds(ground, scenario, { ...context, runId, progress });
  await using store = await openStore(plan, {
    under: flags.out,
    runId,
    source: file.sources[0]?.text ?? '',
    // with the seed that was drawn it gives this very plan again
    resolved: resolveDocument({ ...file.raw, seed: plan.seed }),
    overridden: scenario.overridden,
  });
  progress.note(`run         ${store.folder}`);
  if (other !== null) await keepOther(other, plan, store);
  const against = other === null || other.commit === null ? {} : { against: other.commit };
  await store.environment({ ...host, ...against, clients: await clientVersions(plan), ...(await grounds.describe()) });
  const reasons = await measure(scenario, store, { ...context, grounds, runId, progress });
  progress.end();
  await store.end(reasons);
  return await settle(store);
}

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

/** Keeps the other setting's scenario beside this one's. */
async function keepOther({ file }: OtherSide, { seed }: Plan, store: Store): Promise<void> {
  await store.write('against.scenario.yaml', file.sources[0]?.text ?? '');
  await store.write('against.resolved.yaml', resolveDocument({ ...file.raw, seed }));
}

/** Opens the cluster, where any cell needs one, and readies it; gives up at a signal to stop. */
async function openRunGrounds(
  opened: AsyncDisposableStack,
  { plan, file }: PlannedScenario,
  { flags, stop, runId, progress }: PerformContext & { readonly runId: string; readonly progress: Progress },
): Promise<Grounds> {
  const { scenario, seed } = plan;
  const { signal } = stop;
  const onProgress = (text: string): void => progress.note(`cluster     ${text}`);
  const cluster = needsBrokers(plan)
    ? opened.use(await openCluster(scenario.cluster.source, { onProgress, signal, security: file.security }))
    : null;
  signal.throwIfAborted();
  const topicsAtEnd = flags.keepTopics ? 'keep' : 'delete';
  const grounds = opened.use(await openGrounds({ cluster, scenario, runId, seed, topicsAtEnd, onProgress, signal }));
  signal.throwIfAborted();
  return grounds;
}

const isInvalid = (measurement: TrialMeasurement): boolean =>
  judgeTrial(storedTrial(measurement)).validity === 'invalid';

/** Runs the trials and stores each at once: a later one may fail. Returns why the run ended early, if it did. */
async function measure(
  { plan }: PlannedScenario,
  store: Store,
  context: PerformContext & { readonly grounds: Grounds; readonly runId: string; readonly progress: Progress },
): Promise<ExitReason[]> {
  const { stop, grounds, runId, progress, drainTimeoutMicros, terminal } = context;
  try {
    const options = { runId, grounds, signal: stop.signal, drainTimeoutMicros, mustRepeat: isInvalid };
    for await (const event of runPlan(plan, { ...options, extend: () => secondLook(plan, store) })) {
      progress.show(event);
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

/** The blocks that the plan keeps for a second look, if the first leaves something open. */
async function secondLook({ extension = [] }: Plan, store: Store): Promise<NonNullable<Plan['extension']>> {
  if (extension.length === 0) return [];
  const { comparisons } = conclude(await readRun(store.folder, { logs: 'leave' }));
  return needsSecondLook(comparisons) ? extension : [];
}
