/** `show`: a summary of a stored run. */
import { conclude, findRun, modelOf, readRun, renderText } from '../../src/index.ts';
import { defineCommand } from '../command.ts';
import { commonOptions, storedRun } from '../options.ts';
import type { Terminal } from '../terminal.ts';

interface Flags {
  readonly run: string;
  readonly out: string;
  readonly json: boolean;
}

/** Summarises a stored run. Exit code 0 whatever the run's own was. */
async function showCommand({ run, out, json }: Flags, terminal: Terminal): Promise<number> {
  const stored = await readRun(await findRun(run, out));
  const result = conclude(stored);
  if (json) {
    terminal.print(JSON.stringify(result, null, 2));
    return 0;
  }
  const state =
    stored.finishedAt === null ? 'not finished: killed, or still going on' : `finished ${stored.finishedAt}`;
  terminal.print(`${result.name}   ${result.runId}   ${state}`);
  terminal.print(renderText(modelOf(result), terminal));
  return 0;
}

export const show = defineCommand({
  usage: 'show <run>',
  describe: 'summarise a stored run, finished or not',
  positionals: { run: storedRun },
  options: commonOptions,
  run: showCommand,
});
