/** `calibrate`: runs cells against themselves, and keeps how noisy they are beside the baselines of this class of hosts. */
import {
  type Calibration,
  calibrationOf,
  calibrationPlan,
  conclude,
  type ExitReason,
  exitCodeOf,
  fingerprintOf,
  HarnessError,
  type Plan,
  readRun,
  renderCalibration,
  renderReports,
  type Result,
  type Store,
  writeCalibration,
} from '../../src/index.ts';
import { readyClients } from '../clients.ts';
import { defineCommand } from '../command.ts';
import { baselinesFolder } from '../comparing.ts';
import { commonOptions, measuringOptions, scenarioFile, scenarioOptions } from '../options.ts';
import { drainTimeoutOf, onlyIfStopped, performRun, type PerformFlags } from '../perform.ts';
import { planScenario, type ScenarioFlags } from '../scenario-options.ts';
import { openMetrics } from '../metrics.ts';
import { listenForStop } from '../signals.ts';
import type { Terminal } from '../terminal.ts';

interface Flags extends ScenarioFlags, PerformFlags {
  readonly scenario: string;
  readonly json: boolean;
}

/** From this many blocks on the noise is known to about a sixth of it. */
const usualBlocks = 20;

/** Runs the reference cell, or those that `--cells` names, against itself. Exit code 0 unless trials are missing or invalid. */
export async function calibrateCommand(flags: Flags, terminal: Terminal): Promise<number> {
  const drainTimeoutMicros = drainTimeoutOf(flags);
  const blocks = blocksOf(flags.repeat);
  // --repeat is the calibration's own: what the scenario's repeat finds is one of the questions
  const planned = await planScenario(flags.scenario, { ...flags, repeat: undefined });
  const isChosen = flags.cells.length + flags.skip.length > 0;
  const chosen = isChosen ? planned.plan : referenceAlone(planned.plan);
  const twice = { ...planned, plan: calibrationPlan(chosen, blocks), other: null };
  using stop = listenForStop(terminal);
  await readyClients([twice], flags, { terminal, stop }).catch(onlyIfStopped(stop));
  const scenario = { name: planned.plan.scenario.name, repeat: planned.plan.repeat };
  await using metrics = await openMetrics(flags, terminal);
  const context = { flags, drainTimeoutMicros, terminal, stop, watch: (plan: Plan) => metrics.watch(plan) };
  const reasons = await performRun(twice, context, store => settle(store, scenario, { flags, terminal })).catch(
    onlyIfStopped(stop),
  );
  const why = stop.reason();
  return exitCodeOf(reasons ?? (why === null ? [] : [why]));
}

function blocksOf(repeat: string | undefined): number {
  if (repeat === undefined) return usualBlocks;
  const blocks = Number(repeat);
  if (Number.isInteger(blocks) && blocks >= 2 && blocks <= 1_000) return blocks;
  throw new HarnessError('usage', `--repeat ${repeat} is no number of blocks.`, {
    hint: 'A calibration takes 2 to 1,000 of them; 20 unless said.',
  });
}

function referenceAlone(plan: Plan): Plan {
  const cells = plan.cells.filter(({ id }) => id === plan.referenceCell);
  const share = cells.length / plan.cells.length;
  const { estimate } = plan;
  const scaled = { ...estimate, durationMicros: estimate.durationMicros * share, messages: estimate.messages * share };
  return { ...plan, cells, estimate: scaled };
}

/** Keeps and prints what the run tells of noise; a run that was stopped, or has no metric in common, is kept as a run alone. */
async function settle(
  store: Store,
  scenario: { readonly name: string; readonly repeat: number },
  { flags, terminal }: { readonly flags: Flags; readonly terminal: Terminal },
): Promise<ExitReason[]> {
  const run = await readRun(store.folder);
  const result = conclude(run);
  const files = await renderReports({ result, run }, (name, content) => store.write(name, content));
  const { hostClassId } = await fingerprintOf(run);
  const { commit } = run.environment;
  const calibration: Calibration = {
    calibrationVersion: 1,
    scenario: scenario.name,
    hostClassId,
    runId: result.runId,
    commit: typeof commit === 'string' ? commit : null,
    at: run.startedAt,
    repeat: scenario.repeat,
    blocks: result.repeat,
    cells: calibrationOf(run, result, scenario.repeat),
  };
  const path = isSound(result, calibration) ? await writeCalibration(baselinesFolder, calibration) : null;
  if (flags.json) terminal.print(JSON.stringify({ ...calibration, path, reasons: result.reasons }, null, 2));
  else {
    terminal.print(renderCalibration(calibration, terminal));
    terminal.print(path === null ? whyNotKept(result, terminal) : `${terminal.sign('good')} kept as ${path}`);
    for (const file of files) terminal.print(`  ${file}`);
  }
  return result.reasons as ExitReason[];
}

/** Below so many blocks of a metric a spread is hardly known. */
const fewestBlocks = 5;
const stopping = ['environment', 'interrupted', 'terminated'];

/** A few blocks may be missing; one that was stopped is not what was asked for. */
const isSound = ({ reasons }: Result, { cells }: Calibration): boolean =>
  !reasons.some(reason => stopping.includes(reason)) &&
  cells.every(({ metrics }) => metrics.some(({ blocks }) => blocks >= fewestBlocks));

function whyNotKept({ reasons }: Result, terminal: Terminal): string {
  const why = reasons.find(reason => stopping.includes(reason)) ?? `no metric has ${fewestBlocks} blocks`;
  return `${terminal.sign('bad')} not kept as a calibration: ${why}`;
}

export const calibrate = defineCommand({
  usage: 'calibrate <scenario>',
  describe: 'run a cell against itself, and say how noisy it is and what that lets be found',
  positionals: { scenario: scenarioFile },
  options: { ...commonOptions, ...scenarioOptions, ...measuringOptions },
  run: calibrateCommand,
});
