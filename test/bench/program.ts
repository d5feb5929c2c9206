/** Runs the program as its users do: a child process in a folder of its own, with both streams and the exit code. */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { Result } from '../../src/index.ts';

export const root = resolve(import.meta.dirname, '../..');
const entry = join(root, 'bench/highwater.js');

/** How a process ended, and all that it wrote. */
export interface Ended {
  readonly exitCode: number | null;
  /** What killed it; null where it ended by itself. */
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A program that has been started. Disposing kills it if it still runs. */
export interface Running extends AsyncDisposable {
  readonly pid: number;
  readonly ended: Promise<Ended>;
  /** Resolves, with what matched, when stderr has had that; rejects if the program ends without it. */
  said(pattern: RegExp): Promise<RegExpExecArray>;
  kill(signal: NodeJS.Signals): void;
}

/** A folder to work in, with its files by name; disposing removes it. */
export interface Workplace extends AsyncDisposable {
  readonly folder: string;
  /** Runs the program here to its end. */
  run(args: readonly string[], environment?: NodeJS.ProcessEnv): Promise<Ended>;
  /** Starts the program here. */
  start(args: readonly string[], environment?: NodeJS.ProcessEnv): Running;
}

/** A new folder that holds those files; names may not lead below it. */
export async function openWorkplace(files: Readonly<Record<string, string>> = {}): Promise<Workplace> {
  const folder = await mkdtemp(join(tmpdir(), 'highwater-test-bench-'));
  for (const [name, content] of Object.entries(files)) await writeFile(join(folder, name), content);
  const start = (args: readonly string[], environment: NodeJS.ProcessEnv = {}): Running =>
    startProgram(args, { cwd: folder, env: { ...plainEnvironment(), ...environment } });
  return {
    folder,
    start,
    async run(args, environment) {
      await using running = start(args, environment);
      return await running.ended;
    },
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }),
  };
}

/** This process's environment without what npm, a CI system, a terminal or Highwater's user may have put there. */
function plainEnvironment(): NodeJS.ProcessEnv {
  const foreign = /^(npm_|HIGHWATER_(?!CACHE$)|NODE_TEST_|CI$|NO_COLOR$|FORCE_COLOR$|TERM$)/;
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !foreign.test(name)));
}

function startProgram(args: readonly string[], place: { cwd: string; env: NodeJS.ProcessEnv }): Running {
  const child = spawn(process.execPath, [entry, ...args], { ...place, stdio: ['ignore', 'pipe', 'pipe'] });
  const stdout = gathered(child.stdout);
  const stderr = gathered(child.stderr);
  const ended = once(child, 'close').then(([exitCode, signal]): Ended => ({
    exitCode,
    signal,
    stdout: stdout.text,
    stderr: stderr.text,
  }));
  return {
    pid: child.pid as number,
    ended,
    async said(pattern) {
      for (;;) {
        const said = pattern.exec(stderr.text);
        if (said !== null) return said;
        assert.ok(isRunning(child), `The program ended and never said ${String(pattern)}:\n${stderr.text}`);
        await pause(5);
      }
    },
    kill: signal => void child.kill(signal),
    async [Symbol.asyncDispose]() {
      if (isRunning(child)) child.kill('SIGKILL');
      await ended;
    },
  };
}

const isRunning = ({ exitCode, signalCode }: ChildProcess): boolean => exitCode === null && signalCode === null;

function gathered(stream: NodeJS.ReadableStream): { text: string } {
  const gathering = { text: '' };
  stream.setEncoding('utf8');
  stream.on('data', (chunk: string) => (gathering.text += chunk));
  return gathering;
}

/** The one document that `--json` prints. */
export const resultOf = ({ stdout }: Ended): Result => JSON.parse(stdout) as Result;
