/** `run`: the whole job, from scenario files to reports. */
import { conclude, type ExitReason, HarnessError, type Referred, withSecondLook } from '../../src/index.ts';
import { joinOther } from '../against.ts';
import { readyClients } from '../clients.ts';
import { defineCommand } from '../command.ts';
import { openOtherRun } from '../comparing.ts';
import { type NameFlags, nameOf } from '../names.ts';
import {
  commonOptions,
  gateOptionsOfRun,
  measuringOptions,
  runOptions,
  scenarioFiles,
  scenarioOptions,
} from '../options.ts';
import { exitCodeOfRuns, reopened, type RunOutcome, settleRun, tellOfRuns } from '../outcome.ts';
import {
  onlyIfStopped,
  type PerformedScenario,
  type PerformFlags,
  performRun,
  requirePerformable,
} from '../perform.ts';
import { formatsOf, mayOpen, openReport } from '../reports.ts';
import {
  keptFlags,
  openResumption,
  type PlanningFlags,
  type Resumption,
  resumeCommand,
  withFlagsOf,
} from '../resume.ts';
import { planScenario } from '../scenario-options.ts';
import { openMetrics } from '../metrics.ts';
import { listenForStop, type StopSignals } from '../signals.ts';
import type { Terminal } from '../terminal.ts';
import { openWatch, type Watch, type WatchFlags } from '../watch.ts';

interface Flags extends PlanningFlags, PerformFlags, NameFlags, WatchFlags {
  readonly scenario: readonly string[];
  readonly json: boolean;
  readonly gate: boolean;
  readonly baseline?: string | undefined;
  readonly warnOnly: boolean;
  readonly resume?: string | undefined;
  readonly report?: string | undefined;
  readonly open?: boolean | undefined;
}

/** What a run needs besides its scenario. */
interface RunContext {
  readonly flags: Flags;
  readonly drainTimeoutMicros: number;
  readonly terminal: Terminal;
  readonly stop: StopSignals;
  readonly watch: Watch['follow'];
  /** The run that `--baseline` names; null for a baseline's name, and where nothing is named. */
  readonly otherRun: Referred | null;
  readonly resumption: Resumption | null;
  readonly formats: readonly string[] | null;
}

/** Plans all scenarios before it runs the first; returns the exit code that weighs most. */
export async function runCommand(given: Flags, terminal: Terminal): Promise<number> {
  const drainTimeoutMicros = requirePerformable(given);
  nameOf(given);
  const formats = await formatsOf(given.report);
  const resumption = await openResumption(given);
  const flags = withFlagsOf(given, resumption);
  refuseBoth(flags);
  await using opened = new AsyncDisposableStack();
  const planned: PerformedScenario[] = [];
  for (const path of flags.scenario) planned.push(await planRun(path, { flags, terminal, opened }));
  const otherRun = await openOtherRun(flags.baseline, flags.out);
  using stop = listenForStop(terminal);
  await readyClients(planned, flags, { terminal, stop }).catch(onlyIfStopped(stop));
  const metrics = opened.use(await openMetrics(flags, terminal));
  const page = opened.use(await openWatch(flags, terminal));
  const watch: Watch['follow'] = (plan, folder) => {
    const told = [metrics.watch(plan), page.follow(plan, folder)];
    return event => told.forEach(tell => tell(event));
  };
  const context: RunContext = { flags, drainTimeoutMicros, terminal, stop, watch, otherRun, resumption, formats };
  const outcomes: RunOutcome[] = [];
  for (const [i, scenario] of planned.entries()) {
    const isOver = flags.failFast === true && outcomes.some(({ result }) => result.reasons.includes('incomplete'));
    if (stop.signal.aborted || isOver) break;
    const outcome = await runScenario(scenario, context).catch(onlyIfStopped(stop));
    if (outcome === null) continue;
    outcomes.push(outcome);
    page.over(outcome);
    tellHowToResume(flags.scenario[i] as string, outcome, context);
  }
  const results = outcomes.map(({ result }) => result);
  if (flags.json && results.length > 0)
    terminal.print(JSON.stringify(planned.length === 1 ? results[0] : results, null, 2));
  const why = results.length < planned.length ? stop.reason() : null;
  const reasons = [...results.flatMap(one => one.reasons as ExitReason[]), ...(why === null ? [] : [why])];
  await tellOfRuns(outcomes, flags, terminal);
  if (flags.open === true && mayOpen(process.env, process.stdout.isTTY)) {
    for (const { files } of outcomes) openReport(files, terminal);
  }
  return exitCodeOfRuns(reasons, flags);
}

/** What a run that lacks trials is gone on with, whatever kept it from them. */
function tellHowToResume(path: string, { result }: RunOutcome, { flags, terminal }: RunContext): void {
  if (!result.reasons.includes('incomplete')) return;
  terminal.error(`Go on with: ${resumeCommand({ command: 'run', path, runId: result.runId, out: flags.out })}`);
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
  const { flags, terminal, otherRun, formats } = context;
  const marks = { ...nameOf(flags), flags: keptFlags(flags, scenario.overridden) };
  return await performRun(scenario, { ...context, marks }, async store => {
    const run = await reopened(store, flags);
    return await settleRun({
      result: conclude(run.run),
      run,
      store,
      file: scenario.file,
      otherRun,
      formats,
      flags,
      terminal,
    });
  });
}

export const run = defineCommand({
  usage: ['run <scenario..>', '$0'],
  describe: 'run scenarios, verify delivery, save and report (the default command)',
  positionals: { scenario: scenarioFiles },
  options: { ...commonOptions, ...scenarioOptions, ...measuringOptions, ...gateOptionsOfRun, ...runOptions },
  run: runCommand,
});
