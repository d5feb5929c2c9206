/** Exporters' own texts, over HTTP, become readings of brokers and hosts, whatever names their rules give; what does not answer is missed. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, describe, test } from 'node:test';
import { parseExposition } from '../../../src/cluster/broker-figures/exposition.ts';
import { readingsOf, scrape } from '../../../src/cluster/broker-figures/prometheus.ts';
import { figuresBetween } from '../../../src/cluster/broker-figures/reading.ts';

const fixture = (name: string): Promise<string> =>
  readFile(new URL(`../../fixtures/exporters/${name}.txt`, import.meta.url), 'utf8');

const readingsIn = async (name: string) => readingsOf(parseExposition(await fixture(name)), 'http://a:7071/metrics', 0);

test('labels may hold quotes, backslashes and braces; comments, and values that are no numbers, are no series', () => {
  const text = [
    '# HELP a_total what {x="1"} 5 means',
    'a_total{topic="a \\"b\\" \\\\ {c}",other="",} 1.5E3 1700000000000',
    'b NaN',
    'c_total 7 # {trace_id="x"} 1',
    '<html>not a metric</html>',
    '',
  ].join('\n');
  assert.deepEqual(parseExposition(text), [
    { name: 'a_total', labels: { topic: 'a "b" \\ {c}', other: '' }, value: 1_500 },
    { name: 'c_total', labels: {}, value: 7 },
  ]);
});

test('a broker’s figures are those of all topics together, with what other brokers copy', async () => {
  const [broker, ...others] = await readingsIn('jmx-exporter');
  assert.deepEqual(others, []);
  assert.deepEqual(broker?.totals, {
    cpuSeconds: 4_211.37,
    receivedBytes: 2e9,
    sentBytes: 2.1e9,
    messages: 1_500_000,
    handlersIdleSeconds: 42_000,
  });
  assert.deepEqual(broker.levels, {
    residentBytes: 1_610_612_736,
    networkThreadsIdle: 0.875,
    underReplicated: 2,
  });
  assert.deepEqual([broker.of, broker.name, broker.host], ['broker', 'a:7071', 'a']);
});

test('an exporter without rules tells the same under other names', async () => {
  const [broker] = await readingsIn('jmx-exporter-without-rules');
  assert.deepEqual(broker?.totals, {
    cpuSeconds: 2.5,
    receivedBytes: 7_000,
    sentBytes: 10_000,
    handlersIdleSeconds: 3,
    writtenBytes: 4_096,
  });
  assert.equal(broker.cores, 8);
  assert.equal(broker.levels.underReplicated, 0);
});

test('node_exporter tells of a host, and its own process is no broker', async () => {
  const [host, ...others] = await readingsIn('node-exporter');
  assert.deepEqual(others, []);
  assert.deepEqual([host?.of, host?.name, host?.cores], ['host', 'a', 2]);
  // neither idle, nor waiting for disks, nor taken by the hypervisor; no device of devices
  assert.deepEqual(host?.totals, { cpuSeconds: 1_210.25, writtenBytes: 1e12, receivedBytes: 2e10, sentBytes: 3e10 });
  assert.deepEqual(host.diskBusySeconds, { nvme0n1: 500 });
  assert.deepEqual(host.links, { eth0: { receivedBytes: 2e10, sentBytes: 3e10, bytesPerSecond: 1.25e9 } });
});

test('a second between two readings gives rates and shares; totals that fell say nothing', async () => {
  const [first] = await readingsIn('node-exporter');
  assert.ok(first !== undefined);
  const later = {
    ...first,
    atMicros: 2e6,
    totals: { ...first.totals, cpuSeconds: 1_213.25, writtenBytes: 5 },
    diskBusySeconds: { nvme0n1: 501.9, sdb: 3 },
    links: { eth0: { receivedBytes: 2e10, sentBytes: 3e10 + 2.25e9, bytesPerSecond: 1.25e9 } },
  };
  const figures = figuresBetween(first, later);
  assert.equal(figures.cpuCores, 1.5);
  assert.equal(figures.writtenBytesPerSecond, null);
  assert.ok(Math.abs((figures.diskBusy ?? 0) - 0.95) < 1e-9);
  assert.equal(figures.linkBusy, 0.9);
  assert.equal(figuresBetween(first, { ...later, life: 'another' }).cpuCores, null);
  assert.equal(figures.handlersIdle, null);
});

describe('over HTTP', () => {
  const servers: Server[] = [];
  const serve = async (answer: RequestListener): Promise<string> => {
    const server = createServer(answer).listen(0, '127.0.0.1');
    servers.push(server);
    await once(server, 'listening');
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}/metrics`;
  };
  let urls: Record<'good' | 'broken' | 'silent' | 'strange', string>;
  before(async () => {
    const text = await fixture('jmx-exporter');
    urls = {
      good: await serve((_, response) => response.end(text)),
      broken: await serve((_, response) => response.writeHead(503).end()),
      silent: await serve(() => undefined),
      strange: await serve((_, response) => response.end('go_goroutines 7\n')),
    };
  });
  after(() => {
    for (const server of servers) server.close().closeAllConnections();
  });

  test('what does not answer, or tells nothing of a broker, is missed within a second and told of once', async () => {
    const told: string[] = [];
    await using source = scrape(Object.values(urls), text => told.push(text));
    const begin = performance.now();
    const { readings, missed } = await source.look();
    assert.ok(performance.now() - begin < 5_000);
    assert.deepEqual(
      readings.map(({ host, totals }) => [host, totals.messages]),
      [['127.0.0.1', 1_500_000]],
    );
    assert.equal(missed, 3);
    assert.equal((await source.look()).missed, 3);
    assert.equal(told.length, 3);
    assert.ok(told.some(text => text.includes(`${urls.broken}: HTTP 503`)));
    assert.ok(told.some(text => text.includes(urls.silent) && text.includes('timeout')));
  });
});
