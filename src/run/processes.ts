/** Runs workers as child processes, for drivers whose native addon cannot be loaded into several threads. */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Queue } from '../support/queue.ts';
import type { FromWorker, WorkerChannel } from './protocol.ts';

const entry = fileURLToPath(new URL(`./process-worker${extname(import.meta.filename)}`, import.meta.url));

/** Threads for what blocks in native code. Node's four are soon taken where several members leave their groups at once. */
const blockingThreads = '16';

/** A process to itself, for one trial. Typed arrays cross as they are. Its standard output becomes our standard error. */
export function openProcess(): WorkerChannel {
  const child = fork(entry, {
    serialization: 'advanced',
    stdio: ['ignore', 2, 2, 'ipc'],
    // as for threads: a cache of compiled code would lengthen the collector's pauses
    env: { UV_THREADPOOL_SIZE: blockingThreads, ...process.env, NODE_DISABLE_COMPILE_CACHE: '1' },
  });
  const messages = new Queue<FromWorker>();
  child.on('message', message => messages.push(message as FromWorker));
  const exited = once(child, 'exit');
  child.on('error', error => messages.close(error));
  child.on('exit', (code, signal) => {
    // its own way to end; what others send it does not heed
    const failed = code !== 0 && signal !== 'SIGTERM' && !child.killed;
    messages.close(failed ? new Error(`A worker process ended with ${signal ?? `exit code ${code}`}.`) : null);
  });
  return {
    // a process that has just ended is noticed by the end of its messages
    post: message => void child.send(message, () => undefined),
    messages,
    async [Symbol.asyncDispose]() {
      if (child.exitCode === null && child.signalCode === null) {
        child.kill('SIGKILL');
        await exited;
      }
    },
  };
}
