import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { test } from 'node:test';
import { Ajv } from 'ajv';
import { parse } from 'yaml';
import { resolveDocument, scenarioSchemaText } from '../../src/scenario/explain.ts';
import { parseDocument } from '../../src/scenario/parse.ts';
import type { RawDocument } from '../../src/scenario/paths.ts';
import { writeFileAtomic } from '../../src/support/files.ts';
import { readText } from './reading.ts';

const root = resolve(import.meta.dirname, '../..');
const committed = join(root, 'scenarios/scenario.schema.json');

test('the committed JSON Schema is that of the format (HIGHWATER_UPDATE=1 writes it anew)', async () => {
  const text = scenarioSchemaText();
  if (process.env['HIGHWATER_UPDATE'] === '1') await writeFileAtomic(committed, text);
  assert.ok(
    readFileSync(committed, 'utf8') === text,
    'run HIGHWATER_UPDATE=1 node --test test/scenario/explain.test.ts',
  );
});

const isValid = new Ajv({ strict: false }).compile(JSON.parse(scenarioSchemaText()) as object);

const read = (file: string): RawDocument =>
  parse(readFileSync(join(root, file), 'utf8'), { merge: true }) as RawDocument;

for (const file of globSync(['scenarios/*.yaml', 'test/scenario/fixtures/*.yaml'], { cwd: root })) {
  test(`editors and Highwater accept ${file}`, () => {
    // Where a variable stands, an editor sees its text.
    const raw = JSON.parse(JSON.stringify(read(file)).replaceAll(/\$\{\w+:-([^}]*)\}/g, '$1')) as RawDocument;
    assert.ok(isValid(raw), JSON.stringify(isValid.errors));
    const parsed = parseDocument(raw);
    assert.ok(parsed.ok || 'extends' in raw, JSON.stringify(parsed));
  });
}

/** Each breaks the document `{ name: x }` in one place. */
const wrong: readonly Readonly<Record<string, unknown>>[] = [
  { prodcers: {} },
  { name: 'a/b' },
  { repeat: 0 },
  { load: { mesure: '30s' } },
  { load: { rate: 5_000 } },
  { load: { rate: '0/s' } },
  { load: { rate: '5/s', outstanding: 3 } },
  { load: { rate: '5/s', stages: [{ for: '1s', rate: '5/s' }] } },
  { load: { stages: [{ for: '1s' }] } },
  { load: { rate: 'max', arrivals: 'poisson' } },
  { load: { measure: '0s' } },
  { messages: { size: '1kb' } },
  { messages: { file: 'a', size: 1 } },
  { messages: { compressibility: 1.5 } },
  { producers: { acks: 'al' } },
  { producers: { linger: 5 } },
  { producers: { partitioning: 'hash' } },
  { producers: { partitioning: { strategy: 'murmur2', custom: 'a' } } },
  { producers: { options: { kafkjs: {} } } },
  { driver: 'kafkjs' },
  { driver: 'kafkajs@two' },
  { topic: { lifetime: 'existing' } },
  { topic: { lifetime: 'existing', name: 'a', count: 2 } },
  { topic: { name: 'a' } },
  { consumers: { r: { commit: 'auto' } } },
  { consumers: { r: { churn: [{ at: '1s' }] } } },
  { consumers: { 'a.b': {} } },
  { checks: [{ metric: 'lost' }] },
  { checks: [{ metric: 'loss', max: 0 }] },
  { compare: { delta: { default: 0.05 } } },
  { cluster: { brokers: ['localhost'] } },
  { faults: [{ at: '1s' }] },
  { simulated: { lose: 2 } },
  { matrix: { 'producers.acks': [] } },
];

for (const change of wrong) {
  test(`editors and Highwater refuse ${JSON.stringify(change)}`, () => {
    const raw = { name: 'x', ...change };
    assert.equal(parseDocument(raw).ok, false);
    assert.equal(isValid(raw), false);
  });
}

test('a scenario with every default written out is one that editors accept', () => {
  assert.ok(isValid({ name: 'x' }));
  const resolved = parse(resolveDocument({ name: 'x' })) as RawDocument;
  assert.ok(isValid(resolved), JSON.stringify(isValid.errors));
});

const documents: readonly RawDocument[] = [
  { name: 'x' },
  { name: 'x', load: { outstanding: 5 } },
  { name: 'x', load: { rate: 'max' } },
  { name: 'x', load: { stages: [{ for: '1s', rampTo: '5/s' }] } },
  { name: 'x', messages: { file: 'a.ndjson' } },
  { name: 'x', topic: { lifetime: 'existing', name: 'orders' } },
  { name: 'x', cluster: { brokers: ['a:1'] } },
  { name: 'x', driver: 'simulated' },
  { name: 'x', driver: 'simulated', simulated: { freeze: [{ at: '1s', for: '1s' }] } },
  { name: 'x', matrix: { driver: ['kafkajs', 'simulated'] } },
  { name: 'x', consumers: { r: { commit: { batch: {} } } }, checks: [{ metric: 'lost', max: 0 }] },
  { name: 'x', matrix: { 'producers.acks': [0, 1] }, compare: { reference: { 'producers.acks': 1 } } },
  read('test/scenario/fixtures/everything.yaml'),
];

for (const raw of documents) {
  test(`with its defaults written out, ${JSON.stringify(raw).slice(0, 80)} means the same`, () => {
    const resolved = resolveDocument(raw);
    // A masked value is another text; nothing but the security block holds any.
    const withoutSecurity = (document: RawDocument): RawDocument => {
      const { security: _, ...cluster } = (document['cluster'] ?? {}) as Record<string, unknown>;
      return { ...document, cluster };
    };
    const again = withoutSecurity(parse(resolved) as RawDocument);
    assert.deepEqual(parseDocument(again), parseDocument(withoutSecurity(raw)));
    assert.equal(resolveDocument(parse(resolved) as RawDocument), resolved);
  });
}

test('secrets are masked in what is stored, and references to the environment are not', async t => {
  const text = `name: x
cluster:
  security: { tls: { ca: /etc/private/ca.pem }, sasl: { mechanism: plain, username: alice, password: '\${KAFKA_PASSWORD}' } }
`;
  const resolved = resolveDocument(parse(text) as RawDocument);
  assert.doesNotMatch(resolved, /alice|private/);
  assert.match(resolved, /password: \$\{KAFKA_PASSWORD\}/);
  const problems = await readText(t, text, { env: { KAFKA_PASSWORD: 'open-sesame' } }).catch(String);
  assert.ok(typeof problems === 'string' && !problems.includes('open-sesame') && !problems.includes('alice'));
});
