import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import fc from 'fast-check';
import { crc32Ieee, fnv1a32, murmur2 } from '../../src/partition/hashes.ts';
import { loadPartitioner, type Partitioner, type StrategyName, strategies } from '../../src/partition/strategies.ts';
import { keysOf } from '../../src/support/registry.ts';
import { seededRandom } from '../../src/support/random.ts';

interface Vector {
  readonly key: string;
  readonly fnv1a32: number;
  readonly crc32: number;
  readonly murmur2_i32: number;
  readonly partitions: Readonly<Record<'saramaHash' | 'crc' | 'java', readonly number[]>>;
}
const golden = JSON.parse(readFileSync(new URL('../fixtures/partition-vectors.json', import.meta.url), 'utf8')) as {
  readonly counts: readonly number[];
  readonly vectors: readonly Vector[];
};

const context = (partitions: number, seed = 1) => ({
  partitions,
  producer: 0,
  random: seededRandom(seed),
  partitionSequence: [0],
  batchSizeBytes: 16_384,
});

test('hashes are those of the golden vectors', () => {
  for (const vector of golden.vectors) {
    const key = Buffer.from(vector.key);
    assert.equal(fnv1a32(key), vector.fnv1a32, `fnv1a of "${vector.key}"`);
    assert.equal(crc32Ieee(key), vector.crc32, `crc32 of "${vector.key}"`);
    assert.equal(murmur2(key) | 0, vector.murmur2_i32, `murmur2 of "${vector.key}"`);
  }
});

for (const [strategy, column] of [
  ['murmur2', 'java'],
  ['fnv1a', 'saramaHash'],
  ['crc', 'crc'],
] as const) {
  test(`${strategy} puts ${golden.vectors.length} keys where the golden vectors say, for every number of partitions`, () => {
    golden.counts.forEach((partitions, i) => {
      const partition = strategies[strategy](context(partitions));
      for (const vector of golden.vectors) {
        assert.equal(
          partition(Buffer.from(vector.key), 0, 100),
          vector.partitions[column][i],
          `"${vector.key}" of ${partitions}`,
        );
      }
    });
  });
}

for (const name of keysOf(strategies)) {
  test(`${name} stays in range and repeats for a seed`, () => {
    const key = fc.option(fc.uint8Array({ maxLength: 40 }));
    fc.assert(
      fc.property(
        fc.array(key, { maxLength: 50 }),
        fc.integer({ min: 1, max: 200 }),
        fc.integer(),
        (keys, partitions, seed) => {
          const choose = (): number[] => {
            const partition = strategies[name as StrategyName](context(partitions, seed));
            return keys.map((one, message) => partition(one, message, 100));
          };
          const chosen = choose();
          assert.ok(chosen.every(partition => Number.isInteger(partition) && partition >= 0 && partition < partitions));
          assert.deepEqual(choose(), chosen);
        },
      ),
    );
  });
}

test('round-robin gives every partition its turn, and producers begin at different ones', () => {
  const turns = (producer: number): number[] => {
    const partition: Partitioner = strategies['round-robin']({ ...context(3), producer });
    return [0, 1, 2, 3].map(message => partition(null, message, 100));
  };
  assert.deepEqual(turns(0), [0, 1, 2, 0]);
  assert.deepEqual(turns(1), [1, 2, 0, 1]);
});

test('messages without a key are sticky under murmur2 and scattered under fnv1a and crc', () => {
  const changes = (name: StrategyName): number => {
    const partition = strategies[name](context(12));
    const chosen = Array.from({ length: 160 }, (_, message) => partition(null, message, 1_024));
    return chosen.filter((one, i) => i > 0 && one !== chosen[i - 1]).length;
  };
  assert.ok(changes('murmur2') <= 10);
  assert.ok(changes('fnv1a') > 100);
  assert.ok(changes('crc') > 100);
});

test('a table of keys is hashed once and answers as the strategy does', async () => {
  const keys = golden.vectors.map(({ key }) => Buffer.from(key));
  const table = await loadPartitioner({ strategy: 'murmur2', module: null }, { ...context(12), keys });
  const direct = strategies.murmur2(context(12));
  keys.forEach((key, i) => assert.equal(table(i, 0, 100), direct(key, 0, 100)));
});

test('a module of the user’s own chooses the partition, and is told off when it chooses none of the topic', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'highwater-test-'));
  try {
    const module = join(folder, 'mine.ts');
    await writeFile(
      module,
      'export default (key: Uint8Array | null, partitions: number, index: number): number => key === null ? index : partitions;',
    );
    const partition = await loadPartitioner(
      { strategy: 'custom', module },
      { ...context(3), keys: [Buffer.from('a')] },
    );
    assert.equal(partition(-1, 2, 100), 2);
    assert.throws(() => partition(0, 0, 100), /chose partition 3 for message 0; the topic has 3/);
    await assert.rejects(
      loadPartitioner({ strategy: 'custom', module: join(folder, 'none.ts') }, { ...context(3), keys: [] }),
      /cannot be loaded/,
    );
  } finally {
    await rm(folder, { recursive: true });
  }
});
