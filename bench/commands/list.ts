/** `list`: what there is. */
import { readdir } from 'node:fs/promises';
import { calledText, driverNames, listBaselines, listRuns, metricNames, readHeader } from '../../src/index.ts';
import { defineCommand } from '../command.ts';
import { baselinesFolder } from '../comparing.ts';
import { commonOptions } from '../options.ts';
import type { Terminal } from '../terminal.ts';

/** Lists by what they are lists of. */
const lists = {
  runs: async out => (await listRuns(out)).map(({ scenario, runId }) => `${scenario}/${runId}`),
  scenarios: async () =>
    (await readdir('scenarios').catch(() => []))
      .filter(name => name.endsWith('.yaml'))
      .map(name => `scenarios/${name}`),
  baselines: async () => (await listBaselines(baselinesFolder)).map(({ scenario, name }) => `${scenario}/${name}`),
  drivers: async () => driverNames,
  /** What a check may demand something of. */
  checks: async () => metricNames,
} as const satisfies Readonly<Record<string, (out: string) => Promise<readonly string[]>>>;

interface Flags {
  readonly what: keyof typeof lists;
  readonly out: string;
  readonly json: boolean;
}

/** Runs with what --name and --label called them. */
async function namedRuns(out: string): Promise<string[]> {
  const named = (await listRuns(out)).map(async ({ scenario, runId, folder }) => {
    const header = await readHeader(folder);
    const called = header === null ? null : calledText(header);
    return `${scenario}/${runId}${called === null ? '' : `   ${called}`}`;
  });
  return Promise.all(named);
}

async function listCommand({ what, out, json }: Flags, terminal: Terminal): Promise<number> {
  const names = what === 'runs' && !json ? await namedRuns(out) : await lists[what](out);
  if (json) terminal.print(JSON.stringify(names));
  else for (const name of names) terminal.print(name);
  return 0;
}

export const list = defineCommand({
  usage: 'list [what]',
  describe: 'list what there is',
  positionals: { what: { choices: Object.keys(lists) as (keyof typeof lists)[], default: 'runs' } },
  options: commonOptions,
  run: listCommand,
});
