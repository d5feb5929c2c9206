/** Specifies the storage of new brokers: what Kafka's own tool would have made. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { defaultCacheFolder } from '../../src/support/cache.ts';
import { fetchJars } from '../../src/cluster/jars.ts';
import { findJava } from '../../src/cluster/java.ts';
import { formatProperties } from '../../src/cluster/server-properties.ts';
import { formatStorage, randomKafkaUuid } from '../../src/cluster/storage.ts';

const run = promisify(execFile);
const version = '4.3.1';

async function thePrograms() {
  const [java, jarsFolder] = await Promise.all([findJava(), fetchJars(version)]);
  return { java, jarsFolder, version, cacheFolder: defaultCacheFolder(), javaFlags: [] };
}

test('identities are as Kafka makes them: 22 characters, never a hyphen first, never the same', () => {
  const identities = Array.from({ length: 2_000 }, randomKafkaUuid);
  assert.ok(identities.every(identity => /^[A-Za-z0-9_][A-Za-z0-9_-]{21}$/.test(identity)));
  assert.equal(new Set(identities).size, identities.length);
});

test("Kafka's own tool reads the storage of each node as formatted, for that node and cluster", async t => {
  const programs = await thePrograms();
  const folder = await mkdtemp(join(tmpdir(), 'highwater-storage-'));
  t.after(() => rm(folder, { recursive: true }));
  const clusterId = randomKafkaUuid();
  const nodes = [1, 2].map(id => ({ id, dataFolder: join(folder, `data-${id}`) }));
  await formatStorage(programs, clusterId, nodes);
  for (const { id, dataFolder } of nodes) {
    assert.deepEqual((await readdir(dataFolder)).toSorted(), ['bootstrap.checkpoint', 'meta.properties']);
    const properties = join(folder, `${id}.properties`);
    await writeFile(
      properties,
      formatProperties({
        'process.roles': 'broker',
        'node.id': id,
        'controller.quorum.voters': '9@127.0.0.1:1',
        'controller.listener.names': 'CONTROLLER',
        'log.dirs': dataFolder,
      }),
    );
    const classPath = join(programs.jarsFolder, '*');
    const { stdout } = await run(programs.java, [
      '-cp',
      classPath,
      'kafka.tools.StorageTool',
      'info',
      '-c',
      properties,
    ]);
    assert.match(stdout, new RegExp(`Found metadata: .*${clusterId}.*`));
    assert.match(stdout, new RegExp(`node\\.id=${id}\\b|nodeId=.*${id}`));
    assert.doesNotMatch(stdout, /Found problem/);
  }
  const identities = await Promise.all(nodes.map(node => readFile(join(node.dataFolder, 'meta.properties'), 'utf8')));
  assert.equal(new Set(identities.map(text => /directory\.id=(.*)/.exec(text)?.[1])).size, 2);
});
