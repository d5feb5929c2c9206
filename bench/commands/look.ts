/** `show`, `list` and `schema`: what there is. */
import { readdir } from 'node:fs/promises';
import {
  conclude,
  findRun,
  listRuns,
  modelOf,
  readRun,
  renderText,
  resultJsonSchema,
  scenarioSchemaText,
  driverNames,
} from '../../src/index.ts';
import type { Terminal } from '../terminal.ts';

interface Flags {
  readonly out: string;
  readonly json: boolean;
}

/** Summarises a stored run. Exit code 0 whatever the run's own was. */
export async function showCommand(
  { run, out, json }: Flags & { readonly run: string },
  terminal: Terminal,
): Promise<number> {
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

/** Lists runs, shipped scenarios or drivers. */
export async function listCommand(
  { what, out, json }: Flags & { readonly what: 'runs' | 'scenarios' | 'drivers' },
  terminal: Terminal,
): Promise<number> {
  const names = await namesOf(what, out);
  if (json) terminal.print(JSON.stringify(names));
  else for (const name of names) terminal.print(name);
  return 0;
}

async function namesOf(what: 'runs' | 'scenarios' | 'drivers', out: string): Promise<readonly string[]> {
  switch (what) {
    case 'runs':
      return (await listRuns(out)).map(({ scenario, runId }) => `${scenario}/${runId}`);
    case 'scenarios':
      return (await readdir('scenarios').catch(() => []))
        .filter(name => name.endsWith('.yaml'))
        .map(name => `scenarios/${name}`);
    case 'drivers':
      return driverNames;
  }
}

/** Prints a JSON Schema. */
export async function schemaCommand(
  { of }: { readonly of: 'scenario' | 'result' },
  terminal: Terminal,
): Promise<number> {
  terminal.print(of === 'scenario' ? scenarioSchemaText().trimEnd() : JSON.stringify(resultJsonSchema(), null, 2));
  return 0;
}
