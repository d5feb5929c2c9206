/** `capacity`: the highest rate that a cluster sustains under the scenario's own checks, and what more would take. */
import {
  conclude,
  type ExitReason,
  exitCodeOf,
  type Plan,
  planSearches,
  type Result,
  type SearchPlan,
} from '../../src/index.ts';
import { conductSearches } from '../capacity/conduct.ts';
import { openSearch } from '../capacity/resume.ts';
import { readyClients } from '../clients.ts';
import { defineCommand } from '../command.ts';
import { type MetricsFlags, openMetrics } from '../metrics.ts';
import { commonOptions, measuringOptions, scenarioFile, scenarioOptions } from '../options.ts';
import { reopened, settleRun } from '../outcome.ts';
import { type Conduct, drainTimeoutOf, onlyIfStopped, type PerformFlags, performRun } from '../perform.ts';
import { keptFlags, resumeCommand, withFlagsOf } from '../resume.ts';
import { planScenario, type ScenarioFlags } from '../scenario-options.ts';
import { listenForStop } from '../signals.ts';
import type { Terminal } from '../terminal.ts';

interface Flags extends ScenarioFlags, PerformFlags, MetricsFlags {
  readonly scenario: string;
  readonly json: boolean;
  readonly resume?: string | undefined;
}

/** Searches, keeps every trial as a run does, and reports. */
export async function capacityCommand(given: Flags, terminal: Terminal): Promise<number> {
  const drainTimeoutMicros = drainTimeoutOf(given);
  const resumption = await openSearch(given.resume, given.out);
  const flags = withFlagsOf({ ...given, extend: false }, resumption);
  const planned = await planScenario(flags.scenario, flags);
  const searches = { plans: await planSearches(planned.plan), interrupted: resumption?.run ?? null };
  const performed = { ...planned, plan: withoutTrials(planned.plan, searches.plans), other: null };
  using stop = listenForStop(terminal);
  await readyClients([performed], flags, { terminal, stop }).catch(onlyIfStopped(stop));
  const conduct: Conduct = (ready, store, sitting) => conductSearches(searches, ready, store, sitting);
  await using metrics = await openMetrics(flags, terminal);
  const watch: typeof metrics.watch = plan => metrics.watch(plan);
  const marks = { flags: keptFlags(flags, planned.overridden) };
  const context = { flags, drainTimeoutMicros, terminal, stop, conduct, watch, marks, resumption };
  const result = await performRun(performed, context, async store => {
    const run = await reopened(store, flags);
    const shown = { ...flags, gate: false, warnOnly: false };
    const outcome = await settleRun({
      result: conclude(run.run),
      run,
      store,
      file: planned.file,
      otherRun: null,
      formats: null,
      flags: shown,
      terminal,
    });
    if (isUnfinished(outcome.result)) {
      const unfinished = { path: flags.scenario, runId: outcome.result.runId, out: flags.out };
      terminal.error(`Go on with: ${resumeCommand({ command: 'capacity', ...unfinished })}`);
    }
    if (flags.json) terminal.print(JSON.stringify(outcome.result, null, 2));
    return outcome.result;
  }).catch(onlyIfStopped(stop));
  const why = stop.reason();
  return exitCodeOf(result === null ? (why === null ? [] : [why]) : (result.reasons as ExitReason[]));
}

/** The plan of a run whose trials are the searches' to choose. Its checks are theirs, too: at most rates they fail, as they must. */
function withoutTrials(plan: Plan, searches: readonly SearchPlan[]): Plan {
  const durationMicros = searches.reduce((sum, { settings }) => sum + settings.budgetMicros + settings.soakMicros, 0);
  const estimate = { ...plan.estimate, durationMicros };
  // blocks are the searches' own
  const warnings = plan.warnings.filter(({ code }) => code !== 'W-TRIALS');
  return { ...plan, scenario: { ...plan.scenario, checks: [] }, repeat: 1, order: [], estimate, warnings };
}

/** Whether a search was stopped, or not begun. */
const isUnfinished = ({ capacity, searches = [], cells }: Result): boolean =>
  [capacity, ...searches].some(one => one === null || one.kind === 'unfinished') ||
  Math.max(1, searches.length) < cells.length;

const resume = { type: 'string', describe: 'go on with a search that was interrupted: RUN' } as const;

export const capacity = defineCommand({
  usage: 'capacity <scenario>',
  describe: 'search for the highest rate that holds the scenario’s checks, and size a cluster by it',
  positionals: { scenario: scenarioFile },
  options: { ...commonOptions, ...scenarioOptions, ...measuringOptions, resume },
  run: capacityCommand,
});
