/** Runs commands in this process, where starting the program for each would take most of the time. */
import { chdir, env } from 'node:process';
import { execute } from '../../bench/cli.ts';
import { HarnessError } from '../../src/index.ts';
import type { Terminal } from '../../bench/terminal.ts';
import type { Ended } from './program.ts';

/** What a command did. */
export type Done = Pick<Ended, 'exitCode' | 'stdout' | 'stderr'>;

/** A terminal that keeps what is printed. */
export function keptTerminal(): { readonly terminal: Terminal; readonly kept: { stdout: string; stderr: string } } {
  const kept = { stdout: '', stderr: '' };
  const signs = { good: '✓', bad: '✗', warning: '⚠' } as const;
  const terminal: Terminal = {
    color: false,
    errorColor: false,
    unicode: true,
    columns: 160,
    errorColumns: 160,
    isLive: false,
    sign: kind => signs[kind],
    print: text => void (kept.stdout += `${text}\n`),
    error: text => void (kept.stderr += `${text}\n`),
    command: text => void (kept.stderr += `${text}\n`),
    frame: () => undefined,
  };
  return { terminal, kept };
}

/** Takes that folder as the working folder of this process: each test file is a process of its own. */
export function workIn(folder: string): void {
  chdir(folder);
  // the process that runs the tests may itself run in CI
  for (const name of ['GITHUB_ACTIONS', 'GITHUB_STEP_SUMMARY', 'GITHUB_OUTPUT']) delete env[name];
}

const foreign = /^(npm_|HIGHWATER_(?!CACHE$))/;

/** The whole command line; of the environment it sees what is given alone. Tests that run beside each other cannot have it. */
export async function program(args: readonly string[], environment: NodeJS.ProcessEnv = {}): Promise<Done> {
  const { terminal, kept } = keptTerminal();
  for (const name of Object.keys(env)) if (foreign.test(name)) delete env[name];
  Object.assign(env, environment);
  try {
    const exitCode = await execute(args, terminal);
    return { exitCode, ...kept };
  } finally {
    for (const name of Object.keys(environment)) delete env[name];
  }
}

/** Runs a command with its flags; an error becomes what the program would print and end with. */
export async function done<F>(command: (flags: F, terminal: Terminal) => Promise<number>, flags: F): Promise<Done> {
  const { terminal, kept } = keptTerminal();
  try {
    return { exitCode: await command(flags, terminal), ...kept };
  } catch (error) {
    if (!(error instanceof HarnessError)) throw error;
    const { message, hint = '', exitCode } = error;
    return { ...kept, exitCode, stderr: `${kept.stderr}${message}\n${hint}\n` };
  }
}
