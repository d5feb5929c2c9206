/** Does with a plain client what the drivers under test must not be trusted with: reads a topic as it lies in the log. */
import { randomUUID } from 'node:crypto';
import { type Batch, type IHeaders, Kafka, logLevel } from 'kafkajs';
import { emptyStamp, readStamp, stampHeader } from '../../../src/support/stamp.ts';
import type { StoredRecord } from './subject.ts';

/** A header of the client's, whose name may repeat, as pairs. */
const pairsOf = (headers: IHeaders | undefined): (readonly [string, Buffer])[] =>
  Object.entries(headers ?? {}).flatMap(([name, values]) =>
    [values].flat().map(value => [name, Buffer.from(value ?? '')] as const),
  );

function recordsOf({ partition, messages }: Batch): StoredRecord[] {
  return messages.map(({ offset, key, value, headers }) => {
    const pairs = pairsOf(headers);
    const carrier = pairs.find(([name]) => name === stampHeader)?.[1] ?? value;
    const stamp = emptyStamp();
    const sequence = carrier !== null && readStamp(carrier, 0, stamp) ? stamp.sequence : -1;
    return { partition, offset: Number(offset), content: { key, value, headers: pairs }, sequence };
  });
}

const aClient = (brokers: readonly string[]): Kafka =>
  new Kafka({ brokers: [...brokers], clientId: 'other-client', logLevel: logLevel.NOTHING });

/** All records of a topic whose partitions end at these offsets, by partition and offset. */
export async function readTopic(
  brokers: readonly string[],
  topic: string,
  endOffsets: readonly number[],
): Promise<StoredRecord[]> {
  const missing = new Set(endOffsets.flatMap((end, partition) => (end > 0 ? [partition] : [])));
  if (missing.size === 0) return [];
  const consumer = aClient(brokers).consumer({ groupId: `read-back-${randomUUID()}`, maxWaitTimeInMs: 20 });
  const found: StoredRecord[] = [];
  const done = Promise.withResolvers<void>();
  await consumer.connect();
  await consumer.subscribe({ topics: [topic], fromBeginning: true });
  await consumer.run({
    autoCommit: false,
    eachBatch: async ({ batch }) => {
      found.push(...recordsOf(batch));
      if (Number(batch.lastOffset()) + 1 >= (endOffsets[batch.partition] as number)) missing.delete(batch.partition);
      if (missing.size === 0) done.resolve();
    },
  });
  await done.promise;
  await consumer.disconnect();
  return found.toSorted((a, b) => a.partition - b.partition || a.offset - b.offset);
}

/** Appends one message to partition 0 in a transaction that is then aborted: the message, and the mark that it does not count. */
export async function sendAborted(brokers: readonly string[], topic: string): Promise<void> {
  const transactionalId = `aborted-${randomUUID()}`;
  const producer = aClient(brokers).producer({ transactionalId, maxInFlightRequests: 1, idempotent: true });
  await producer.connect();
  const transaction = await producer.transaction();
  await transaction.send({ topic, messages: [{ partition: 0, value: 'aborted' }] });
  await transaction.abort();
  await producer.disconnect();
}
