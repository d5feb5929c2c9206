/** Specifies a Produce request, byte by byte: batches in their own memory, with what goes in front of them. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Compression } from '../../../src/drivers/driver.ts';
import { Batch } from '../../../src/drivers/wire/batch.ts';
import { ProduceFrames } from '../../../src/drivers/wire/produce-frames.ts';
import { Reader } from '../../../src/drivers/wire/protocol/reader.ts';
import { RecordEncoder } from '../../../src/drivers/wire/record-encoder.ts';
import { seal } from '../../../src/drivers/wire/seal.ts';
import { aBlock, content } from '../contract/messages.ts';
import { bytesOf } from './batches.ts';

const topics = ['orders', 'a-topic-with-a-longer-name'];
const frames = new ProduceFrames({ clientId: 'tests', topics, acks: 'all', requestTimeoutMillis: 1_234 });

/** A sealed batch of some messages, with the room that these frames want. */
function aBatch(firstTicket: number, compression: Compression): Batch {
  const batch = new Batch(frames.roomBytes, 10);
  const encoder = new RecordEncoder(content);
  const block = aBlock(firstTicket, 5);
  for (let i = 0; i < block.count; i++) encoder.append(batch, block, i, 1_000);
  seal(batch, compression);
  return batch;
}

/** Reads a request as a broker would. */
function parse(frame: Buffer) {
  const reader = new Reader(frame);
  assert.equal(reader.int32(), frame.length - 4);
  const head = {
    api: reader.int16(),
    version: reader.int16(),
    correlationId: reader.int32(),
    clientId: reader.string(),
    transactionalId: reader.nullableString(),
    acks: reader.int16(),
    timeoutMillis: reader.int32(),
  };
  const parts = reader.array(() => {
    const topic = reader.string();
    return { topic, batches: reader.array(() => ({ partition: reader.int32(), records: reader.sizedBytes() })) };
  });
  assert.equal(reader.left, 0);
  return { head, parts };
}

for (const compression of ['none', 'gzip'] as const) {
  test(`a request carries each batch to its partition, and holds nothing besides (compression ${compression})`, () => {
    const batches = [0, 5, 10].map(firstTicket => aBatch(firstTicket, compression));
    const places = [
      { topic: 0, partition: 3 },
      { topic: 0, partition: 1 },
      { topic: 1, partition: 0 },
    ];
    const addressed = batches.map((batch, i) => ({ batch, ...(places[i] as { topic: number; partition: number }) }));
    const { head, parts } = parse(Buffer.concat(frames.frame(77, addressed)));
    assert.deepEqual(head, {
      api: 0,
      version: 7,
      correlationId: 77,
      clientId: 'tests',
      transactionalId: null,
      acks: -1,
      timeoutMillis: 1_234,
    });
    const [first, second, third] = batches.map(batch => bytesOf(batch));
    assert.deepEqual(parts, [
      {
        topic: 'orders',
        batches: [
          { partition: 3, records: first },
          { partition: 1, records: second },
        ],
      },
      { topic: 'a-topic-with-a-longer-name', batches: [{ partition: 0, records: third }] },
    ]);
  });
}

test('a batch that is sent again is framed as if it were new', () => {
  const batch = aBatch(0, 'none');
  const alone = Buffer.concat(frames.frame(1, [{ batch, topic: 0, partition: 2 }]));
  frames.frame(2, [
    { batch: aBatch(5, 'none'), topic: 0, partition: 0 },
    { batch, topic: 1, partition: 9 },
  ]);
  assert.deepEqual(Buffer.concat(frames.frame(1, [{ batch, topic: 0, partition: 2 }])), alone);
});
