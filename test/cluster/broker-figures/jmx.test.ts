/** A real broker tells of itself over JMX, by Kafka's own tool; a broker that does not is missed, and the run goes on. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { access, realpath } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { promisify } from 'node:util';
import { seriesOf } from '../../../src/cluster/broker-figures/jmx.ts';
import { openBrokerFigures } from '../../../src/cluster/broker-figures/open.ts';
import type { Reading } from '../../../src/cluster/broker-figures/reading.ts';
import type { BrokerFigures } from '../../../src/cluster/broker-figures/source.ts';
import { type Cluster, openCluster } from '../../../src/cluster/cluster.ts';
import { findJava } from '../../../src/cluster/java.ts';
import { freePorts } from '../../../src/cluster/ports.ts';
import { fewInternalPartitions, version } from '../../drivers/real-broker.ts';
import { trialsOn } from '../../run/real-running.ts';

test('an attribute’s line is the series that an exporter without rules gives; text is none', () => {
  assert.deepEqual(seriesOf('kafka.server:type=KafkaServer,name=linux-disk-write-bytes:Value', '4096'), [
    { name: 'kafka_server_KafkaServer_Value', labels: { name: 'linux-disk-write-bytes' }, value: 4_096 },
  ]);
  assert.deepEqual(seriesOf('java.lang:type=OperatingSystem:Arch', 'amd64'), []);
});

function keptAlive(): Disposable {
  const timer = setInterval(() => undefined, 1_000);
  return { [Symbol.dispose]: () => clearInterval(timer) };
}

/** Looks until it has seen so many readings. */
async function readingsOf(source: BrokerFigures, count: number): Promise<Reading[]> {
  const readings: Reading[] = [];
  while (readings.length < count) {
    readings.push(...(await source.look()).readings);
    // the tool tells once a second, and says when it has: nothing else can be awaited here
    await new Promise(resolve => setTimeout(resolve, 50));
  }
  return readings;
}

const run = promisify(execFile);
const jcmd = join(dirname(await realpath(await findJava())), 'jcmd');
const hasJcmd = await access(jcmd).then(
  () => true,
  () => false,
);

/** Lets a running broker answer over JMX: in Java's options at its start it would make brokers start slowly, for they are part of the archive's name. */
const startAgent = (pid: number, port: number): Promise<unknown> =>
  run(jcmd, [
    String(pid),
    'ManagementAgent.start',
    `jmxremote.port=${port}`,
    `jmxremote.rmi.port=${port}`,
    'jmxremote.authenticate=false',
    'jmxremote.ssl=false',
  ]);

describe('a broker with JMX', { skip: hasJcmd ? false : 'this Java has no jcmd' }, () => {
  let cluster: Cluster;
  let port: number;
  before(async () => {
    [port = 0] = await freePorts(1);
    cluster = await openCluster({ kind: 'local', brokers: 1, version, config: fewInternalPartitions });
    await startAgent(cluster.processIds?.[0] ?? 0, port);
  });
  after(() => cluster[Symbol.asyncDispose]());

  test('its figures grow with the load, by JMX as by its process', async () => {
    const source = await openBrokerFigures(cluster, { jmx: [`127.0.0.1:${port}`] }, () => undefined);
    assert.ok(source !== null);
    await using _ = source;
    const [before] = await readingsOf(source, 1);
    const [trial] = await trialsOn(
      cluster,
      'driver: wire\nload: { rate: 1000/s, warmup: 500ms, measure: 2500ms }\nmessages: { size: 1KiB }\n',
    );
    // what came while the load went on is of no use, nor is the one that was under way when it ended
    await source.look();
    const after = (await readingsOf(source, 2)).at(-1);
    assert.ok(before !== undefined && after !== undefined && trial !== undefined);
    const grown = (name: keyof Reading['totals']): number => (after.totals[name] ?? 0) - (before.totals[name] ?? 0);
    assert.equal(after.name, `127.0.0.1:${port}`);
    assert.ok((after.cores ?? 0) >= 1);
    assert.ok(grown('messages') >= trial.totals.appended, `${grown('messages')} of ${trial.totals.appended}`);
    assert.ok(grown('receivedBytes') > trial.totals.appended * 1_024);
    assert.ok(grown('cpuSeconds') > 0);
    assert.ok(grown('handlersIdleSeconds') > 0);
    assert.equal(after.levels.underReplicated, 0);

    const { brokers } = trial;
    assert.ok(brokers !== undefined, 'the processes of local brokers are watched without being asked for');
    assert.equal(brokers.source, 'process');
    const [broker] = brokers.brokers;
    assert.equal(broker?.name, 'broker-1');
    assert.ok(broker.samples.some(({ atMicros, fromMicros }) => fromMicros > -0.5e6 && atMicros < 2.6e6));
    assert.ok((broker.means.cpuCores ?? 0) > 0);
    const written = broker.samples.map(
      ({ fromMicros, atMicros, figures }) => ((figures.writtenBytesPerSecond ?? 0) * (atMicros - fromMicros)) / 1e6,
    );
    // from the first look to the last: what was appended before and after is not among it
    const bytes = written.reduce((sum, one) => sum + one, 0);
    assert.ok(bytes > 100_000, JSON.stringify({ bytes, samples: broker.samples }));
    assert.ok((brokers.hosts[0]?.means.cpuCores ?? 0) > (broker.means.cpuCores ?? 0) / 2);
  });
});

test('where nobody speaks JMX, every look misses the broker, and what happened is told', async () => {
  const [port = 0] = await freePorts(1);
  const { promise: told, resolve } = Promise.withResolvers<string>();
  const source = await openBrokerFigures({}, { jmx: [`127.0.0.1:${port}`] }, resolve);
  assert.ok(source !== null);
  await using _ = source;
  // a source keeps no program alive
  using __ = keptAlive();
  assert.match(await told, new RegExp(`127.0.0.1:${port} over JMX: .*\\w`));
  let missed = 0;
  while (missed === 0) {
    missed += (await source.look()).missed;
    await new Promise(again => setTimeout(again, 50));
  }
  assert.equal(missed, 1);
});

test('a cluster of which nothing is named and nothing runs here has no figures', async () => {
  assert.equal(await openBrokerFigures({}, undefined, () => undefined), null);
});
