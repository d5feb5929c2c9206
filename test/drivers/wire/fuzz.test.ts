/** Throws a hundred thousand broken answers at the wire engine's decoders: each is read or refused by a typed error, in bounded time. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Compression } from '../../../src/drivers/driver.ts';
import { readFetchResponse } from '../../../src/drivers/wire/fetch-response.ts';
import { readProduceResponse } from '../../../src/drivers/wire/produce-response.ts';
import {
  apiVersions,
  initProducerId,
  listOffsets,
  metadata,
  saslAuthenticate,
  saslHandshake,
} from '../../../src/drivers/wire/protocol/apis.ts';
import { offsetCommit, offsetFetch } from '../../../src/drivers/wire/protocol/group-offsets.ts';
import { consumerGroupHeartbeat, findCoordinator, topicIds } from '../../../src/drivers/wire/protocol/groups.ts';
import { BrokerError } from '../../../src/drivers/wire/protocol/errors.ts';
import { Frames } from '../../../src/drivers/wire/protocol/frames.ts';
import { MalformedFrameError, Reader } from '../../../src/drivers/wire/protocol/reader.ts';
import { Writer } from '../../../src/drivers/wire/protocol/writer.ts';
import { checkCrc, readBatchHeader, RecordView } from '../../../src/drivers/wire/record-view.ts';
import { AbortedTransactions } from '../../../src/drivers/wire/transactions.ts';
import { type Random, seededRandom } from '../../../src/support/random.ts';
import { emptyStamp } from '../../../src/support/stamp.ts';
import { aBlock } from '../contract/messages.ts';
import { aBatch, bytesOf } from './batches.ts';
import {
  beatAnswer,
  coordinatorAnswer,
  offsetCommitAnswer,
  offsetFetchAnswer,
  topicIdsAnswer,
} from './group-answers.ts';

const mutations = 100_000;
const mostFrameBytes = 2 ** 20;

/** A well-formed answer behind its correlation id, and what reads it. */
interface Specimen {
  readonly name: string;
  readonly body: Buffer;
  read(reader: Reader): unknown;
}

function fetchSpecimen(compression: Compression): Specimen {
  const writer = new Writer().int32(0).int16(0).int32(0).int32(1).string('topic').int32(1);
  writer.int32(2).int16(0).int64(100).int64(100).int64(0); // partition, error, high watermark, stable, log start
  writer.int32(1).int64(7).int64(3).int32(-1); // one aborted transaction, preferred replica
  const block = aBlock(0, 20, ticket => ({ key: (ticket % 4) - 1, headers: (ticket % 2) - 1 }));
  writer.sizedBytes(Buffer.concat([0, 20, 40].map(offset => bytesOf(aBatch(block, { compression }), offset))));
  return { name: `Fetch, ${compression}`, body: Buffer.from(writer.toBuffer()), read: readRecords };
}

/** Reads a fetched answer as the consumer does, but believes also batches whose checksum is wrong: the decoder must bear them. */
function readRecords(reader: Reader): number {
  const stamp = emptyStamp();
  let read = 0;
  for (const { start, end, aborted } of readFetchResponse(reader, 11).regions) {
    const transactions = new AbortedTransactions(aborted);
    for (let at = start; at < end;) {
      const header = readBatchHeader(reader.bytes, at);
      const isAborted = transactions.covers(reader.bytes, at, header);
      const view = new RecordView(read % 2 === 0 ? 'value' : 'header');
      if (!isAborted) view.decode(reader.bytes, at, header, 5);
      for (let i = 0; i < view.count; i++) {
        if (view.readStamp(i, stamp)) read++;
        view.key(i);
        view.value(i);
        view.header(i, 'trace');
      }
      at = header.end;
    }
  }
  return read;
}

const member = { groupId: 'group', memberId: 'member', epoch: 1, instanceId: null };
const beat = { ...member, rebalanceTimeoutMillis: null, topics: null, assignor: null, owned: null };

/** What a group's members ask. */
const groupSpecimens: readonly Specimen[] = [
  { name: 'FindCoordinator', body: coordinatorAnswer(), read: reader => findCoordinator('group').read(reader) },
  {
    name: 'ConsumerGroupHeartbeat',
    body: beatAnswer([0, 1]),
    read: reader => consumerGroupHeartbeat(beat, 1).read(reader),
  },
  { name: 'Metadata with ids', body: topicIdsAnswer(), read: reader => topicIds([]).read(reader) },
  { name: 'OffsetFetch', body: offsetFetchAnswer(), read: reader => offsetFetch(member, []).read(reader) },
  { name: 'OffsetCommit', body: offsetCommitAnswer(), read: reader => offsetCommit(member, []).read(reader) },
];

const produced = new Writer().int32(1).string('topic').int32(2);
for (const partition of [0, 1]) produced.int32(partition).int16(0).int64(5).int64(-1).int64(0);

