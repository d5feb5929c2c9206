/** Runs a program to its end: what it printed, and what CPU it and all its children took. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { setTimeout as pause } from 'node:timers/promises';

/** What a program left. */
export interface Ended {
  readonly stdout: string;
  readonly stderr: string;
  readonly exitCode: number | null;
  /** User and system time of its process and of every descendant that ended before it. */
  readonly cpuSeconds: number;
}

export interface RunOptions {
  readonly signal: AbortSignal;
  readonly folder: string;
  readonly timeoutSeconds: number;
  /** Settles when the program has done all that is wanted of it: it is then told to end, for one that would live on. */
  readonly done?: (signal: AbortSignal) => Promise<void>;
}

/** A shell reports what its children took, and theirs, on every system; it outlives the signal that ends them. */
const script = 'trap : TERM; "$@" 3>&-; code=$?; times >&3; exit $code';
const killedAfterMillis = 10_000;

/** `0m1.150s 0m0.360s` in the second line, that of the children, → 1.51. */
export function cpuSecondsIn(times: string): number {
  const [, children = ''] = times.trim().split('\n');
  const parts = [...children.matchAll(/(\d+)m([\d.]+)s/g)];
  if (parts.length !== 2) throw new Error(`the shell's times are ${JSON.stringify(times)}`);
  return parts.reduce((sum, [, minutes, seconds]) => sum + Number(minutes) * 60 + Number(seconds), 0);
}

/** @throws Error where it cannot be started, takes too long or is aborted; not for its exit code */
export async function runChild(program: string, args: readonly string[], options: RunOptions): Promise<Ended> {
  const ended = new AbortController();
  const signal = AbortSignal.any([options.signal, AbortSignal.timeout(options.timeoutSeconds * 1e3)]);
  const child = spawn('sh', ['-c', script, 'sh', program, ...args], {
    cwd: options.folder,
    // a group of its own: what the program starts is killed with it
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
  });
  const kill = (name: NodeJS.Signals): void => {
    if (child.pid !== undefined && child.exitCode === null && child.signalCode === null) killGroup(child.pid, name);
  };
  signal.addEventListener('abort', () => kill('SIGKILL'), { once: true });
  if (signal.aborted) kill('SIGKILL');
  void endWhenDone(options, ended.signal, kill);
  try {
    const [[exitCode], stdout, stderr, times] = await Promise.all([
      once(child, 'close') as Promise<[number | null]>,
      text(child.stdout as Readable),
      text(child.stderr as Readable),
      text(child.stdio[3] as Readable),
    ]);
    options.signal.throwIfAborted();
    if (signal.aborted) throw new Error(`it did not end within ${options.timeoutSeconds} s: ${tailOf(stderr)}`);
    if (times === '') throw new Error(`it had to be killed, and nobody knows its CPU: ${tailOf(stderr)}`);
    return { stdout, stderr, exitCode, cpuSeconds: cpuSecondsIn(times) };
  } finally {
    ended.abort();
  }
}

function killGroup(group: number, name: NodeJS.Signals): void {
  try {
    process.kill(-group, name);
  } catch (error) {
    // it has gone meanwhile
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

async function endWhenDone({ done }: RunOptions, ended: AbortSignal, kill: (name: NodeJS.Signals) => void) {
  if (done === undefined) return;
  try {
    await done(ended);
    kill('SIGTERM');
    await pause(killedAfterMillis, undefined, { signal: ended });
    kill('SIGKILL');
  } catch (error) {
    if (!ended.aborted) throw error;
  }
}

/** The end of a text, for an error. */
export const tailOf = (output: string): string => output.trim().split('\n').slice(-5).join('\n');
