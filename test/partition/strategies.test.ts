import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import fc from 'fast-check';
import { crc32Ieee, fnv1a32, murmur2 } from '../../src/partition/hashes.ts';
import { loadPartitioner } from '../../src/partition/load.ts';
import {
  orderKept,
  type PartitionContext,
  type Partitioner,
  type StrategyName,
  strategies,
} from '../../src/partition/strategies.ts';
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

const context = (partitions: number, over: Partial<PartitionContext> = {}): PartitionContext => ({
  partitions,
  producer: 0,
  producers: 1,
  random: seededRandom(1),
  partitionSequence: [0],
  batchSizeBytes: 16_384,
  ...over,
});

const partitionerOf = (name: StrategyName, partitions: number, over: Partial<PartitionContext> = {}): Partitioner =>
  strategies[name].create(context(partitions, over));

/** The partitions of so many messages without a key, of 1,024 bytes each. */
const keyless = (partition: Partitioner, messages: number): number[] =>
  Array.from({ length: messages }, (_, message) => partition(null, message, 1_024));

/** How long each partition was stayed with, in messages. */
function staysOf(partitions: readonly number[]): number[] {
  const stays: number[] = [];
  partitions.forEach((partition, i) => {
    if (partition === partitions[i - 1]) stays[stays.length - 1]! += 1;
    else stays.push(1);
  });
  return stays;
}

test('hashes are those of the golden vectors', () => {
  for (const vector of golden.vectors) {
    const key = Buffer.from(vector.key);
    assert.equal(fnv1a32(key), vector.fnv1a32, `fnv1a of "${vector.key}"`);
    assert.equal(crc32Ieee(key), vector.crc32, `crc32 of "${vector.key}"`);
    assert.equal(murmur2(key) | 0, vector.murmur2_i32, `murmur2 of "${vector.key}"`);
  }
});

test('the golden vectors are about 1, 3, 4, 12, 50 and 100 partitions, and hold the empty key', () => {
  assert.deepEqual(golden.counts, [1, 3, 4, 12, 50, 100]);
  assert.ok(golden.vectors.some(({ key }) => key === ''));
});

for (const [strategy, column] of [
  ['murmur2', 'java'],
  ['fnv1a', 'saramaHash'],
  ['crc', 'crc'],
] as const) {
  test(`${strategy} puts ${golden.vectors.length} keys where the golden vectors say, for every number of partitions`, () => {
    golden.counts.forEach((partitions, i) => {
      const partition = partitionerOf(strategy, partitions);
      for (const vector of golden.vectors) {
        assert.equal(
          partition(Buffer.from(vector.key), 0, 100),
          vector.partitions[column][i],
          `"${vector.key}" of ${partitions}`,
        );
      }
    });
  });

  test(`${strategy} hashes the empty key like any other, and does not take it for none`, () => {
    const partition = partitionerOf(strategy, 12);
    const ofEmptyKey = Array.from({ length: 200 }, (_, message) => partition(Buffer.alloc(0), message, 1_024));
    assert.equal(new Set(ofEmptyKey).size, 1);
    assert.ok(new Set(keyless(partitionerOf(strategy, 12), 200)).size > 1);
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
            const partition = partitionerOf(name, partitions, { random: seededRandom(seed) });
            return keys.map((one, message) => partition(one, message, 100));
          };
          const chosen = choose();
          assert.ok(chosen.every(partition => Number.isInteger(partition) && partition >= 0 && partition < partitions));
          assert.deepEqual(choose(), chosen);
        },
      ),
    );
  });

  test(`${name} keeps ${orderKept(name)}: ${strategies[name].byKey ? 'a key has one partition' : 'a key has several'}`, () => {
    const partition = partitionerOf(name, 12, { partitionSequence: [0, 5], batchSizeBytes: 1_024 });
    const ofOneKey = Array.from({ length: 200 }, (_, message) => partition(Buffer.from('user-42'), message, 1_024));
    assert.equal(orderKept(name) === 'order per key', new Set(ofOneKey).size === 1);
  });
}

test('which order a module of the user’s own keeps is its own affair', () => {
  assert.equal(orderKept('custom'), 'as its module decides');
});

test('round-robin gives every partition its turn, and producers begin at different ones', () => {
  assert.deepEqual(keyless(partitionerOf('round-robin', 3), 4), [0, 1, 2, 0]);
  assert.deepEqual(keyless(partitionerOf('round-robin', 3, { producer: 1 }), 4), [1, 2, 0, 1]);
});

test('producers that take turns do not march in step under round-robin', () => {
  const producers = [0, 1, 2, 3].map(producer => partitionerOf('round-robin', 12, { producer, producers: 4 }));
  for (let message = 0; message < 24; message++) {
    assert.equal(new Set(producers.map(partition => partition(null, message, 100))).size, 4);
  }
});

