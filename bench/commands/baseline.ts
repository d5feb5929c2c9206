/** `baseline`: keeps runs that later ones are held against. */
import { stat } from 'node:fs/promises';
import {
  type Baseline,
  type BaselineListing,
  baselineOf,
  baselinePath,
  blemishesOf,
  calibrationName,
  conclude,
  findBaseline,
  HarnessError,
  listBaselines,
  openReference,
  readBaseline,
  removeBaseline,
  whole,
  writeBaseline,
} from '../../src/index.ts';
import { defineCommand } from '../command.ts';
import { baselinesFolder } from '../comparing.ts';
import { baselineOptions, commonOptions } from '../options.ts';
import type { Terminal } from '../terminal.ts';

interface Flags {
  readonly action: 'save' | 'list' | 'show' | 'rm';
  readonly of?: string | undefined;
  readonly name: string;
  readonly force: boolean;
  readonly out: string;
  readonly json: boolean;
}

/** Saves, lists, shows or removes baselines. */
export async function baselineCommand(flags: Flags, terminal: Terminal): Promise<number> {
  switch (flags.action) {
    case 'save':
      await save(required(flags, 'a run: a path, a run id, latest'), flags, terminal);
      break;
    case 'list':
      list(await listBaselines(baselinesFolder), flags, terminal);
      break;
    case 'show':
      show(await readBaseline((await found(flags)).path), flags, terminal);
      break;
    case 'rm': {
      const { path } = await found(flags);
      await removeBaseline(path);
      terminal.print(flags.json ? JSON.stringify({ removed: path }) : `${terminal.sign('good')} removed ${path}`);
    }
  }
  return 0;
}

function required({ action, of }: Flags, what: string): string {
  if (of !== undefined) return of;
  throw new HarnessError('usage', `baseline ${action} needs ${what}.`, {
    hint: action === 'save' ? 'Like highwater baseline save latest.' : `Like highwater baseline ${action} main.`,
  });
}

const found = (flags: Flags): Promise<BaselineListing> =>
  findBaseline(required(flags, 'a baseline: its name, or SCENARIO/NAME'), baselinesFolder, null);

const fitForAFile = /^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/;

async function save(reference: string, { name, force, out, json }: Flags, terminal: Terminal): Promise<void> {
  if (!fitForAFile.test(name)) {
    throw new HarnessError('usage', `--name ${name} cannot be a file's name.`, {
      hint: 'Write it with letters, digits, dot, underscore and hyphen.',
    });
  }
  if (name === calibrationName) {
    throw new HarnessError('usage', `--name ${name}: \`highwater calibrate\` keeps its file under that name.`, {
      hint: 'Take another one.',
    });
  }
  const referred = await openReference(reference, { reports: out, baselines: baselinesFolder });
  if (referred.kind !== 'run' || referred.cell !== null) {
    throw new HarnessError('usage', `${reference} is no run: a baseline is made of a whole run.`);
  }
  const { run, fingerprint } = referred;
  const blemishes = blemishesOf(conclude(run), run);
  if (blemishes.length > 0 && !force) {
    throw new HarnessError('usage', `${run.header.runId} is no fit baseline: ${blemishes.join(', ')}.`, {
      hint: 'Run it again from a clean checkout without overrides, or save it marked with --force.',
    });
  }
  const baseline = baselineOf(run, { name, fingerprint, savedAt: new Date(), forced: blemishes });
  const path = baselinePath(baselinesFolder, baseline);
  const isReplaced = await stat(path).then(
    () => true,
    () => false,
  );
  const written = await writeBaseline(baselinesFolder, baseline);
  if (json) terminal.print(JSON.stringify({ ...written, forced: blemishes }));
  else {
    const marked = blemishes.length === 0 ? '' : `, marked: ${blemishes.join(', ')}`;
    const verb = isReplaced ? 'replaced' : 'saved';
    terminal.print(`${terminal.sign('good')} ${verb} ${path} (${whole(written.bytes / 1e3)} kB)${marked}`);
  }
}

function list(all: readonly BaselineListing[], { json }: Flags, terminal: Terminal): void {
  if (json) terminal.print(JSON.stringify(all, null, 2));
  else for (const { scenario, name, hostClassId } of all) terminal.print(`${scenario}/${name}   ${hostClassId}`);
}

function show(baseline: Baseline, { json }: Flags, terminal: Terminal): void {
  if (json) {
    terminal.print(JSON.stringify(baseline, null, 2));
    return;
  }
  const { scenario, name, runId, commit, startedAt, savedAt, forced, fingerprint, cells } = baseline;
  terminal.print(
    [
      `${scenario}/${name}`,
      `run         ${runId}, ${startedAt}${commit === null ? '' : `, commit ${commit}`}`,
      `saved       ${savedAt}`,
      `scenario    ${fingerprint.scenarioHash ?? 'not recorded'}`,
      `host class  ${fingerprint.hostClassId}`,
      `versions    ${Object.entries(fingerprint.versions)
        .map(entry => entry.join(' '))
        .join(', ')}`,
      `judged      ${baseline.compare.primary.join(', ')}`,
      ...(forced.length === 0 ? [] : [`${terminal.sign('warning')} saved by force: ${forced.join(', ')}`]),
      ...cells.map(({ label, id, trials }) => `  ${label || id}   ${trials.length} trials`),
    ].join('\n'),
  );
}

export const baseline = defineCommand({
  usage: 'baseline <action> [of]',
  describe: 'save a run as a baseline, list, show or rm what was saved',
  positionals: {
    action: { choices: ['save', 'list', 'show', 'rm'], demandOption: true },
    of: { type: 'string', describe: 'save: a run; show, rm: a baseline' },
  },
  options: { ...commonOptions, ...baselineOptions },
  run: baselineCommand,
});
