/** Keeps flags from getting lost: those that npm swallowed, those that are misspelt, those in the environment. */
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

/** What yargs says of an unknown flag or command, with what was probably meant. */
export function unknownFlagError(message: string, names: readonly string[]): HarnessError {
  const unknown = /^Unknown arguments?: ([^,]+)/.exec(message)?.[1];
  const meant = unknown === undefined ? undefined : didYouMean(unknown, names);
  return new HarnessError('usage', message, {
    hint: meant === undefined ? 'See highwater --help.' : `Did you mean --${meant}?`,
  });
}

/**
 * The options as yargs shall have them: HIGHWATER_<NAME> from the environment is the default, for a flag comes first, and one
 * that takes a value takes exactly one: not none, and not the scenario behind it too.
 */
export function preparedOptions<T extends Readonly<Record<string, Options>>>(
  options: T,
  environment: NodeJS.ProcessEnv,
): T {
  const entries = Object.entries(options).map(([name, option]) => {
    const text = environment[`HIGHWATER_${name.replaceAll('-', '_').toUpperCase()}`];
    const taking = option.type === 'boolean' ? option : { ...option, nargs: 1 };
    return [name, text === undefined ? taking : { ...taking, default: valueOf(text, option) }] as const;
  });
  return Object.fromEntries(entries) as T;
}

function valueOf(text: string, { type, array }: Options): unknown {
  if (array) return [text];
  return type === 'boolean' ? text !== '' && text !== '0' && text !== 'false' : text;
}
