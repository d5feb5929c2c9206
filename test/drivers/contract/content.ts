/** The contract of content: what a block says is what lies in the log. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { keysOf } from '../../../src/support/registry.ts';
import { stampHeader } from '../../../src/support/stamp.ts';
import { aBlock, bodyBytes, bodyOf, content, type MessageSpec, stampOf, upTo } from './messages.ts';
import { openProducer } from './producer.ts';
import { lacking, type Subject, unless } from './subject.ts';

const golden = JSON.parse(readFileSync(new URL('../../fixtures/partition-vectors.json', import.meta.url), 'utf8')) as {
  readonly counts: readonly number[];
  readonly vectors: readonly {
    readonly utf8hex: string;
    readonly partitions: Readonly<Record<'java' | 'saramaHash' | 'crc', readonly number[]>>;
  }[];
};

/** The column of golden partitions that a client's own strategy is to agree with. */
const columns = { murmur2: 'java', fnv1a: 'saramaHash', crc: 'crc' } as const;

/** A message of which every part is unlike the others', by ticket. */
const specs: readonly MessageSpec[] = [
  { key: -1 },
  { key: 0 },
  { key: 1 },
  { key: 2, headers: 0 },
  { key: 0, bytes: 0 },
  { key: 0, bytes: 2_000 },
];

/** What the client that reads back can decompress. Of the rest the broker itself, which must read it, stores what was in it. */
const ownCompressions: readonly string[] = ['none', 'gzip'];

const headerPairs = (content.headerSets[0] ?? []).map(({ name, value }) => [name, value]);

export function specifyContent(subject: Subject): void {
  const { capabilities } = subject.driver;
  const skip = lacking(subject, 'content');

  for (const stampIn of ['value', 'header'] as const) {
    test(`keys, values and headers arrive as they are, with the stamp in a ${stampIn}`, { skip }, async () => {
      const ground = await subject.openGround();
      await using producer = await openProducer(subject, ground, { content: { ...content, stampIn } });
      await producer.send(aBlock(0, specs.length, ticket => specs[ticket] as MessageSpec));
      const stored = (await ground.readBack()).map(record => record.content);
      const expected = specs.map(({ key = -1, headers = -1, bytes = bodyBytes }, ticket) => {
        const stamp = stampIn === 'header' ? [[stampHeader, stampOf(ticket)]] : [];
        const body = bodyOf(ticket, bytes);
        return {
          key: content.keys[key] ?? null,
          value: stampIn === 'header' ? body : Buffer.concat([stampOf(ticket), body]),
          headers: [...(headers === 0 ? headerPairs : []), ...stamp],
        };
      });
      assert.deepEqual(stored, expected);
    });
  }

  test('the null key is not the empty key', { skip }, async () => {
    const ground = await subject.openGround();
    await using producer = await openProducer(subject, ground);
    await producer.send(aBlock(0, 2, ticket => ({ key: ticket === 0 ? -1 : 1 })));
    const keys = (await ground.readBack()).map(record => record.content?.key);
    assert.deepEqual(keys, [null, Buffer.alloc(0)]);
  });

  test('a tombstone has a key, no value, and its stamp in a header', { skip }, async () => {
    const ground = await subject.openGround();
    await using producer = await openProducer(subject, ground, { content: { ...content, stampIn: 'header' } });
    await producer.send(aBlock(0, 1, () => ({ key: 0, bytes: -1 })));
    const [stored] = await ground.readBack();
    assert.deepEqual(stored?.content, {
      key: Buffer.from('a'),
      value: null,
      headers: [[stampHeader, stampOf(0)]],
    });
  });

  for (const compression of capabilities.compressions) {
    test(`messages compressed by ${compression} are read as they were`, { skip }, async () => {
      const stored = ownCompressions.includes(compression) ? 'producer' : 'uncompressed';
      const ground = await subject.openGround({ config: { 'compression.type': stored } });
      await using producer = await openProducer(subject, ground, { compression });
      assert.equal(producer.connection.effective['compression.type'], compression);
      await producer.send(aBlock(0, 200));
      const records = await ground.readBack();
      assert.deepEqual(
        records.map(record => record.content?.value?.toString('hex')),
        upTo(200).map(ticket => Buffer.concat([stampOf(ticket), bodyOf(ticket)]).toString('hex')),
      );
    });
  }

  test('a message lands in the partition that its block names', async () => {
    const ground = await subject.openGround({ topics: 2, partitions: 7 });
    await using producer = await openProducer(subject, ground);
    const placeOf = (ticket: number) => ({ topic: ticket % 2, partition: (ticket * ticket) % 7 });
    await producer.send(aBlock(0, 100, placeOf));
    for (const topic of [0, 1]) {
      const stored = await ground.readBack(topic);
      assert.equal(stored.length, 50);
      for (const { sequence, partition } of stored) {
        assert.deepEqual({ topic, partition }, placeOf(sequence));
        assert.equal(producer.ledger.of(sequence).partition, partition);
      }
    }
  });

  for (const partitioner of keysOf(columns)) {
    if (!capabilities.clientPartitioners.includes(partitioner)) {
      const skip = `does not partition by ${partitioner} itself`;
      test(`the client's own ${partitioner} puts the golden keys where they belong`, { skip }, () => undefined);
      continue;
    }
    for (const [index, partitions] of golden.counts.entries()) {
      test(`the client's own ${partitioner} puts the golden keys where they belong, of ${partitions} partitions`, async () => {
        // librdkafka's crc takes an empty key for none
        const vectors = golden.vectors.filter(({ utf8hex }) => partitioner !== 'crc' || utf8hex !== '');
        const keys = vectors.map(({ utf8hex }) => Buffer.from(utf8hex, 'hex'));
        const ground = await subject.openGround({ partitions });
        const options = { clientPartitioner: partitioner, content: { ...content, keys } };
        await using producer = await openProducer(subject, ground, options);
        await producer.send(aBlock(0, keys.length, ticket => ({ key: ticket, partition: -1 })));
        const stored = await ground.readBack();
        const bySequence = stored.toSorted((a, b) => a.sequence - b.sequence);
        assert.deepEqual(
          bySequence.map(({ partition }) => partition),
          vectors.map(vector => vector.partitions[columns[partitioner]][index]),
        );
      });
    }
  }

  test(
    "the client's own murmur2 leaves the partition of a message that names one",
    { skip: unless(capabilities.clientPartitioners.includes('murmur2'), 'does not partition by murmur2 itself') },
    async () => {
      const ground = await subject.openGround({ partitions: 3 });
      await using producer = await openProducer(subject, ground, { clientPartitioner: 'murmur2' });
      await producer.send(aBlock(0, 30, ticket => ({ key: 0, partition: ticket % 3 })));
      assert.deepEqual(await ground.endOffsets(), [10, 10, 10]);
    },
  );
}
