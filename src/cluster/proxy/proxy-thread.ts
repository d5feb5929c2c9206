/** The entry of the thread in which all proxies of a cluster run. */
import { type MessagePort, parentPort, workerData } from 'node:worker_threads';
import { type SerializedError, serializeError } from '../../support/errors.ts';
import { seededRandom } from '../../support/random.ts';
import type { LinkFault } from '../../support/link-fault.ts';
import { freePorts } from '../ports.ts';
import { openAddressFilters } from './kafka-filters.ts';
import { Route, type RouteParts } from './route.ts';

/** What the thread is started with. */
export interface ProxyThreadData {
  readonly routes: readonly { readonly id: string; readonly target: string }[];
  /** Whether the proxies put their addresses into the brokers' answers; the routes' ids are the brokers' then. */
  readonly rewritesAddresses: boolean;
}

export interface ToProxyThread {
  readonly call: number;
  readonly id: string;
  readonly fault: LinkFault | null;
}

export type FromProxyThread =
  | { readonly type: 'open'; readonly addresses: ReadonlyMap<string, string> }
  | { readonly type: 'done'; readonly call: number }
  | { readonly type: 'failed'; readonly call: number; readonly error: SerializedError }
  /** A connection was ended because what passed on it cannot be understood. */
  | { readonly type: 'nonsense'; readonly id: string; readonly message: string };

const mostTries = 5;

/** The same in every run: runs that are compared meet the same draws of a link's jitter. */
const jitter = seededRandom(1);

/** A proxy that listens. Between the search for a free port and its use another process may take it. */
async function openRoute(parts: RouteParts): Promise<Route> {
  for (let tries = 1; ; tries++) {
    const [port = 0] = await freePorts(1);
    const route = new Route(port, parts);
    try {
      await route.listen();
      return route;
    } catch (error) {
      if (tries === mostTries) throw error;
    }
  }
}

async function serve(port: MessagePort, { routes: asked, rewritesAddresses }: ProxyThreadData): Promise<void> {
  const post = (message: FromProxyThread): void => port.postMessage(message);
  const routes = new Map<string, Route>();
  const addresses = new Map<string, string>();
  for (const { id, target } of asked) {
    const route = await openRoute({
      target,
      openFilters: rewritesAddresses ? () => openAddressFilters(addresses) : null,
      onNonsense: error => post({ type: 'nonsense', id, message: error.message }),
      random: jitter.fork(id),
    });
    routes.set(id, route);
    addresses.set(id, `127.0.0.1:${route.port}`);
  }
  let last = Promise.resolve();
  port.on('message', ({ call, id, fault }: ToProxyThread) => {
    last = last
      .then(() => routes.get(id)?.set(fault))
      .then(
        () => post({ type: 'done', call }),
        (error: unknown) => post({ type: 'failed', call, error: serializeError(error) }),
      );
  });
  post({ type: 'open', addresses });
}

if (parentPort !== null) await serve(parentPort, workerData as ProxyThreadData);
