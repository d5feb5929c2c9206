/** Runs the npm that is there: its own configuration says where packages come from. */
import { spawn } from 'node:child_process';
import { basename, delimiter, dirname } from 'node:path';
import { text } from 'node:stream/consumers';
import { killGroup } from '../../support/processes.ts';

/** How a program ended, and what it said. */
export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

const onWindows = process.platform === 'win32';

/** Where and how a program runs. */
export interface Running {
  readonly cwd: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal | undefined;
  readonly mostMillis?: number;
}

/** Runs npm with these arguments. Rejects where it cannot be started, or was stopped by the signal. */
export type Npm = (args: readonly string[], running: Running) => Promise<Ended>;

/** The one that started this process, on this very Node; else the one on the path. */
export const runNpm: Npm = (args, running) => {
  const started = process.env['npm_execpath'];
  if (started !== undefined && basename(started) === 'npm-cli.js') {
    return runProgram(process.execPath, [started, ...args], running);
  }
  return runProgram('npm', args, running);
};

/**
 * Runs a program to its end, on a path that begins with this process's Node. What it starts itself ends with it where it is stopped, by the
 * signal or for its time. Rejects where it cannot be started, or was stopped by the signal.
 */
export async function runProgram(
  program: string,
  args: readonly string[],
  { cwd, env = {}, signal, mostMillis }: Running,
): Promise<Ended> {
  signal?.throwIfAborted();
  const path = [dirname(process.execPath), process.env['PATH']].join(delimiter);
  const child = spawn(program, args, {
    cwd,
    env: { ...withoutFlagsOfNpm(process.env), PATH: path, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    // npm is a script there
    shell: onWindows && program === 'npm',
    // a group of its own: a compiler must not outlive the npm that started it
    detached: !onWindows,
  });
  const ended = new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  const stop = (): void => {
    if (child.pid !== undefined) killGroup(child.pid, 'SIGTERM');
  };
  signal?.addEventListener('abort', stop);
  const timer = mostMillis === undefined ? undefined : setTimeout(stop, mostMillis);
  try {
    const [code, stdout, stderr] = await Promise.all([ended, text(child.stdout), text(child.stderr)]);
    signal?.throwIfAborted();
    return { code, stdout, stderr };
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', stop);
  }
}

/** What npm was told for the run, and hands down to every npm below. As in `bench/setup/packages.js`, which runs on an old Node too. */
const flagsOfRun = new Set(
  [
    'dry_run',
    'global',
    'json',
    'loglevel',
    'omit',
    'only',
    'package_lock_only',
    'prefix',
    'production',
    'workspace',
  ].map(flag => `npm_config_${flag}`),
);

const withoutFlagsOfNpm = (environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv =>
  Object.fromEntries(Object.entries(environment).filter(([name]) => !flagsOfRun.has(name.toLowerCase())));
