/** The command line: arguments in, one command run, one place that prints errors, and the exit code. */
import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import yargs, { type Argv, type Options } from 'yargs';
import { HarnessError, exitCodes, programVersion } from '../src/index.ts';
import { type Command, namesOf } from './command.ts';
import { commands as allCommands } from './commands/index.ts';
import { completionsFor } from './completion.ts';
import { type Config, noConfig, readConfig } from './config-file.ts';
import {
  preparedOptions,
  refuseMisspeltCommand,
  refuseSwallowedFlags,
  unknownFlagError,
  withoutTakenScenario,
} from './flags.ts';
import { givenIn, openTerminal, type Terminal } from './terminal.ts';

/** Runs the program; sets the process's exit code. */
export async function main(args: readonly string[]): Promise<void> {
  const prepared = await prepare(args).catch((error: unknown) => ({ error }));
  const config = 'error' in prepared ? noConfig : prepared;
  const { stdout, stderr } = process;
  const terminal = openTerminal(args, { stdout, stderr, env: { ...asEnvironment(config), ...process.env } });
  process.exitCode =
    'error' in prepared ? await printError(prepared.error, terminal) : await execute(args, terminal, { config });
}

/** Does what the arguments ask, tells of what goes wrong, and returns the exit code. */
export async function execute(
  args: readonly string[],
  terminal: Terminal,
  { config = noConfig, commands = allCommands }: Partial<Surroundings> = {},
): Promise<number> {
  try {
    const completions = await completionsFor(args, commands, process.env);
    for (const line of completions ?? []) terminal.print(line);
    return completions === undefined ? await dispatch(args, terminal, { config, commands }) : exitCodes.ok;
  } catch (error) {
    return await printError(error, terminal);
  }
}

/** Goes to the folder that `--cwd` names, and reads the config file, which is found from there. */
async function prepare(args: readonly string[]): Promise<Config> {
  const folder = givenIn(args, process.env, 'cwd');
  try {
    if (folder !== undefined) process.chdir(folder);
  } catch (cause) {
    throw new HarnessError('usage', `--cwd ${folder}: there is no such folder.`, { cause });
  }
  const path = givenIn(args, process.env, 'config');
  return path === undefined ? noConfig : await readConfig(path, allOptions);
}

/** What the terminal looks for, which is opened before flags are parsed. */
const asEnvironment = ({ flags }: Config): NodeJS.ProcessEnv =>
  Object.fromEntries(Object.entries(flags).map(([name, value]) => [`HIGHWATER_${name.toUpperCase()}`, String(value)]));

/** What arguments are understood by. */
interface Surroundings {
  readonly config: Config;
  readonly commands: readonly Command[];
}

async function dispatch(
  args: readonly string[],
  terminal: Terminal,
  { config, commands }: Surroundings,
): Promise<number> {
  refuseSwallowedFlags(process.env, Object.keys(allOptions));
  let exitCode: number = exitCodes.ok;
  const program = yargs(withoutTakenScenario(args))
    .scriptName('highwater')
    .usage('$0 <command>\n\nLoad tests and benchmarks Kafka from scenario files.');
  for (const command of commands) {
    program.command(command.usage, command.describe, withFlagsOf(command, config), async argv => {
      exitCode = await command.run({ ...argv, scenarioDefaults: config.scenarioDefaults }, terminal);
    });
  }
  await program
    .strict()
    .recommendCommands()
    .demandCommand(0)
    .help()
    .alias('help', 'h')
    .version(programVersion() ?? 'unknown')
    .alias('version', 'V')
    .wrap(Math.min(100, terminal.columns))
    .exitProcess(false)
    .check(refuseRepeated)
    .check(argv => refuseMisspeltCommand(argv, commands.flatMap(namesOf)))
    .fail((message, error: Error | undefined) => {
      // what yargs cannot parse comes without an error, or with one of its own
      const isInput = error === undefined || error.name === 'YError';
      throw isInput ? unknownFlagError(message, flagsOf(args)) : error;
    })
    .parseAsync();
  return exitCode;
}

const allOptions: Readonly<Record<string, Options>> = Object.assign({}, ...allCommands.map(({ options }) => options));

/** The flags of the command that was meant: one of another is no help. */
function flagsOf(args: readonly string[]): string[] {
  const named = allCommands.find(command => namesOf(command).some(name => args.includes(name)));
  return Object.keys((named ?? allCommands[0])?.options ?? allOptions);
}

const withFlagsOf =
  ({ positionals, options, notFromEnvironment: notFrom = [] }: Command, { flags }: Config) =>
  (y: Argv): Argv => {
    const placed = Object.entries(positionals).reduce((so, [name, positional]) => so.positional(name, positional), y);
    return placed.options(preparedOptions(options, process.env, { notFrom, config: flags }));
  };

/** Of two values for one setting nobody knows which is meant. */
function refuseRepeated(given: Readonly<Record<string, unknown>>): true {
  for (const [name, option] of Object.entries(allOptions)) {
    const value = given[name];
    if (!Array.isArray(value) || 'array' in option) continue;
    throw new HarnessError('usage', `--${name} is given ${value.length} times: ${value.join(', ')}.`, {
      hint: 'Give it once.',
    });
  }
  return true;
}

/** Says what went wrong and what to do next; returns the exit code. */
async function printError(error: unknown, terminal: Terminal): Promise<number> {
  if (error instanceof HarnessError && error.reason !== 'bug') {
    terminal.error(`${terminal.sign('bad')} ${error.message}`);
    if (error.hint !== undefined) terminal.error(`  ${error.hint}`);
    return error.exitCode;
  }
  const details = error instanceof Error ? (error.stack ?? error.message) : String(error);
  const file = join(await mkdtemp(join(tmpdir(), 'highwater-bug-')), 'details.txt');
  await writeFile(file, `${details}\n\nNode ${process.version}, ${process.platform}\n${process.argv.join(' ')}\n`);
  terminal.error(
    `${terminal.sign('bad')} This is a defect of Highwater: ${error instanceof Error ? error.message : String(error)}`,
  );
  terminal.error(`  Please report it with ${file}.`);
  return exitCodes.bug;
}
