/** Specifies the jars of Kafka: pinned, fetched once, verified. */
import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { fetchJars, kafkaVersions } from '../../src/cluster/jars.ts';
import { HarnessError } from '../../src/support/errors.ts';

/** The real jars, from the cache that every test that starts a broker fills. */
let filled = '';
let mirror = '';
const requested: string[] = [];
const server = createServer((request, response) => {
  const path = request.url ?? '';
  requested.push(path);
  readFile(join(filled, path.slice(path.lastIndexOf('/') + 1))).then(
    content => response.end(path.includes('/altered/') ? content.fill(0, 0, 1) : content),
    () => response.writeHead(404).end(),
  );
});

before(async () => {
  filled = await fetchJars('4.3.1');
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  mirror = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
after(() => {
  server.closeAllConnections();
  server.close();
});

async function anEmptyCache() {
  const cacheFolder = await mkdtemp(join(tmpdir(), 'highwater-jars-'));
  return { cacheFolder, [Symbol.asyncDispose]: () => rm(cacheFolder, { recursive: true }) };
}

test('jars come from the mirror into the cache once, and then need no network', async () => {
  await using cache = await anEmptyCache();
  const said: string[] = [];
  const options = { ...cache, baseUrl: `${mirror}/`, onProgress: (message: string) => void said.push(message) };
  requested.length = 0;
  const folder = await fetchJars('4.3.1', options);
  const jars = (await readdir(folder)).filter(name => name.endsWith('.jar'));
  assert.equal(requested.length, jars.length);
  assert.ok(requested.includes('/org/apache/kafka/kafka-clients/4.3.1/kafka-clients-4.3.1.jar'));
  assert.match(said.join(), /fetching Apache Kafka 4\.3\.1, \d+ jars/);
  assert.deepEqual(
    (await readdir(folder)).filter(name => !name.endsWith('.jar')),
    ['.complete'],
  );

  requested.length = 0;
  assert.equal(await fetchJars('4.3.1', { ...options, baseUrl: 'http://127.0.0.1:1/' }), folder);
  assert.deepEqual(requested, []);
});

test('two starts at once fetch every jar once', async () => {
  await using cache = await anEmptyCache();
  requested.length = 0;
  const options = { ...cache, baseUrl: `${mirror}/` };
  const [one, other] = await Promise.all([fetchJars('4.3.1', options), fetchJars('4.3.1', options)]);
  assert.equal(one, other);
  assert.equal(requested.length, new Set(requested).size);
});

test('a jar that was cut short is fetched again, alone', async () => {
  await using cache = await anEmptyCache();
  const options = { ...cache, baseUrl: `${mirror}/` };
  const folder = await fetchJars('4.3.1', options);
  await truncate(join(folder, 'kafka-clients-4.3.1.jar'), 1_000);
  requested.length = 0;
  await fetchJars('4.3.1', options);
  assert.deepEqual(requested, ['/org/apache/kafka/kafka-clients/4.3.1/kafka-clients-4.3.1.jar']);
  const whole = await readFile(join(filled, 'kafka-clients-4.3.1.jar'));
  assert.deepEqual(await readFile(join(folder, 'kafka-clients-4.3.1.jar')), whole);
});

test('a dead process that held the folder holds nobody up', async () => {
  await using cache = await anEmptyCache();
  const folder = join(cache.cacheFolder, 'kafka-4.3.1');
  await mkdir(folder);
  await writeFile(join(folder, '.lock'), '99999999');
  assert.equal(await fetchJars('4.3.1', { ...cache, baseUrl: `${mirror}/` }), folder);
});

test('a mirror that alters jars is an error of the environment, and the jars are not taken', async () => {
  await using cache = await anEmptyCache();
  const altering = fetchJars('4.3.1', { ...cache, baseUrl: `${mirror}/altered/` });
  await assert.rejects(
    altering,
    (error: HarnessError) => error.reason === 'environment' && /SHA-256/.test(error.message),
  );
  const left = await readdir(join(cache.cacheFolder, 'kafka-4.3.1'));
  assert.deepEqual(
    left.filter(name => name.endsWith('.jar') || name === '.complete'),
    [],
  );
});

test('without a network the error says what to do', async () => {
  await using cache = await anEmptyCache();
  await assert.rejects(fetchJars('4.3.1', { ...cache, baseUrl: 'http://127.0.0.1:1/' }), (error: HarnessError) => {
    assert.equal(error.reason, 'environment');
    assert.match(error.hint ?? '', /HIGHWATER_MAVEN/);
    return true;
  });
});

test('a release that is not pinned is refused with those that are', async () => {
  await assert.rejects(fetchJars('1.2.3'), (error: unknown) => {
    assert.ok(error instanceof HarnessError && error.reason === 'usage');
    for (const version of kafkaVersions) assert.ok(error.hint?.includes(version));
    return true;
  });
});
