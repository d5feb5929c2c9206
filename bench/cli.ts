/** The command line: arguments in, one command run, one place that prints errors, and the exit code. */
import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import yargs, { type Argv } from 'yargs';
import { HarnessError, exitCodes } from '../src/index.ts';
import { baselineCommand } from './commands/baseline.ts';
import { calibrateCommand } from './commands/calibrate.ts';
import { compareCommand } from './commands/compare.ts';
import { gateCommand } from './commands/gate.ts';
import { historyCommand } from './commands/history.ts';
import { listCommand, schemaCommand, showCommand } from './commands/look.ts';
import { planCommand, validateCommand } from './commands/plan.ts';
import { runCommand } from './commands/run.ts';
import { baselineOptions, compareOptions, gateOptions, gateOptionsOfRun } from './gate-options.ts';
import { preparedOptions, refuseSwallowedFlags, unknownFlagError } from './flags.ts';
import { openTerminal, type Terminal } from './terminal.ts';

/** Runs the program; sets the process's exit code. */
export async function main(args: readonly string[]): Promise<void> {
  const terminal = openTerminal(args);
  try {
    process.exitCode = await dispatch(args, terminal);
  } catch (error) {
    process.exitCode = await printError(error, terminal);
  }
}

async function dispatch(args: readonly string[], terminal: Terminal): Promise<number> {
  refuseSwallowedFlags(process.env, Object.keys(allOptions));
  let exitCode: number = exitCodes.ok;
  const running = async (command: Promise<number>): Promise<void> => {
    exitCode = await command;
  };
  await yargs([...args])
    .scriptName('highwater')
    .usage('$0 <command>\n\nLoad tests and benchmarks Kafka from scenario files.')
    .command(
      ['run <scenario..>', '$0'],
      'run scenarios, verify delivery, save and report (the default command)',
      y => withRunOptions(withScenarioOptions(scenarioPositional(y))),
      argv => running(runCommand(argv, terminal)),
    )
    .command(
      'validate <scenario..>',
      'check scenario files; nothing is run',
      y => withScenarioOptions(scenarioPositional(y)),
      argv => running(validateCommand(argv, terminal)),
    )
    .command(
      'plan <scenario>',
      'show what would be run: cells, order, duration, disk',
      y =>
        withScenarioOptions(
          y.positional('scenario', { type: 'string', demandOption: true, describe: 'a scenario file' }),
        ),
      argv => running(planCommand(argv, terminal)),
    )
    .command(
      'show <run>',
      'summarise a stored run, finished or not',
      y =>
        withCommonOptions(
          y.positional('run', {
            type: 'string',
            demandOption: true,
            describe: 'a path, a run id or its beginning, a scenario, latest, latest~1',
          }),
        ),
      argv => running(showCommand(argv, terminal)),
    )
    .command(
      'compare <a> <b>',
      'compare two runs, a run and a baseline, or two cells (run@cell)',
      y =>
        withCommonOptions(y.positional('a', reference).positional('b', reference)).options(
          preparedOptions(compareOptions, process.env),
        ),
      argv => running(compareCommand(argv, terminal)),
    )
    .command(
      'gate <run>',
      'judge a stored run by exit code: checks, losses, validity, and a baseline',
      y => withCommonOptions(y.positional('run', reference)).options(preparedOptions(gateOptions, process.env)),
      argv => running(gateCommand(argv, terminal)),
    )
    .command(
      'baseline <action> [of]',
      'save a run as a baseline, list, show or rm what was saved',
      y =>
        withCommonOptions(
          y
            .positional('action', { choices: ['save', 'list', 'show', 'rm'] as const, demandOption: true })
            .positional('of', { type: 'string', describe: 'save: a run; show, rm: a baseline' }),
        ).options(preparedOptions(baselineOptions, process.env)),
      argv => running(baselineCommand(argv, terminal)),
    )
    .command(
      'calibrate <scenario>',
      'run a cell against itself, and say how noisy it is and what that lets be found',
      y =>
        withMeasuringOptions(
          withScenarioOptions(
            y.positional('scenario', { type: 'string', demandOption: true, describe: 'a scenario file' }),
          ),
        ),
      argv => running(calibrateCommand(argv, terminal)),
    )
    .command(
      'history [scenario]',
      'show how a scenario’s figures went over its stored runs, and where they changed',
      y =>
        withCommonOptions(
          y.positional('scenario', { type: 'string', describe: 'a scenario’s name; the last one that was run' }),
        ).options(preparedOptions(historyOptions, process.env)),
      argv => running(historyCommand(argv, terminal)),
    )
    .command(
      'list [what]',
      'list what there is',
      y =>
        withCommonOptions(
          y.positional('what', { choices: ['runs', 'scenarios', 'drivers'] as const, default: 'runs' as const }),
        ),
      argv => running(listCommand(argv, terminal)),
    )
    .command(
      'schema [of]',
      'print the JSON Schema of scenarios or results',
      y =>
        withCommonOptions(
          y.positional('of', { choices: ['scenario', 'result'] as const, default: 'scenario' as const }),
        ),
      argv => running(schemaCommand(argv, terminal)),
    )
    .strict()
    .recommendCommands()
    .demandCommand(0)
    .help()
    .alias('help', 'h')
    .version()
    .alias('version', 'V')
    .wrap(Math.min(100, terminal.columns))
    .exitProcess(false)
    .check(refuseRepeated)
    .fail((message, error: Error | undefined) => {
      // what yargs cannot parse comes without an error, or with one of its own
      const isInput = error === undefined || error.name === 'YError';
      throw isInput ? unknownFlagError(message, Object.keys(allOptions)) : error;
    })
    .parseAsync();
  return exitCode;
}

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

