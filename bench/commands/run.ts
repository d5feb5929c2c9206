/** `run`: the whole job, from scenario files to reports. */
import {
  clientVersions,
  conclude,
  describeHost,
  type ExitReason,
  exitCodeOf,
  exitCodes,
  type Grounds,
  HarnessError,
  judgeTrial,
  modelOf,
  needsBrokers,
  newRunId,
  openCluster,
  openGrounds,
  openStore,
  parseDuration,
  readRun,
  renderReports,
  renderText,
  resolveDocument,
  type Result,
  runPlan,
  type Store,
  storedTrial,
  type TrialMeasurement,
} from '../../src/index.ts';
import { openProgress, type Progress, type ProgressMode } from '../progress.ts';
import { type PlannedScenario, planScenario, type ScenarioFlags } from '../scenario-options.ts';
import { listenForStop, type StopSignals } from '../signals.ts';
import type { Terminal } from '../terminal.ts';
import { shapeOf } from './plan.ts';

interface Flags extends ScenarioFlags {
  readonly scenario: readonly string[];
  readonly out: string;
  readonly json: boolean;
  readonly quiet: boolean;
  readonly progress: ProgressMode;
  readonly drainTimeout: string;
  readonly keepTopics: boolean;
}

/** What a run needs besides its scenario. */
interface RunContext {
  readonly flags: Flags;
  readonly drainTimeoutMicros: number;
  readonly terminal: Terminal;
  readonly stop: StopSignals;
}

/** Plans all scenarios before it runs the first; returns the exit code that weighs most. */
export async function runCommand(flags: Flags, terminal: Terminal): Promise<number> {
  const drainTimeoutMicros = parseDuration(flags.drainTimeout);
  if (drainTimeoutMicros === undefined) {
    throw new HarnessError('usage', `--drain-timeout ${flags.drainTimeout} is not a duration.`, {
      hint: 'Write it like 5s.',
    });
  }
  const planned: PlannedScenario[] = [];
  for (const path of flags.scenario) planned.push(await planScenario(path, flags));
  using stop = listenForStop(terminal);
  const results: Result[] = [];
  for (const scenario of planned) {
    if (stop.signal.aborted) break;
    const result = await runScenario(scenario, { flags, drainTimeoutMicros, terminal, stop }).catch(
      onlyIfStopped(stop),
    );
    if (result !== null) results.push(result);
  }
  if (flags.json && results.length > 0)
    terminal.print(JSON.stringify(planned.length === 1 ? results[0] : results, null, 2));
  const why = results.length < planned.length ? stop.reason() : null;
  return exitCodeOf([...results.flatMap(({ reasons }) => reasons as ExitReason[]), ...(why === null ? [] : [why])]);
}

/** Nothing comes of a scenario that was stopped before its first trial could begin. */
const onlyIfStopped =
  ({ signal }: StopSignals) =>
  (error: unknown): null => {
    if (signal.aborted && error instanceof Error && error.name === 'AbortError') return null;
    throw error;
  };

async function runScenario(scenario: PlannedScenario, context: RunContext): Promise<Result> {
  const { flags } = context;
  const { plan, file } = scenario;
  const progress = openProgress(flags.quiet ? 'none' : flags.progress, plan, context.terminal);
  const host = await describeHost();
  const runId = newRunId(new Date(), host['commit'] as string | null);
  progress.note(`highwater   ${file.sources[0]?.name ?? plan.scenario.name}   ${plan.scenario.question ?? ''}`);
  progress.note(`plan        ${shapeOf(plan)}, seed ${plan.seed}`);
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
  await store.environment({ ...host, clients: await clientVersions(plan), ...(await grounds.describe()) });
  const reasons = await measure(scenario, store, { ...context, grounds, runId, progress });
  progress.end();
  await store.end(reasons);
  const result = conclude(await readRun(store.folder));
  const files = await renderReports(result, (name, content) => store.write(name, content));
  if (!flags.json) printResult(result, files, context);
  return result;
}

/** Opens the cluster, where any cell needs one, and readies it; gives up at a signal to stop. */
async function openRunGrounds(
  opened: AsyncDisposableStack,
  { plan, file }: PlannedScenario,
  { flags, stop, runId, progress }: RunContext & { readonly runId: string; readonly progress: Progress },
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
  context: RunContext & { readonly grounds: Grounds; readonly runId: string; readonly progress: Progress },
): Promise<ExitReason[]> {
  const { stop, grounds, runId, progress, drainTimeoutMicros, terminal } = context;
  try {
    const options = { runId, grounds, signal: stop.signal, drainTimeoutMicros, mustRepeat: isInvalid };
    for await (const event of runPlan(plan, options)) {
      progress.show(event);
      if (event.type === 'trial-done') await store.trialDone(event.measurement);
      if (event.type === 'trial-failed') await store.trialFailed(event.trial, event.error);
      if (event.type === 'trial-aborted') await store.trialAborted(event.trial, event.measurement);
    }
  } catch (error) {
    if (!(error instanceof HarnessError) || error.exitCode !== exitCodes.environment) throw error;
    terminal.error(`${terminal.sign('bad')} ${error.message}${error.hint === undefined ? '' : `\n  ${error.hint}`}`);
    return ['environment'];
  }
  const why = stop.reason();
  return why === null ? [] : [why];
}

function printResult(result: Result, files: readonly string[], { terminal }: RunContext): void {
  terminal.print(renderText(modelOf(result), terminal));
  for (const file of files) terminal.print(`  ${file}`);
}
