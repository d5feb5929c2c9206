/** Runs docker's programs, and says what is missing where they cannot be run. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { HarnessError } from '../support/errors.ts';
import type { Guard } from './guard.ts';
import { killGroup } from '../support/processes.ts';

/** What a program is run with. */
export interface CommandOptions {
  readonly environment: NodeJS.ProcessEnv;
  /** Kills it should the harness die. */
  readonly guard?: Guard;
  /** Ends it, and makes the call reject with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
}

/** What came of a program. */
export interface Finished {
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a program, in a group of its own that Ctrl-C does not reach, to its end. Rejects where there is no such program. */
export async function runCommand(
  [program = '', ...args]: readonly string[],
  { environment, guard, signal }: CommandOptions,
): Promise<Finished> {
  signal?.throwIfAborted();
  const child = spawn(program, args, { env: environment, detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
  await once(child, 'spawn');
  const pid = child.pid as number;
  const stop = (): void => killGroup(pid, 'SIGTERM');
  guard?.watch(pid);
  signal?.addEventListener('abort', stop);
  try {
    const closed = once(child, 'close');
    const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr), closed]);
    signal?.throwIfAborted();
    return { exitCode: child.exitCode, stdout, stderr };
  } finally {
    signal?.removeEventListener('abort', stop);
    guard?.forget(pid); // its number may soon be another process's
  }
}

/** The last lines of what a program wrote, without those that are empty. */
export function lastLines(output: string, count: number): string {
  const lines = output.split('\n').map(line => line.trimEnd());
  return lines
    .filter(line => line !== '')
    .slice(-count)
    .join('\n');
}

const instead = 'or leave out cluster.compose: then a local Kafka is started, without Docker';

function noEngine(said: string): HarnessError {
  if (/permission denied/i.test(said)) {
    return new HarnessError('environment', `Docker's engine does not take this user: ${said}`, {
      hint: `Add the user to the group docker, ${instead}.`,
    });
  }
  return new HarnessError('environment', `No Docker engine answers: ${said}`, { hint: `Start Docker, ${instead}.` });
}

/** Asserts that there is a client, and an engine behind it. */
async function requireEngine(options: CommandOptions): Promise<void> {
  let answer: Finished;
  try {
    answer = await runCommand(['docker', 'version', '--format', '{{.Server.Version}}'], options);
  } catch (cause) {
    options.signal?.throwIfAborted();
    throw new HarnessError('environment', 'The scenario names a compose file, but docker cannot be started.', {
      hint: `Install Docker so that docker is on the path, ${instead}.`,
      cause,
    });
  }
  if (answer.exitCode !== 0) throw noEngine(lastLines(answer.stderr, 1));
}

async function canRun(command: readonly string[], options: CommandOptions): Promise<boolean> {
  const finished = await runCommand(command, options).catch(() => undefined);
  options.signal?.throwIfAborted();
  return finished?.exitCode === 0;
}

/**
 * How compose is called here: `docker compose`, or the program of its own where docker has no such plugin.
 * @throws HarnessError 'environment' where there is no docker, no engine or no compose
 */
export async function findCompose(options: CommandOptions): Promise<readonly string[]> {
  await requireEngine(options);
  for (const compose of [['docker', 'compose'], ['docker-compose']]) {
    if (await canRun([...compose, 'version'], options)) return compose;
  }
  throw new HarnessError('environment', 'There is a docker here, but neither docker compose nor docker-compose.', {
    hint: `Install Docker's compose plugin, ${instead}.`,
  });
}
