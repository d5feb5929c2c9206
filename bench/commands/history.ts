/** `history`: how a scenario's figures went over the stored runs, and where they changed their level. */
import {
  fingerprintOf,
  HarnessError,
  historyOf,
  type HistoryRun,
  listRuns,
  readRun,
  renderHistory,
  didYouMean,
} from '../../src/index.ts';
import { defineCommand } from '../command.ts';
import { commonOptions, historyOptions } from '../options.ts';
import type { Terminal } from '../terminal.ts';

interface Flags {
  readonly scenario: string | undefined;
  readonly out: string;
  readonly json: boolean;
  readonly metric: readonly string[];
  readonly cells: readonly string[];
}

/** Prints the history of a scenario's runs, else of the scenario that was run last. */
export async function historyCommand(flags: Flags, terminal: Terminal): Promise<number> {
  const runs = await readRuns(flags, terminal);
  const history = historyOf(runs, { metrics: flags.metric, cells: flags.cells });
  terminal.print(flags.json ? JSON.stringify(history, null, 2) : renderHistory(history, terminal));
  return 0;
}

/** All runs of the scenario, without their interval logs. */
async function readRuns({ scenario, out }: Flags, terminal: Terminal): Promise<HistoryRun[]> {
  const listed = await listRuns(out);
  const name = scenario ?? listed.at(-1)?.scenario;
  const runs: HistoryRun[] = [];
  for (const { folder } of listed.filter(one => one.scenario === name)) {
    const run = await readRun(folder, { logs: 'leave' }).catch(passOver(terminal));
    if (run !== null) runs.push({ run, fingerprint: await fingerprintOf(run) });
  }
  if (runs.length > 0) return runs;
  const names = [...new Set(listed.map(one => one.scenario))];
  const meant = scenario === undefined ? undefined : didYouMean(scenario, names);
  const of = scenario === undefined ? '' : ` of "${scenario}"`;
  throw new HarnessError('usage', `There is no run${of} under ${out}.`, {
    hint: meant === undefined ? '`highwater list runs` shows what there is.' : `Did you mean "${meant}"?`,
  });
}

/** A folder without a run, or with a damaged one, is named and takes no part. */
const passOver =
  (terminal: Terminal) =>
  (error: unknown): null => {
    if (!(error instanceof HarnessError)) throw error;
    terminal.error(`${terminal.sign('warning')} left out: ${error.message}`);
    return null;
  };

export const history = defineCommand({
  usage: 'history [scenario]',
  describe: 'show how a scenario’s figures went over its stored runs, and where they changed',
  positionals: { scenario: { type: 'string', describe: 'a scenario’s name; the last one that was run' } },
  options: { ...commonOptions, ...historyOptions },
  run: historyCommand,
});
