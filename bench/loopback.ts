/** Serves pages and figures of a run on a port of this host alone, until the run is over. */
import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { HarnessError, messageOf } from '../src/index.ts';

const host = '127.0.0.1';

export interface LoopbackServer extends AsyncDisposable {
  /** `http://127.0.0.1:9464` */
  readonly origin: string;
}

/**
 * Listens until disposed; port 0 is any that is free. `what` is served, as an error would call it.
 * @throws HarnessError `environment` where the port cannot be had
 */
export async function serveLoopback(listener: RequestListener, port: number, what: string): Promise<LoopbackServer> {
  const server = createServer(listener);
  try {
    server.listen(port, host);
    await once(server, 'listening');
  } catch (cause) {
    throw new HarnessError('environment', `${what} cannot be served at port ${port}: ${messageOf(cause)}`, {
      hint: 'Name another port, or 0 for any that is free.',
      cause,
    });
  }
  // a run that is over does not wait for whoever reads of it
  server.unref();
  return {
    origin: `http://${host}:${(server.address() as AddressInfo).port}`,
    async [Symbol.asyncDispose]() {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}
