/** Runs workers as threads of this process, with piscina. */
import { extname } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { MessageChannel } from 'node:worker_threads';
import { Piscina } from 'piscina';
import { Queue } from '../support/queue.ts';
import type { FromWorker, WorkerChannel } from './protocol.ts';

/** The threads of a run. They live as long as it does: a warm thread measures what a fresh one would only compile. */
export interface ThreadPool extends AsyncDisposable {
  /** A thread to itself, for one trial. */
  open(): WorkerChannel;
}

/**
 * The memory for young objects. A thread that begins with the little that V8 gives it may stay there: its collector then comes again
 * and again while messages are in flight (measured with platformatic at `rate: max`: 0.3 to 1.7 s of pauses in 5 s, and 0.1 s with this).
 */
const youngMegabytes = 128;

/** A pool of up to so many threads at work at once. */
export function openThreads(most: number): ThreadPool {
  // of the threads that begin from now on; there is no such limit for one thread
  setFlagsFromString(`--min-semi-space-size=${youngMegabytes / 4}`);
  const pool = new Piscina({
    filename: new URL(`./thread-worker${extname(import.meta.filename)}`, import.meta.url).href,
    minThreads: 0,
    maxThreads: Math.max(1, most),
    idleTimeout: Infinity,
    concurrentTasksPerWorker: 1,
    // threads whose code comes from a cache on disk pause for 4 ms when they collect garbage, instead of 0.6 (measured on Node 24)
    env: { ...process.env, NODE_DISABLE_COMPILE_CACHE: '1' },
    // piscina's own Atomics.wait would block a thread's event loop, and a closing client's sockets with it
    atomics: 'disabled',
    // a turn of the event loop allocates a little: with room for it the collector comes seldom, and finds next to nothing alive
    resourceLimits: { maxYoungGenerationSizeMb: youngMegabytes },
  });
  return {
    open: () => openThread(pool),
    [Symbol.asyncDispose]: () => pool.destroy(),
  };
}

function openThread(pool: Piscina): WorkerChannel {
  const { port1, port2 } = new MessageChannel();
  const messages = new Queue<FromWorker>();
  const abort = new AbortController();
  port1.on('message', (message: FromWorker) => messages.push(message));
  // the pool's own word that the task is over may come before the task's last message: the port ends after it
  port1.on('close', () => messages.close());
  let finished = false;
  const done = pool.run({ port: port2 }, { transferList: [port2], signal: abort.signal }).then(
    () => {
      finished = true;
    },
    (error: unknown) => {
      finished = true;
      messages.close(error);
      port1.close();
    },
  );
  return {
    post: message => port1.postMessage(message),
    messages,
    async [Symbol.asyncDispose]() {
      if (!finished) abort.abort();
      await done;
      port1.close();
    },
  };
}
