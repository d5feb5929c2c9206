/** Keeps flags from getting lost: those that npm swallowed, those that are misspelt, those in the environment. */
import { existsSync } from 'node:fs';
import type { Options } from 'yargs';
import { didYouMean, HarnessError } from '../src/index.ts';

/** Flags that npm has too: they may stand in an npmrc and mean npm. */
const sharedWithNpm = new Set(['json', 'quiet', 'color', 'unicode', 'progress', 'all', 'force', 'name']);

/**
 * `npm run bench a.yaml --repeat 3` reaches the program without the flag: npm keeps it as npm_config_repeat.
 * @throws HarnessError `usage` if that has happened
 */
export function refuseSwallowedFlags(environment: NodeJS.ProcessEnv, names: readonly string[]): void {
  if (environment['npm_lifecycle_event'] === undefined) return;
  const isSwallowed = (name: string): boolean => environment[`npm_config_${name.replaceAll('-', '_')}`] !== undefined;
  const swallowed = names.filter(name => !sharedWithNpm.has(name) && isSwallowed(name));
  if (swallowed.length === 0) return;
  const flags = [
    ...swallowed,
    ...names.filter(name => sharedWithNpm.has(name) && environment[`npm_config_${name}`] === 'true'),
  ];
  throw new HarnessError(
    'usage',
    `npm took ${flags.map(flag => `--${flag}`).join(', ')} for itself. Nothing was run.`,
    {
      hint: `Put -- before the scenario: npm run bench -- SCENARIO ${swallowed.map(flag => `--${flag} …`).join(' ')}`,
    },
  );
}

/** Two letters that changed places are the usual slip in a word as short as these. */
const lettersOf = (word: string): string => word.split('').toSorted().join('');

/**
 * A first word that is neither a command nor a file was taken for the default command's scenario.
 * @throws HarnessError `usage` where it is nearly a command
 */
export function refuseMisspeltCommand(given: Readonly<Record<string, unknown>>, names: readonly string[]): true {
  const { _: words, scenario } = given;
  if (!Array.isArray(words) || words.length > 0 || !Array.isArray(scenario)) return true;
  const word = String(scenario[0]);
  if (/[./\\]/.test(word) || existsSync(word)) return true;
  const meant = meantOf(word, names);
  if (meant === undefined) return true;
  throw new HarnessError('usage', `No scenario file "${word}".`, { hint: `Did you mean the command "${meant}"?` });
}

const mayStandAlone = new Set(['--resume', '--watch']);

/** `--resume acks.yaml` leaves the flag's value out: neither a run nor a port is called like a scenario file. */
export const withoutTakenScenario = (args: readonly string[]): string[] =>
  args.map((arg, i) => (mayStandAlone.has(arg) && /\.ya?ml$/.test(args[i + 1] ?? '') ? `${arg}=` : arg));

/** The name that was probably meant: two letters that changed places come before any other slip. */
export const meantOf = (word: string, names: readonly string[]): string | undefined =>
  names.find(name => lettersOf(name) === lettersOf(word)) ?? didYouMean(word, names);

/** What yargs says of an unknown flag, word or choice, with what was probably meant. */
export function unknownFlagError(message: string, names: readonly string[]): HarnessError {
  const unknown = /^Unknown arguments?: ([^,]+)/.exec(message)?.[1];
  const [, given, choices] = /Given: "([^"]*)", Choices: (.*)$/m.exec(message) ?? [];
  const flag = unknown === undefined ? undefined : meantOf(unknown, names);
  const choice =
    given === undefined ? undefined : meantOf(given, choices?.split(', ').map(text => text.replaceAll('"', '')) ?? []);
  const meant = choice ?? (flag === undefined ? undefined : `--${flag}`);
  return new HarnessError('usage', message, {
    hint: meant === undefined ? 'See highwater --help.' : `Did you mean ${meant}?`,
  });
}

/** Where else defaults come from, or do not. */
interface OptionSources {
  /** Options that the environment has another meaning for. */
  readonly notFrom?: readonly string[];
  /** What a config file says of flags. */
  readonly config?: Readonly<Record<string, unknown>>;
}

/**
 * The options as yargs shall have them: HIGHWATER_<NAME> from the environment is the default, for a flag comes first, then what a
 * config file says; and one that takes a value takes exactly one, unless it says otherwise: not none, and not the scenario behind it too.
 */
export function preparedOptions<T extends Readonly<Record<string, Options>>>(
  options: T,
  environment: NodeJS.ProcessEnv,
  { notFrom = [], config = {} }: OptionSources = {},
): T {
  const entries = Object.entries(options).map(([name, option]) => {
    const text = notFrom.includes(name) ? undefined : environment[variableOf(name)];
    const taking = isSwitch(option) || 'nargs' in option ? option : { ...option, nargs: 1 };
    const given = text === undefined ? config[name] : valueOf(text, option);
    return [name, given === undefined ? taking : { ...taking, default: given }] as const;
  });
  return Object.fromEntries(entries) as T;
}

/** The environment's form of a flag. */
const variableOf = (flag: string): string => `HIGHWATER_${flag.replaceAll('-', '_').toUpperCase()}`;

const isSwitch = ({ type }: Options): boolean => type === 'boolean' || type === 'count';

function valueOf(text: string, { type, array }: Options): unknown {
  if (array) return [text];
  if (type === 'count') return Number(text) || 0;
  return type === 'boolean' ? text !== '' && text !== '0' && text !== 'false' : text;
}