const specimens: readonly Specimen[] = [
  ...(['none', 'gzip', 'snappy', 'lz4', 'zstd'] as const).map(fetchSpecimen),
  {
    name: 'Produce',
    body: produced.int32(0).toBuffer(),
    read: reader => readProduceResponse(reader, () => undefined),
  },
  {
    name: 'Metadata',
    body: new Writer()
      .int32(0)
      .int32(1)
      .int32(1)
      .string('127.0.0.1')
      .int32(9092)
      .int16(-1)
      .string('cluster')
      .int32(1)
      .int32(1)
      .int16(0)
      .string('topic')
      .int8(0)
      .int32(1)
      .int16(0)
      .int32(0)
      .int32(1)
      .int32(5)
      .int32(1)
      .int32(1)
      .int32(1)
      .int32(1)
      .int32(0)
      .toBuffer(),
    read: reader => metadata(['topic']).read(reader),
  },
  {
    name: 'ApiVersions',
    body: new Writer()
      .int16(0)
      .int8(3)
      .int16(0)
      .int16(3)
      .int16(13)
      .int8(0)
      .int16(1)
      .int16(4)
      .int16(18)
      .int8(0)
      .int32(0)
      .int8(0)
      .toBuffer(),
    read: reader => apiVersions(3).read(reader),
  },
  {
    name: 'ListOffsets',
    body: new Writer()
      .int32(0)
      .int32(1)
      .string('topic')
      .int32(1)
      .int32(0)
      .int16(0)
      .int64(-1)
      .int64(9)
      .int32(1)
      .toBuffer(),
    read: reader => listOffsets([], -1, 0).read(reader),
  },
  {
    name: 'InitProducerId',
    body: new Writer().int32(0).int16(0).int64(4_000).int16(0).toBuffer(),
    read: reader => initProducerId().read(reader),
  },
  {
    name: 'SaslHandshake',
    body: new Writer().int16(0).int32(1).string('PLAIN').toBuffer(),
    read: reader => saslHandshake('PLAIN').read(reader),
  },
  {
    name: 'SaslAuthenticate',
    body: new Writer().int16(0).nullableString(null).sizedBytes(Buffer.from('v=abc')).toBuffer(),
    read: reader => saslAuthenticate(Buffer.alloc(0)).read(reader),
  },
  ...groupSpecimens,
];

/** A frame of the specimen: its length, a correlation id, its body. */
function frameOf({ body }: Specimen): Buffer {
  const head = Buffer.alloc(8);
  head.writeInt32BE(body.length + 4);
  return Buffer.concat([head, body]);
}

/** Breaks a frame: bytes changed, a number set to an extreme, cut off, or with a piece doubled. */
function broken(frame: Buffer, random: Random): Buffer {
  const bytes = Buffer.from(frame);
  const at = random.below(bytes.length);
  switch (random.below(5)) {
    case 0:
      for (let n = random.below(8) + 1; n > 0; n--) bytes[random.below(bytes.length)] = random.below(256);
      return bytes;
    case 1:
      bytes.writeInt32BE(
        [-1, 0, 2 ** 31 - 1, -(2 ** 31), 65_536][random.below(5)] as number,
        Math.min(at, bytes.length - 4),
      );
      return bytes;
    case 2:
      return bytes.subarray(0, at);
    case 3: {
      // the length says so too: what is cut off is missed within the frame
      const cut = bytes.subarray(0, Math.max(8, at));
      cut.writeInt32BE(cut.length - 4);
      return cut;
    }
    default:
      return Buffer.concat([bytes.subarray(0, at), bytes.subarray(random.below(bytes.length))]);
  }
}

for (const specimen of specimens) {
  test(`an answer to ${specimen.name} is read as it stands`, () => {
    const reader = new Reader(specimen.body);
    specimen.read(reader);
    assert.equal(reader.left, 0);
  });
}

test(`of ${mutations} broken answers each is read, waited for, or refused by a typed error`, () => {
  const random = seededRandom(20_260);
  const frames = specimens.map(frameOf);
  const refused = { malformed: 0, byBroker: 0, read: 0, waiting: 0 };
  let slowestMillis = 0;
  for (let i = 0; i < mutations; i++) {
    const which = i % specimens.length;
    const bytes = broken(frames[which] as Buffer, random);
    const before = performance.now();
    let outcome: keyof typeof refused = 'waiting';
    try {
      const stream = new Frames((frame, start, end) => {
        (specimens[which] as Specimen).read(new Reader(frame, start + 4, end));
        outcome = 'read';
      }, mostFrameBytes);
      stream.push(bytes);
    } catch (error) {
      if (error instanceof MalformedFrameError) outcome = 'malformed';
      else if (error instanceof BrokerError) outcome = 'byBroker';
      else throw new Error(`${specimens[which]?.name}: mutation ${i}`, { cause: error });
    }
    refused[outcome]++;
    slowestMillis = Math.max(slowestMillis, performance.now() - before);
  }
  assert.ok(
    Object.values(refused).every(count => count > 0),
    JSON.stringify(refused),
  );
  assert.ok(slowestMillis < 2_000, `one took ${slowestMillis} ms`);
});

test('a checksum that is wrong is told before its records are read', () => {
  const bytes = bytesOf(aBatch(aBlock(0, 3)));
  bytes.writeUInt32BE(1, 17);
  assert.throws(() => checkCrc(bytes, 0, bytes.length), MalformedFrameError);
});
