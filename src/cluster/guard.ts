/** Sees to it that no broker survives the harness, however the harness ends. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { HarnessError, messageOf } from '../support/errors.ts';
import type { ToGuard } from './guard-process.ts';

/** Remembers what must not outlive the harness. Disposing it ends it, and with it what it still remembers. */
export interface Guard extends AsyncDisposable {
  /** A process group to kill when the harness is gone. */
  watch(pid: number): void;
  /** It ended: its number may soon be another's. */
  forget(pid: number): void;
  /** A folder to remove when the harness is gone. */
  remove(folder: string): void;
  /** A command to run when the harness is gone: its program and its arguments. */
  run(command: readonly string[]): void;
}

/** Starts the guard: a process in a session of its own, which signals to the harness do not reach. Its commands see `environment`. */
export async function openGuard(environment: NodeJS.ProcessEnv = process.env): Promise<Guard> {
  const entry = new URL(`./guard-process${extname(import.meta.filename)}`, import.meta.url);
  const child = spawn(process.execPath, [fileURLToPath(entry)], {
    detached: true,
    env: environment,
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  try {
    await once(child, 'spawn');
  } catch (cause) {
    throw new HarnessError('environment', `The guard of local brokers could not be started: ${messageOf(cause)}.`, {
      hint: 'Check how many processes this user may have (ulimit -u).',
      cause,
    });
  }
  child.unref();
  child.stdin.on('error', () => {}); // the guard was killed: dispose still stops everything in order
  const tell = (message: ToGuard): void => void child.stdin.write(`${JSON.stringify(message)}\n`);
  return {
    watch: pid => tell({ type: 'watch', pid }),
    forget: pid => tell({ type: 'forget', pid }),
    remove: folder => tell({ type: 'remove', folder }),
    run: command => tell({ type: 'run', command }),
    async [Symbol.asyncDispose]() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      child.ref();
      const exit = once(child, 'exit');
      child.stdin.end();
      await exit;
    },
  };
}
