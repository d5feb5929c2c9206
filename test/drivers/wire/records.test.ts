/** Holds the wire engine's records to what other implementations read, and its reader to what it wrote. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Reader as OracleReader, readRecordsBatch } from '@platformatic/kafka';
import fc from 'fast-check';
import type { Compression } from '../../../src/drivers/driver.ts';
import { crc32c } from '../../../src/drivers/wire/crc32c.ts';
import { MalformedFrameError } from '../../../src/drivers/wire/protocol/reader.ts';
import { checkCrc, readBatchHeader, RecordView } from '../../../src/drivers/wire/record-view.ts';
import { putVarint, varintBytes } from '../../../src/drivers/wire/varint.ts';
import { emptyStamp } from '../../../src/support/stamp.ts';
import { aBlock, bodyOf, content, type MessageSpec, stampOf, upTo } from '../contract/messages.ts';
import { aBatch, bytesOf, createdMillis } from './batches.ts';

const compressions: readonly Compression[] = ['none', 'gzip', 'snappy', 'lz4', 'zstd'];

const aMessage: fc.Arbitrary<MessageSpec> = fc.record({
  key: fc.integer({ min: -1, max: content.keys.length - 1 }),
  bytes: fc.oneof(fc.constant(-1), fc.integer({ min: 0, max: 1_500 })),
  headers: fc.integer({ min: -1, max: 0 }),
});

/** Decodes a whole batch. */
function viewOf(bytes: Buffer, { stampIn = 'value', from = 0 }: { stampIn?: 'value' | 'header'; from?: number } = {}) {
  const view = new RecordView(stampIn);
  view.decode(bytes, 0, readBatchHeader(bytes, 0), from);
  return view;
}

test('CRC-32C has the check value of its catalogue', () => {
  assert.equal(crc32c(Buffer.from('123456789')), 0xe3069283);
  assert.equal(crc32c(Buffer.from('6789'), crc32c(Buffer.from('12345'))), 0xe3069283);
});

test('a number takes as many bytes as are written for it', () => {
  fc.assert(
    fc.property(fc.integer({ min: -(2 ** 30), max: 2 ** 30 - 1 }), value => {
      const bytes = Buffer.alloc(8);
      assert.equal(putVarint(bytes, 0, value), varintBytes(value));
    }),
  );
});

for (const stampIn of ['value', 'header'] as const) {
  test(`another implementation reads every record as it was sent, with the stamp in a ${stampIn}`, () => {
    fc.assert(
      fc.property(fc.array(aMessage, { minLength: 1, maxLength: 300 }), specs => {
        const of = { ...content, stampIn };
        const bytes = bytesOf(
          aBatch(
            aBlock(0, specs.length, i => specs[i] as MessageSpec),
            { of },
          ),
        );
        const oracle = readRecordsBatch(OracleReader.from(bytes));
        assert.equal(oracle.records.length, specs.length);
        for (const [i, spec] of specs.entries()) {
          const { key = -1, bytes: size = -1, headers = -1 } = spec;
          const record = oracle.records[i];
          assert.equal(record?.offsetDelta, i);
          assert.equal(Number(oracle.firstTimestamp + (record?.timestampDelta ?? -1n)), createdMillis + i);
          assert.deepEqual(record?.key ?? null, key < 0 ? null : content.keys[key]);
          const stamp = stampIn === 'value' ? stampOf(i) : Buffer.alloc(0);
          assert.deepEqual(record?.value ?? null, size < 0 ? null : Buffer.concat([stamp, bodyOf(i, size)]));
          const sent = headers < 0 ? [] : (content.headerSets[headers] ?? []).map(({ name, value }) => [name, value]);
          assert.deepEqual(
            record?.headers.map(([name, value]) => [String(name), value]),
            stampIn === 'value' ? sent : [...sent, ['highwater', stampOf(i)]],
          );
        }
      }),
      { numRuns: 60 },
    );
  });
}

for (const compression of compressions) {
  test(`records compressed by ${compression} are read as they were written`, () => {
    fc.assert(
      fc.property(fc.array(aMessage, { minLength: 1, maxLength: 300 }), specs => {
        const bytes = bytesOf(
          aBatch(
            aBlock(7, specs.length, i => specs[i - 7] as MessageSpec),
            { compression },
          ),
          1_000,
        );
        checkCrc(bytes, 0, bytes.length);
        const view = viewOf(bytes);
        assert.equal(view.count, specs.length);
        assert.equal(view.nextOffset, 1_000 + specs.length);
        const stamp = emptyStamp();
        for (const [i, { key = -1, bytes: size = -1, headers = -1 }] of specs.entries()) {
          assert.equal(view.offset(i), 1_000 + i);
          assert.equal(view.readStamp(i, stamp), size >= 0);
          if (size >= 0) assert.equal(stamp.sequence, 7 + i);
          assert.deepEqual(view.key(i), key < 0 ? null : content.keys[key]);
          assert.deepEqual(view.value(i), size < 0 ? null : Buffer.concat([stampOf(7 + i), bodyOf(7 + i, size)]));
          assert.deepEqual(view.header(i, 'trace').map(String), headers < 0 ? [] : ['one', 'two']);
        }
      }),
      { numRuns: 20 },
    );
  });
}

test('a batch that begins before the offset that was asked for shows the rest alone', () => {
  const view = viewOf(bytesOf(aBatch(aBlock(0, 10)), 100), { from: 104 });
  assert.deepEqual(
    upTo(view.count).map(i => view.offset(i)),
    [104, 105, 106, 107, 108, 109],
  );
  assert.equal(view.nextOffset, 110);
});

test('a stamp in a header is found behind headers of the same length', () => {
  const of = {
    ...content,
    headerSets: [[{ name: 'low-water', value: stampOf(99) }]],
    stampIn: 'header' as const,
  };
  const bytes = bytesOf(
    aBatch(
      aBlock(3, 1, () => ({ headers: 0 })),
      { of },
    ),
  );
  const stamp = emptyStamp();
  assert.ok(viewOf(bytes, { stampIn: 'header' }).readStamp(0, stamp));
  assert.equal(stamp.sequence, 3);
});

test('a batch of which any bit was changed behind its checksum is refused', () => {
  const bytes = bytesOf(aBatch(aBlock(0, 5)));
  fc.assert(
    fc.property(fc.integer({ min: 21 * 8, max: bytes.length * 8 - 1 }), bit => {
      const changed = Buffer.from(bytes);
      changed[bit >> 3] = (changed[bit >> 3] as number) ^ (1 << (bit & 7));
      assert.throws(() => checkCrc(changed, 0, changed.length), MalformedFrameError);
    }),
  );
});
