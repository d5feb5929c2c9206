import assert from 'node:assert/strict';
import { test } from 'node:test';
import { planOf, problemsOf } from './planning.ts';

for (const strategy of ['fnv1a', 'crc', 'round-robin', 'random', 'sticky'] as const) {
  test(`kafkajs itself does not partition as ${strategy}: by: client is refused`, async () => {
    const problems = await problemsOf(`name: a\nproducers: { partitioning: { strategy: ${strategy}, by: client } }\n`);
    assert.equal(problems.length, 1);
    assert.match(problems[0] ?? '', /does not partition exactly as .* does, only murmur2 → set by: harness/);
  });
}

const warningsOf = async (text: string): Promise<string[]> =>
  (await planOf(`name: a\n${text}`)).warnings.map(({ code }) => code);

test('a client that partitions by itself is warned about where messages have no key', async () => {
  const byClient = 'producers: { partitioning: { strategy: murmur2, by: client } }\n';
  assert.ok((await warningsOf(byClient)).includes('W-KEYLESS'));
  assert.ok(!(await warningsOf(`${byClient}messages: { keys: uniform }\n`)).includes('W-KEYLESS'));
  assert.ok(!(await warningsOf('producers: { partitioning: murmur2 }\n')).includes('W-KEYLESS'));
});

for (const [what, text, message] of [
  [
    'exports no function',
    'export default 3;',
    /exports no function: its default export is 3\. → Write `export default/,
  ],
  ['does not parse', 'export default (', /cannot be loaded: .* → check the path/],
] as const) {
  test(`a partitioner that ${what} is refused before anything runs, at the place that names it`, async () => {
    const scenario = 'name: a\nproducers:\n  partitioning: { custom: ./mine.mjs }\n';
    const problems = await problemsOf(scenario, { 'mine.mjs': text });
    assert.equal(problems.length, 1);
    assert.match(problems[0] ?? '', /^3:\d+ /);
    assert.match(problems[0] ?? '', message);
  });
}

test('a partitioner that is not there is refused', async () => {
  const problems = await problemsOf('name: a\nproducers: { partitioning: { custom: ./none.mjs } }\n');
  assert.match(problems[0] ?? '', /none\.mjs cannot be loaded/);
});

for (const [metric, limit, wanted] of [
  ['partitionSkew', '20ms', 'a ratio like 1.2'],
  ['bytesPerBatch', '20ms', 'a size like 16KiB'],
  ['messagesPerBatch', '16KiB', 'a number of messages like 0'],
] as const) {
  test(`a check of ${metric} takes ${wanted}`, async () => {
    const problems = await problemsOf(`name: a\nchecks: [{ metric: ${metric}, max: ${limit} }]\n`);
    assert.equal(problems.length, 1);
    assert.ok(problems[0]?.includes(`${metric} takes ${wanted}`), problems[0]);
  });
}

test('limits of skew and batches are read in their units', async () => {
  const { scenario } = await planOf(
    'name: a\nchecks:\n  - { metric: partitionSkew, max: 1.2 }\n  - { metric: bytesPerBatch, min: 1KiB }\n  - { metric: messagesPerBatch, min: 2 }\n',
  );
  assert.deepEqual(
    scenario.checks.map(({ min, max }) => [min, max]),
    [
      [null, 1.2],
      [1_024, null],
      [2, null],
    ],
  );
});