test('random gives each partition its share of messages, give or take chance', () => {
  const chosen = keyless(partitionerOf('random', 4), 40_000);
  for (const partition of [0, 1, 2, 3]) {
    // 10,000 are expected, with a standard deviation of 87
    assert.ok(Math.abs(chosen.filter(one => one === partition).length - 10_000) < 450);
  }
});

test('producers draw different partitions under random', () => {
  const [one, other] = [1, 2].map(seed => keyless(partitionerOf('random', 50, { random: seededRandom(seed) }), 20));
  assert.notDeepEqual(one, other);
});

test('manual follows its sequence over all producers together, as they take turns', () => {
  const partitionSequence = [0, 2, 1];
  assert.deepEqual(keyless(partitionerOf('manual', 3, { partitionSequence }), 4), [0, 2, 1, 0]);
  const [first, second] = [0, 1].map(producer =>
    keyless(partitionerOf('manual', 3, { partitionSequence, producer, producers: 2 }), 3),
  );
  assert.deepEqual(
    [first, second],
    [
      [0, 1, 2],
      [2, 0, 1],
    ],
  );
});

test('manual refuses a sequence that leaves the topic', () => {
  assert.throws(() => partitionerOf('manual', 2, { partitionSequence: [0, 2] }), /names partition 2; the topic has 2/);
});

test('sticky stays until a batch’s bytes went to a partition: 16 messages of 1 KiB in 16 KiB', () => {
  const stays = staysOf(keyless(partitionerOf('sticky', 1_000), 16 * 200));
  assert.ok(stays.length > 190, 'with 1,000 partitions hardly any is drawn twice running');
  assert.ok(stays.every(messages => messages % 16 === 0));
});

test('sticky counts keys too, and goes over a batch rather than short of it', () => {
  const partition = partitionerOf('sticky', 1_000, { batchSizeBytes: 1_000 });
  const chosen = Array.from({ length: 60 }, (_, message) => partition(Buffer.alloc(100), message, 300));
  assert.deepEqual([...new Set(staysOf(chosen))], [3]);
});

test('sticky picks each partition equally often', () => {
  const partition = partitionerOf('sticky', 4, { batchSizeBytes: 1 });
  const chosen = keyless(partition, 40_000);
  for (const one of [0, 1, 2, 3]) {
    assert.ok(Math.abs(chosen.filter(partitionOf => partitionOf === one).length - 10_000) < 450);
  }
});

test('sticky stays as long when messages are made anew that the client did not take', () => {
  const partition = partitionerOf('sticky', 1_000);
  const sent: number[] = [];
  // of 256 messages that are made the client takes 5, and the rest is made again
  while (sent.length < 16 * 100) {
    const made = Array.from({ length: 256 }, (_, i) => partition(null, sent.length + i, 1_024));
    sent.push(...made.slice(0, 5));
  }
  assert.ok(staysOf(sent.slice(0, 16 * 100)).every(messages => messages % 16 === 0));
});

test('messages without a key are sticky under murmur2 and scattered under fnv1a and crc', () => {
  const stays = (name: StrategyName): number => staysOf(keyless(partitionerOf(name, 12), 160)).length;
  assert.ok(stays('murmur2') <= 10);
  assert.ok(stays('fnv1a') > 100);
  assert.ok(stays('crc') > 100);
});

for (const name of ['murmur2', 'fnv1a', 'crc'] as const) {
  test(`a table of keys answers as ${name} does, also for messages without a key`, async () => {
    const keys = golden.vectors.map(({ key }) => Buffer.from(key));
    const choice = { strategy: name, module: null };
    const table = await loadPartitioner(choice, { ...context(12), keys });
    const direct = partitionerOf(name, 12);
    keys.forEach((key, i) => assert.equal(table(i, i, 100), direct(key, i, 100)));
    const withoutKey = Array.from({ length: 40 }, (_, i) => table(-1, keys.length + i, 1_024));
    assert.deepEqual(
      withoutKey,
      Array.from({ length: 40 }, (_, i) => direct(null, keys.length + i, 1_024)),
    );
  });
}

test('the keys of a table are hashed for each number of partitions on its own', async () => {
  const keys = golden.vectors.map(({ key }) => Buffer.from(key));
  for (const [i, partitions] of golden.counts.entries()) {
    const table = await loadPartitioner({ strategy: 'crc', module: null }, { ...context(partitions), keys });
    assert.deepEqual(
      keys.map((_, key) => table(key, 0, 100)),
      golden.vectors.map(vector => vector.partitions.crc[i]),
    );
  }
});