const scenarioPositional = (y: Argv) =>
  y.positional('scenario', { type: 'string', array: true, demandOption: true, describe: 'scenario files' });

const reference = {
  type: 'string',
  demandOption: true,
  describe: 'a path, a run id or its beginning, latest, latest~1, baseline:NAME; with @cell one cell of it',
} as const;

const manyTimes = { type: 'string', array: true, default: [] as string[] } as const;

/** Options by name; each may also be given as HIGHWATER_<NAME> in the environment. */
const commonOptions = {
  out: { type: 'string', default: 'reports', describe: 'folder of the results' },
  json: { type: 'boolean', default: false, describe: 'print one JSON document on stdout' },
  quiet: { type: 'boolean', default: false, describe: 'no progress' },
  color: { choices: ['auto', 'always', 'never'] as const, default: 'auto' as const, describe: 'colours' },
  unicode: { type: 'boolean', default: true, describe: 'signs beyond ASCII (--no-unicode for none)' },
} as const;

const scenarioOptions = {
  set: { ...manyTimes, describe: 'path=value: a setting in place of the file’s' },
  repeat: { type: 'string', describe: 'blocks: trials of each cell' },
  duration: { type: 'string', describe: 'load.measure' },
  warmup: { type: 'string', describe: 'load.warmup' },
  rate: { type: 'string', describe: 'load.rate' },
  driver: { type: 'string', describe: 'the client library' },
  seed: { type: 'string', describe: 'of order, payloads, keys' },
  cells: { ...manyTimes, describe: 'only cells like acks=all,linger=0ms' },
  skip: { ...manyTimes, describe: 'not cells like acks=0' },
  brokers: { type: 'string', describe: 'host:port,… of an existing cluster' },
  cluster: { type: 'string', describe: 'a file that takes the place of the scenario’s cluster' },
} as const;

/** Of whatever runs trials. */
const measuringOptions = {
  progress: {
    choices: ['auto', 'live', 'plain', 'none'] as const,
    default: 'auto' as const,
    describe: 'progress on stderr',
  },
  'drain-timeout': { type: 'string', default: '5s', describe: 'how long messages in flight may take after the load' },
  'keep-topics': { type: 'boolean', default: false, describe: 'do not delete the topics of the trials' },
} as const;

const runOptions = { ...measuringOptions, ...gateOptionsOfRun } as const;

const historyOptions = {
  metric: { ...manyTimes, describe: 'a metric like ack.p99 (default: the primary ones of the newest run)' },
  cells: scenarioOptions.cells,
} as const;

const allOptions = {
  ...commonOptions,
  ...scenarioOptions,
  ...runOptions,
  ...gateOptions,
  ...baselineOptions,
  ...historyOptions,
};

const withCommonOptions = <T>(y: Argv<T>) => y.options(preparedOptions(commonOptions, process.env));
const withScenarioOptions = <T>(y: Argv<T>) =>
  withCommonOptions(y).options(preparedOptions(scenarioOptions, process.env));
const withMeasuringOptions = <T>(y: Argv<T>) => y.options(preparedOptions(measuringOptions, process.env));
const withRunOptions = <T>(y: Argv<T>) => y.options(preparedOptions(runOptions, process.env));

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
