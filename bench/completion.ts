/** Completes what is typed in a shell: commands, flags, choices, and the scenarios, runs and baselines that are there. */
import { readdir } from 'node:fs/promises';
import type { Options } from 'yargs';
import { listBaselines, listRuns } from '../src/index.ts';
import { type Command, namesOf } from './command.ts';
import { baselinesFolder } from './comparing.ts';
import { explained } from './explanations/index.ts';
import { explainedCode, reference, scenarioFile, scenarioFiles, storedRun } from './options.ts';

/** The flag by which the scripts of `completion` ask; the words of the line come behind it, the last one being typed. */
const question = '--get-yargs-completions';

/** What may stand there, with a remark where there is one. */
interface Word {
  readonly word: string;
  readonly about?: string | undefined;
}

/** The lines that answer a shell; undefined where none has asked. */
export async function completionsFor(
  args: readonly string[],
  commands: readonly Command[],
  environment: NodeJS.ProcessEnv,
): Promise<string[] | undefined> {
  const at = args.indexOf(question);
  if (at === -1) return undefined;
  const line = args.slice(at + 1);
  // fish leaves the program's own name out
  const typed = /(?:^|[/\\])highwater(?:\.js)?$/.test(line[0] ?? '') ? line.slice(1) : line;
  const current = typed.at(-1) ?? '';
  const words = await wordsAfter(typed.slice(0, -1), current, commands);
  return words.filter(({ word }) => word.startsWith(current)).map(lineFor(environment['SHELL'] ?? ''));
}

/** zsh and fish show remarks beside words, each behind a sign of its own. */
const lineFor =
  (shell: string) =>
  ({ word, about }: Word): string => {
    if (shell.includes('fish')) return about === undefined ? word : `${word}\t${about}`;
    if (!shell.includes('zsh')) return word;
    const escaped = word.replaceAll(':', '\\:');
    return about === undefined ? escaped : `${escaped}:${about}`;
  };

async function wordsAfter(before: readonly string[], current: string, commands: readonly Command[]): Promise<Word[]> {
  const at = before.findIndex(word => commands.some(command => namesOf(command).includes(word)));
  const named = commands.find(command => namesOf(command).includes(before[at] ?? ''));
  const command = named ?? (commands[0] as Command);
  const previous = command.options[before.at(-1)?.replace(/^--/, '') ?? ''];
  if (previous !== undefined && takesValue(previous) && before.at(-1)?.startsWith('--')) return choicesOf(previous);
  if (current.startsWith('-')) return Object.entries(command.options).flatMap(flagsOf);
  const ofPositional = await wordsForPositional(command, before.slice(at + 1));
  return named === undefined && before.length === 0 ? [...commands.flatMap(asWords), ...ofPositional] : ofPositional;
}

const takesValue = ({ type }: Options): boolean => type !== 'boolean' && type !== 'count';

const choicesOf = ({ choices = [] }: Pick<Options, 'choices'>): Word[] => choices.map(word => ({ word: String(word) }));

const asWords = (command: Command): Word[] => namesOf(command).map(word => ({ word, about: command.describe }));

function flagsOf([name, { type, default: otherwise, describe: about }]: [string, Options]): Word[] {
  return [{ word: type === 'boolean' && otherwise === true ? `--no-${name}` : `--${name}`, about }];
}

/** The positional whose turn it is: words behind flags that take a value are none. */
async function wordsForPositional({ positionals, options }: Command, words: readonly string[]): Promise<Word[]> {
  const isPlain = (word: string, i: number): boolean => {
    const flag = options[words[i - 1]?.replace(/^--/, '') ?? ''];
    return !word.startsWith('-') && !(words[i - 1]?.startsWith('--') && flag !== undefined && takesValue(flag));
  };
  const all = Object.values(positionals);
  const turn = words.filter(isPlain).length;
  const last = all.at(-1);
  const positional = all[turn] ?? (last?.array === true ? last : undefined);
  if (positional === undefined) return [];
  const out = words[words.indexOf('--out') + 1];
  const found = await wordsOf.get(positional.describe)?.(
    words.includes('--out') && out !== undefined ? out : 'reports',
  );
  return [...choicesOf(positional as Options), ...(found ?? []).map(word => ({ word }))];
}

/** What words there are for a positional, by what it is said to be. */
const wordsOf = new Map<string | undefined, (out: string) => Promise<readonly string[]>>([
  [scenarioFile.describe, scenarios],
  [scenarioFiles.describe, scenarios],
  [storedRun.describe, runs],
  [reference.describe, async out => [...(await runs(out)), ...(await baselines())]],
  [explainedCode.describe, async () => explained.map(({ code }) => code)],
]);

/** Files of YAML, here and in scenarios/. */
async function scenarios(): Promise<string[]> {
  const yamlIn = async (folder: string, prefix: string): Promise<string[]> =>
    (await readdir(folder).catch(() => []))
      .filter(name => /\.ya?ml$/.test(name) && !name.startsWith('.'))
      .map(name => prefix + name);
  return [...(await yamlIn('scenarios', 'scenarios/')), ...(await yamlIn('.', ''))];
}

/** The newest first. */
async function runs(out: string): Promise<string[]> {
  const listed = await listRuns(out).catch(() => []);
  return listed.length === 0 ? [] : ['latest', ...listed.map(({ runId }) => runId).toReversed()];
}

const baselines = async (): Promise<string[]> =>
  (await listBaselines(baselinesFolder).catch(() => [])).map(({ name }) => `baseline:${name}`);
