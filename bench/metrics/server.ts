/** Serves metrics on a port of this host alone, for Prometheus to fetch. */
import type { RequestListener } from 'node:http';
import type { Registry } from 'prom-client';
import { messageOf } from '../../src/index.ts';
import { serveLoopback } from '../loopback.ts';

export interface MetricsServer extends AsyncDisposable {
  /** `http://127.0.0.1:9464/metrics` */
  readonly address: string;
}

/**
 * Listens until disposed; port 0 is any that is free.
 * @throws HarnessError `environment` where the port cannot be had
 */
export async function serveMetrics(registry: Registry, port: number): Promise<MetricsServer> {
  const server = await serveLoopback(answering(registry), port, 'Metrics');
  return {
    address: `${server.origin}/metrics`,
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}

function answering(registry: Registry): RequestListener {
  return (request, response) => {
    const path = (request.url ?? '').split('?', 1)[0];
    if (path !== '/metrics') {
      response.writeHead(404).end('Metrics are at /metrics.\n');
      return;
    }
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      response.writeHead(405, { allow: 'GET, HEAD' }).end();
      return;
    }
    registry.metrics().then(
      text => response.writeHead(200, { 'content-type': registry.contentType }).end(text),
      (error: unknown) => response.writeHead(500).end(`${messageOf(error)}\n`),
    );
  };
}
