/** The shape of a command: a file in `bench/commands/` exports one, and `bench/commands/index.ts` lists it. */
import type { ArgumentsCamelCase, InferredOptionType, Options, PositionalOptions } from 'yargs';
import type { Terminal } from './terminal.ts';

type Table<T> = Readonly<Record<string, T>>;

/** What a command's handler is given: a value for each of its positionals and options, under their names in camel case. */
type FlagsOf<P extends Table<PositionalOptions>, O extends Table<Options>> = ArgumentsCamelCase<
  { [K in keyof P]: InferredOptionType<P[K]> } & { [K in keyof O]: InferredOptionType<O[K]> }
>;

/** A command, for the command line. */
export interface Command {
  /** As yargs writes it, with its positionals: `show <run>`; several are alike, and `$0` is the command of no name. */
  readonly usage: string | readonly string[];
  readonly describe: string;
  readonly positionals: Table<PositionalOptions>;
  /** By name, of groups in `bench/options.ts`; each may also be given as HIGHWATER_<NAME> in the environment. */
  readonly options: Table<Options>;
  /** Options whose names mean something else in the environment. */
  readonly notFromEnvironment?: readonly string[];
  /** Does it, and says with which exit code the program ends. @throws HarnessError for expected failures */
  run(flags: object, terminal: Terminal): Promise<number>;
}

/** What is written down of a command: its handler knows which flags it has. */
interface Definition<P extends Table<PositionalOptions>, O extends Table<Options>> extends Omit<
  Command,
  'positionals' | 'options' | 'run'
> {
  readonly positionals?: P;
  readonly options: O;
  readonly run: (flags: FlagsOf<P, O>, terminal: Terminal) => Promise<number>;
}

/** The definition as a command; yargs sees to it that `run` gets the flags that it asks for. */
export function defineCommand<const P extends Table<PositionalOptions>, const O extends Table<Options>>({
  positionals,
  run,
  ...rest
}: Definition<P, O>): Command {
  return { ...rest, positionals: positionals ?? {}, run: (flags, terminal) => run(flags as FlagsOf<P, O>, terminal) };
}

/** `show` of `show <run>`; of several, all but the one without a name. */
export const namesOf = ({ usage }: Command): string[] =>
  (typeof usage === 'string' ? [usage] : usage).map(text => text.split(' ')[0] ?? '').filter(name => name !== '$0');
