/** `run`: the whole job, from scenario files to reports. */
import { conclude, type ExitReason, HarnessError, readRun, type Referred, withSecondLook } from '../../src/index.ts';
import { joinOther } from '../against.ts';
import { readyClients } from '../clients.ts';
import { openOtherRun } from '../comparing.ts';
import { exitCodeOfRuns, type RunOutcome, settleRun, tellOfRuns } from '../outcome.ts';
import { drainTimeoutOf, onlyIfStopped, type PerformedScenario, type PerformFlags, performRun } from '../perform.ts';
import { planScenario, type ScenarioFlags } from '../scenario-options.ts';
import { listenForStop, type StopSignals } from '../signals.ts';
import type { Terminal } from '../terminal.ts';

interface Flags extends ScenarioFlags, PerformFlags {
  readonly scenario: readonly string[];
  readonly json: boolean;
  readonly gate: boolean;
  readonly baseline?: string | undefined;
  readonly against?: string | undefined;
  readonly extend: boolean;
  readonly warnOnly: boolean;
}

/** What a run needs besides its scenario. */
interface RunContext {
  readonly flags: Flags;
  readonly drainTimeoutMicros: number;
  readonly terminal: Terminal;
  readonly stop: StopSignals;
  /** The run that `--baseline` names; null for a baseline's name, and where nothing is named. */
  readonly otherRun: Referred | null;
}

/** Plans all scenarios before it runs the first; returns the exit code that weighs most. */
export async function runCommand(flags: Flags, terminal: Terminal): Promise<number> {
  const drainTimeoutMicros = drainTimeoutOf(flags);
  refuseBoth(flags);
  await using opened = new AsyncDisposableStack();
  const planned: PerformedScenario[] = [];
  for (const path of flags.scenario) planned.push(await planRun(path, { flags, terminal, opened }));
  const otherRun = await openOtherRun(flags.baseline, flags.out);
  using stop = listenForStop(terminal);
  await readyClients(planned, flags, { terminal, stop }).catch(onlyIfStopped(stop));
  const outcomes: RunOutcome[] = [];
  for (const scenario of planned) {
    if (stop.signal.aborted) break;
    const outcome = await runScenario(scenario, { flags, drainTimeoutMicros, terminal, stop, otherRun }).catch(
      onlyIfStopped(stop),
    );
    if (outcome !== null) outcomes.push(outcome);
  }
  const results = outcomes.map(({ result }) => result);
  if (flags.json && results.length > 0)
    terminal.print(JSON.stringify(planned.length === 1 ? results[0] : results, null, 2));
  const why = results.length < planned.length ? stop.reason() : null;
  const reasons = [...results.flatMap(one => one.reasons as ExitReason[]), ...(why === null ? [] : [why])];
  await tellOfRuns(outcomes, flags, terminal);
  return exitCodeOfRuns(reasons, flags);
}

/** One run is held against one thing. */
function refuseBoth({ against, baseline }: Flags): void {
  if (against === undefined || baseline === undefined) return;
  throw new HarnessError('usage', `--against and --baseline ${baseline} are two things to be held against.`, {
    hint: 'Leave one out; `highwater gate latest --baseline NAME` judges a stored run once more.',
  });
}

/** The scenario as it will be run: beside another setting and with a second look, where these are asked for. */
async function planRun(
  path: string,
  reading: Parameters<typeof joinOther>[2] & { readonly flags: Flags },
): Promise<PerformedScenario> {
  const { flags } = reading;
  const joined = await joinOther(await planScenario(path, flags), path, reading);
  if (!flags.extend) return joined;
  if (joined.plan.cells.length === 1) {
    throw new HarnessError('usage', `${path}: --extend: one cell has nothing to be compared with.`, {
      hint: 'Give the scenario a matrix, or name another setting with --against.',
    });
  }
  return { ...joined, plan: withSecondLook(joined.plan) };
}

async function runScenario(scenario: PerformedScenario, context: RunContext): Promise<RunOutcome> {
  const { flags, terminal, otherRun } = context;
  return await performRun(scenario, context, async store => {
    const result = conclude(await readRun(store.folder));
    return await settleRun({ result, store, file: scenario.file, otherRun, flags, terminal });
  });
}
