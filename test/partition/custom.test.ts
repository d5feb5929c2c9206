import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { loadCustomPartitioner } from '../../src/partition/custom.ts';
import { loadPartitioner } from '../../src/partition/load.ts';
import { HarnessError } from '../../src/support/errors.ts';
import { seededRandom } from '../../src/support/random.ts';

const folder = await mkdtemp(join(tmpdir(), 'highwater-test-'));
after(() => rm(folder, { recursive: true }));

let written = 0;

/** A module of its own that holds the text. */
async function moduleOf(text: string, extension = 'mjs'): Promise<string> {
  const path = join(folder, `partitioner-${written++}.${extension}`);
  await writeFile(path, text);
  return path;
}

/** Whether the error is the user's to mend, with this said and this advised. */
const told = (message: RegExp, hint: RegExp) => (error: unknown) => {
  assert.ok(error instanceof HarnessError && error.reason === 'usage', String(error));
  assert.match(error.message, message);
  assert.match(error.hint ?? '', hint);
  return true;
};

test('a TypeScript module of the user’s own chooses by key, number of partitions and message number', async () => {
  const module = await moduleOf(
    'export default (key: Uint8Array | null, partitions: number, index: number): number => (key === null ? index : key.length) % partitions;',
    'ts',
  );
  const partition = await loadPartitioner(
    { strategy: 'custom', module },
    {
      partitions: 3,
      producer: 0,
      producers: 1,
      random: seededRandom(1),
      partitionSequence: [],
      batchSizeBytes: 1,
      keys: [Buffer.from('ab'), Buffer.alloc(0)],
    },
  );
  assert.deepEqual([partition(-1, 4, 100), partition(0, 4, 100), partition(1, 4, 100)], [1, 2, 0]);
});

for (const [what, text, message] of [
  ['has a mistake in its text', 'export default (', /cannot be loaded: /],
  ['throws while it is loaded', 'throw new Error("no licence");', /cannot be loaded: no licence/],
  ['has no default export', 'export const partition = () => 0;', /exports no function: it has no default export/],
  ['exports a number', 'export default 3;', /exports no function: its default export is 3/],
  ['exports an object', 'export default { partition: () => 0 };', /its default export is of type object/],
] as const) {
  test(`a module that ${what} is refused before it is asked`, async () => {
    await assert.rejects(loadCustomPartitioner(await moduleOf(text), 3), told(message, /^$|export default/));
  });
}

test('a module that is not there is refused', async () => {
  await assert.rejects(loadCustomPartitioner(join(folder, 'none.mjs'), 3), told(/cannot be loaded/, /^$/));
});

for (const [answer, shown] of [
  ['3', '3'],
  ['-1', '-1'],
  ['1.5', '1.5'],
  ['NaN', 'NaN'],
  ['undefined', 'undefined'],
  ['null', 'null'],
  ['"1"', 'of type string'],
  ['1n', 'of type bigint'],
] as const) {
  test(`an answer of ${answer} is told off: it is none of three partitions`, async () => {
    const partition = await loadCustomPartitioner(await moduleOf(`export default () => ${answer};`), 3);
    assert.throws(
      () => partition(Buffer.from('a'), 7),
      told(
        new RegExp(`chose partition ${shown} for message 7 \\(key "a"\\); the topic has 3`),
        /^Return a whole number from 0 to 2\.$/,
      ),
    );
  });
}

test('an async partitioner is told that it must answer at once', async () => {
  const partition = await loadCustomPartitioner(await moduleOf('export default async () => 0;'), 3);
  assert.throws(
    () => partition(null, 0),
    told(/chose partition a promise for message 0 \(no key\)/, /must not be async/),
  );
});

test('a partitioner that throws is quoted, with the message for which it did', async () => {
  const module = await moduleOf('export default key => key.length;');
  const partition = await loadCustomPartitioner(module, 3);
  assert.equal(partition(Buffer.from('ab'), 0), 2);
  assert.throws(
    () => partition(null, 1),
    told(/failed for message 1 \(no key\): .*null/, /for every key, and for null/),
  );
});
