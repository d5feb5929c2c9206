/** Makes record batches for tests as the producer does. */
import type { Compression, MessageBlock, MessageContent } from '../../../src/drivers/driver.ts';
import { Batch } from '../../../src/drivers/wire/batch.ts';
import { RecordEncoder } from '../../../src/drivers/wire/record-encoder.ts';
import { seal } from '../../../src/drivers/wire/seal.ts';
import { content } from '../contract/messages.ts';

export const createdMillis = 1_700_000_000_000;

/** What room the tests' batches keep in front of themselves. */
export const roomBytes = 64;

/** A sealed batch of a whole block, message i created i ms after the first. */
export function aBatch(
  block: MessageBlock,
  { compression = 'none', of = content }: { compression?: Compression; of?: MessageContent } = {},
): Batch {
  const batch = new Batch(roomBytes, 100);
  batch.baseTimestampMillis = createdMillis;
  const encoder = new RecordEncoder(of);
  for (let i = 0; i < block.count; i++) {
    batch.payloadBytes += encoder.payloadBytesOf(block, i);
    encoder.append(batch, block, i, createdMillis + i);
  }
  seal(batch, compression);
  return batch;
}

/** A sealed batch's bytes as they lie in a log, at that base offset. */
export function bytesOf(batch: Batch, baseOffset = 0): Buffer {
  const { bytes, start, end, compressed } = batch;
  const plain = bytes.subarray(start, compressed === null ? end : start + 61);
  const whole = Buffer.concat([plain, compressed ?? Buffer.alloc(0)]);
  whole.writeBigInt64BE(BigInt(baseOffset), 0);
  return whole;
}
