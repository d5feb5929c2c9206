/** Serves a run's page, its events and its report, to browsers of this host that were sent to it by name. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { messageOf } from '../../src/index.ts';
import { type LoopbackServer, serveLoopback } from '../loopback.ts';
import type { EventStream } from './events.ts';
import type { LivePage } from './page.ts';

/** What is served. */
export interface Served {
  readonly page: LivePage;
  readonly events: EventStream;
  /** The report as it is now; null before anything is kept. */
  readonly report: () => Promise<string> | null;
}

/** Nothing here is for other pages, and nothing is kept. */
const always = {
  'cache-control': 'no-store',
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
};

const htmlType = 'text/html; charset=utf-8';

/**
 * Listens until disposed; port 0 is any that is free.
 * @throws HarnessError `environment` where the port cannot be had
 */
export const serveWatch = (served: Served, port: number): Promise<LoopbackServer> =>
  serveLoopback((request, response) => answer(request, response, served), port, 'The run');

function answer(request: IncomingMessage, response: ServerResponse, { page, events, report }: Served): void {
  for (const [name, value] of Object.entries(always)) response.setHeader(name, value);
  const refusal = refusalOf(request);
  if (refusal !== null) {
    response.writeHead(refusal.status, refusal.headers).end(`${refusal.text}\n`);
    return;
  }
  switch (new URL(request.url ?? '/', 'http://run').pathname) {
    case '/':
      response.writeHead(200, { 'content-type': htmlType, 'content-security-policy': page.policy }).end(page.text);
      return;
    case '/events':
      events.join(response);
      return;
    case '/report':
      sendReport(response, report());
      return;
    default:
      response.writeHead(404).end('The run is at /, its report at /report.\n');
  }
}

interface Refusal {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly text: string;
}

const ownNames = new Set(['127.0.0.1', 'localhost', '[::1]']);

/** A name that its owner lets point to this host would make a foreign page one of ours; nor may one embed what it cannot read. */
function refusalOf({ headers, method }: IncomingMessage): Refusal | null {
  if (!ownNames.has((headers.host ?? '').replace(/:\d+$/, '').toLowerCase()))
    return { status: 421, text: 'Ask for 127.0.0.1 or localhost.' };
  if (['cross-site', 'same-site'].includes(String(headers['sec-fetch-site'])))
    return { status: 403, text: 'Another page asks for this.' };
  if (method === 'GET') return null;
  return { status: 405, headers: { allow: 'GET' }, text: 'There is nothing but to look.' };
}

function sendReport(response: ServerResponse, report: Promise<string> | null): void {
  if (report === null) {
    response.writeHead(404).end('Nothing is finished yet.\n');
    return;
  }
  report.then(
    text =>
      response
        .writeHead(200, { 'content-type': htmlType, 'content-security-policy': "frame-ancestors 'self'" })
        .end(text),
    (error: unknown) => response.writeHead(503).end(`There is no report: ${messageOf(error)}\n`),
  );
}
