import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { suite, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { openMetrics } from '../../../bench/metrics.ts';
import { keptTerminal } from '../in-process.ts';
import { openWorkplace, resultOf } from '../program.ts';
import { readBack } from '../scenarios.ts';

const addressIn = (stderr: string): string => /metrics +(http:\S+)/.exec(stderr)?.[1] ?? assert.fail(stderr);

/** Opens them at any free port, with what is printed. */
async function open(metricsPort: string | undefined, environment: NodeJS.ProcessEnv = {}) {
  const { terminal, kept } = keptTerminal();
  return { metrics: await openMetrics({ quiet: false, metricsPort }, terminal, environment), kept };
}

suite('a port for Prometheus', () => {
  test('serves metrics at /metrics alone, to this host alone, until the run is over', async () => {
    const { metrics, kept } = await open('0');
    const address = addressIn(kept.stderr);
    assert.equal(new URL(address).hostname, '127.0.0.1');
    const answer = await fetch(address);
    assert.match(answer.headers.get('content-type') ?? '', /^text\/plain; version=0\.0\.4/);
    assert.match(await answer.text(), /^# TYPE highwater_sent_messages_total counter$/m);
    assert.equal((await fetch(new URL('/', address))).status, 404);
    assert.equal((await fetch(address, { method: 'POST' })).status, 405);
    await metrics[Symbol.asyncDispose]();
    await assert.rejects(fetch(address));
  });

  test('is not opened unless it is asked for', async () => {
    const { metrics, kept } = await open(undefined);
    await metrics[Symbol.asyncDispose]();
    assert.equal(kept.stderr, '');
  });

  test('that another program has is named, with what to do', async () => {
    const { metrics, kept } = await open('0');
    await using _ = metrics;
    const { port } = new URL(addressIn(kept.stderr));
    await assert.rejects(open(port), { reason: 'environment', message: new RegExp(`port ${port}.*EADDRINUSE`) });
  });

  for (const wrong of ['http', '-1', '65536', '9464.5', '']) {
    test(`is not ${JSON.stringify(wrong)}`, async () => {
      await assert.rejects(open(wrong), { reason: 'usage', message: `--metrics-port ${wrong} is no port.` });
    });
  }
});

test('a run tells of what it sends and reads while it goes on, and closes the port at its end', async () => {
  const load = { outstanding: 20, warmup: '100ms', measure: '1500ms' };
  await using works = await openWorkplace({ 'short.yaml': readBack({}, { load }) });
  await using running = works.start(['short.yaml', '--metrics-port', '0', '--progress', 'plain', '--json']);
  const [, address = ''] = await running.said(/metrics +(http:\S+)/);
  const highest = new Map<string, number>();
  let isOver = false;
  const ended = running.ended.finally(() => (isOver = true));
  while (!isOver) {
    const metrics = await fetch(address).then(
      answer => answer.text(),
      () => '',
    );
    for (const [, name = '', value] of metrics.matchAll(/^highwater_(\w+)\{.*\} (\S+)$/gm)) {
      highest.set(name, Math.max(highest.get(name) ?? 0, Number(value)));
    }
    await pause(50);
  }
  assert.ok(resultOf(await ended).cells[0]?.trials.length);
  for (const name of ['sent', 'acked', 'consumed']) {
    assert.ok((highest.get(`${name}_messages_total`) ?? 0) > 0, name);
    assert.ok((highest.get(`${name}_messages_per_second`) ?? 0) > 0, name);
  }
  assert.ok(highest.has('consumer_lag_messages') && highest.has('trial_phase'), [...highest.keys()].join());
  await assert.rejects(fetch(address));
});

suite('a collector of OpenTelemetry', () => {
  test('is sent metrics as OTLP, with the headers of the environment, at the latest when the run is over', async () => {
    const received: { path: string; key: string; body: string }[] = [];
    const collector = createServer((request, response) => {
      void text(request).then(body => {
        received.push({ path: request.url ?? '', key: String(request.headers['api-key']), body });
        response.writeHead(200, { 'content-type': 'application/json' }).end('{}');
      });
    });
    collector.listen(0, '127.0.0.1');
    await once(collector, 'listening');
    const { port } = collector.address() as AddressInfo;
    const { metrics } = await open(undefined, {
      OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${port}/`,
      OTEL_EXPORTER_OTLP_HEADERS: 'api-key=a%20b,other=1',
    });
    await metrics[Symbol.asyncDispose]();
    collector.close();
    collector.closeAllConnections();
    assert.deepEqual(
      received.map(({ path, key }) => ({ path, key })),
      [{ path: '/v1/metrics', key: 'a b' }],
    );
    assert.match(received[0]?.body ?? '', /"service\.name".*"highwater_build_info"/);
  });

  test('that does not answer is told of, and ends nothing', async () => {
    const { metrics, kept } = await open(undefined, { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:1' });
    await metrics[Symbol.asyncDispose]();
    assert.match(kept.stderr, /⚠ Metrics could not be posted to http:\/\/127\.0\.0\.1:1\/v1\/metrics: /);
  });

  test('is left alone where OpenTelemetry is off', async () => {
    const environment = { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:1', OTEL_SDK_DISABLED: 'true' };
    const { metrics, kept } = await open(undefined, environment);
    await metrics[Symbol.asyncDispose]();
    assert.equal(kept.stderr, '');
  });
});
