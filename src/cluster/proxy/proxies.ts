/** Opens proxies that stand between clients and brokers, and let faults loose on what passes. */
import { once } from 'node:events';
import { extname } from 'node:path';
import { Worker } from 'node:worker_threads';
import { deserializeError, HarnessError, messageOf, type SerializedError } from '../../support/errors.ts';
import type { LinkFault } from '../../support/link-fault.ts';
import type { FromProxyThread, ProxyThreadData, ToProxyThread } from './proxy-thread.ts';

/** Where a proxy leads. */
export interface ProxyRoute {
  readonly id: string;
  /** `host:port`; need not listen yet: whoever comes before is reset at once. */
  readonly target: string;
}

export interface ProxyOptions {
  /**
   * Who tells clients of the proxies: the brokers, which were configured so (the default), or the proxies themselves, which put their
   * addresses into the brokers' answers. The routes' ids are the brokers' then.
   */
  readonly toldBy?: 'brokers' | 'proxies';
}

/**
 * Proxies that carry TCP connections, each from a port of 127.0.0.1 of its own to its target. Without a fault bytes pass at once and
 * unchanged. A fault does to them what `LinkFault` says:
 * - latency and jitter: a piece arrives never sooner than that, and up to about a millisecond later. At most 6 MiB of a connection are
 *   under way in one direction, as in a TCP connection with a window of that size.
 * - bandwidth: that of all connections of the route together, in each of the directions. They have their turns.
 * - cut: connections are closed in order, whatever the direction, what was under way on them is lost, and new ones are refused by the system.
 * - halfOpen: bytes are held back, and so is the word that a peer has closed or reset its connection. When the fault ends all of it
 *   arrives, in order, as TCP would repeat it; connections that a peer gave up meanwhile end then. It takes nothing for lost.
 * - reset: both sides of every connection are reset, whatever the direction.
 * When a fault ends or changes, what is under way arrives as the new one would have it, where that is sooner.
 */
export interface Proxies extends AsyncDisposable {
  /** Where each route begins, `127.0.0.1:port`, by its id. */
  readonly addresses: ReadonlyMap<string, string>;
  /** Lets a fault loose on a route, in place of any that there is; null ends it. @throws HarnessError 'environment' where it cannot */
  set(id: string, fault: LinkFault | null): Promise<void>;
  /** Why traffic was hindered though no fault says so; undefined while all is well. */
  failure(): HarnessError | undefined;
}

/**
 * Opens a proxy for each route, all of them in a thread of their own: what they carry delays nobody else's event loop.
 * @throws HarnessError 'environment' where there is no port for them
 */
export async function openProxies(
  routes: readonly ProxyRoute[],
  { toldBy = 'brokers' }: ProxyOptions = {},
): Promise<Proxies> {
  const data: ProxyThreadData = { routes, rewritesAddresses: toldBy === 'proxies' };
  const thread = new Worker(new URL(`./proxy-thread${extname(import.meta.filename)}`, import.meta.url), {
    name: 'proxies',
    workerData: data,
    // code from a cache on disk makes a thread's garbage collection pause for longer, as measured for the workers of a run
    env: { ...process.env, NODE_DISABLE_COMPILE_CACHE: '1' },
  });
  const opened = await firstWord(thread);
  const calls = new Map<number, PromiseWithResolvers<void>>();
  let failure: HarnessError | undefined;
  let end: HarnessError | undefined;
  let nextCall = 0;
  thread.on('message', (message: FromProxyThread) => {
    switch (message.type) {
      case 'open':
        return;
      case 'done':
        return calls.get(message.call)?.resolve();
      case 'failed':
        return calls.get(message.call)?.reject(failed(message.error));
      case 'nonsense':
        failure ??= new HarnessError(
          'environment',
          `The proxy before ${message.id} ended a connection: ${message.message}.`,
          {
            hint: 'What passed is not known to the proxy: choose another client, or a Kafka of cluster.local, whose proxies pass all as it is.',
          },
        );
    }
  });
  const onEnd = (cause?: unknown): void => {
    end ??= new HarnessError(
      'environment',
      `The proxies before the brokers have ended${cause === undefined ? '' : `: ${messageOf(cause)}`}.`,
      { hint: 'Run it again; if they end again, that is a bug of Highwater.', cause },
    );
    for (const { reject } of calls.values()) reject(end);
  };
  thread.on('error', onEnd);
  thread.on('exit', () => onEnd());
  return {
    addresses: opened,
    async set(id, fault) {
      if (!opened.has(id)) throw new Error(`There is no route ${id} among ${[...opened.keys()].join(', ')}.`);
      if (end !== undefined) throw end;
      const call = nextCall++;
      const settled = Promise.withResolvers<void>();
      calls.set(call, settled);
      thread.postMessage({ call, id, fault } satisfies ToProxyThread);
      await settled.promise.finally(() => calls.delete(call));
    },
    failure: () => end ?? failure,
    async [Symbol.asyncDispose]() {
      await thread.terminate();
    },
  };
}

/** Why a fault could not be let loose, or ended. */
function failed(error: SerializedError): Error {
  if (error.reason !== undefined) return deserializeError(error);
  return new HarnessError('environment', `The link cannot be changed: ${error.message}.`, {
    hint: 'Check how many open files this host has left (ulimit -n).',
    cause: deserializeError(error),
  });
}

/** The addresses of the proxies, once they listen. */
async function firstWord(thread: Worker): Promise<ReadonlyMap<string, string>> {
  try {
    const [message] = (await once(thread, 'message')) as [FromProxyThread];
    if (message.type === 'open') return message.addresses;
    throw new Error(`the thread began with ${message.type}`);
  } catch (cause) {
    await thread.terminate();
    throw new HarnessError('environment', `No proxies can be opened: ${messageOf(cause)}.`, {
      hint: 'Check how many ports and open files this host has left (ulimit -n).',
      cause,
    });
  }
}
