/** `init`: a first scenario from a template, with what editors, git and CI want beside it. */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join, normalize } from 'node:path';
import type { Readable, Writable } from 'node:stream';
import { HarnessError, scenarioSchemaText } from '../../src/index.ts';
import { defineCommand } from '../command.ts';
import { commonOptions } from '../options.ts';
import { filesOf, type TemplateName, templateNames, templates } from '../templates/index.ts';
import type { Terminal } from '../terminal.ts';

interface Flags {
  readonly dir?: string | undefined;
  readonly template?: TemplateName | undefined;
  readonly json: boolean;
}

/** Where questions are asked, if there is somebody to answer. */
export interface Questioner {
  readonly input: Readable;
  readonly output: Writable;
}

const onTerminal = (): Questioner | null =>
  process.stdin.isTTY && process.stderr.isTTY ? { input: process.stdin, output: process.stderr } : null;

/** What became of a file. */
interface Placed {
  readonly path: string;
  readonly did: 'wrote' | 'kept';
}

/** Writes a template's files; what is there already is kept as it is. Without arguments it asks two questions, on a terminal. */
export async function initCommand(flags: Flags, terminal: Terminal, questioner = onTerminal()): Promise<number> {
  const isAsked = flags.dir === undefined && flags.template === undefined && !flags.json && questioner !== null;
  const { dir, template } = isAsked
    ? await askBoth(questioner)
    : { dir: flags.dir ?? '.', template: flags.template ?? 'acks' };
  const scenario = join(dir, 'scenarios', `${template}.yaml`);
  const placed = [
    ...(await placeAll(dir, template)),
    await placeIfMissing(join(dir, 'scenarios', 'scenario.schema.json'), scenarioSchemaText()),
    await ignoreReports(join(dir, '.gitignore')),
  ];
  if (placed[0]?.did === 'kept')
    terminal.error(`${terminal.sign('warning')} ${scenario} was there already, and is as it was.`);
  const next = `npx highwater run ${scenario}`;
  if (flags.json) terminal.print(JSON.stringify({ template, files: placed, next }, null, 2));
  else {
    for (const { path, did } of placed)
      terminal.print(did === 'wrote' ? `${terminal.sign('good')} wrote ${path}` : `  kept  ${path}`);
    terminal.print(`\nNext: ${next}`);
  }
  return 0;
}

async function placeAll(dir: string, template: TemplateName): Promise<Placed[]> {
  const here = join(import.meta.dirname, '..', 'templates');
  const placed: Placed[] = [];
  for (const { from, to } of filesOf(template))
    placed.push(await placeIfMissing(join(dir, normalize(to)), await readFile(join(here, from), 'utf8')));
  return placed;
}

/** @throws HarnessError `environment` where the folder cannot be written to */
async function placeIfMissing(path: string, content: string): Promise<Placed> {
  try {
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, content, { flag: 'wx' });
    return { path, did: 'wrote' };
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'EEXIST' && (await isReadable(path))) return { path, did: 'kept' };
    throw new HarnessError('environment', `${path} cannot be written: ${(cause as Error).message}.`, {
      hint: 'Name another folder: highwater init DIR.',
      cause,
    });
  }
}

const isReadable = (path: string): Promise<boolean> =>
  readFile(path).then(
    () => true,
    () => false,
  );

/** Results are large and belong to the machine: git shall not see them. A line is added to what is there. */
async function ignoreReports(path: string): Promise<Placed> {
  const placed = await placeIfMissing(path, 'reports/\n');
  if (placed.did === 'wrote') return placed;
  const text = await readFile(path, 'utf8');
  if (/^\/?reports\/?$/m.test(text)) return placed;
  await writeFile(path, `${text === '' || text.endsWith('\n') ? '' : '\n'}reports/\n`, { flag: 'a' });
  return { path, did: 'wrote' };
}

/** @throws HarnessError `interrupted` where nobody wants to answer */
async function askBoth(at: Questioner): Promise<{ dir: string; template: TemplateName }> {
  const { isCancel, select, text } = await import('@clack/prompts');
  const options = templateNames.map(value => ({ value, label: value, hint: templates[value].asks }));
  const template = await select<TemplateName>({ message: 'What do you want to find out?', options, ...at });
  if (isCancel(template)) throw cancelled();
  const dir = await text({ message: 'In which folder?', placeholder: '.', defaultValue: '.', ...at });
  if (isCancel(dir)) throw cancelled();
  return { dir, template };
}

const cancelled = (): HarnessError => new HarnessError('interrupted', 'Nothing was written.');

export const init = defineCommand({
  usage: 'init [dir]',
  describe: 'write a first scenario from a template; nothing is overwritten',
  positionals: { dir: { type: 'string', describe: 'the folder of the project (default: this one)' } },
  options: {
    ...commonOptions,
    template: { choices: templateNames, describe: 'which one (default: acks)' },
  },
  run: (flags, terminal) => initCommand(flags, terminal),
});
