/** Makes what the tests of the contract send: blocks whose messages can be told apart when they are read back. */
import type { MessageBlock, MessageContent } from '../../../src/drivers/driver.ts';
import { stampBytes, stampColumn } from '../../../src/support/stamp.ts';

export const bodyBytes = 100;
export const runStamp = 7;
const bodyOffsets = 200;

/** Bodies that begin at different offsets differ. */
const bodies = Buffer.from(Array.from({ length: bodyOffsets + 2_000 }, (_, i) => (i * 31 + (i >> 8)) & 0xff));

/** The content of most tests: three keys, of which one is empty, and headers with a name that repeats. */
export const content: MessageContent = {
  bodies,
  keys: [Buffer.from('a'), Buffer.alloc(0), Buffer.from('clé')],
  headerSets: [
    [
      { name: 'source', value: Buffer.from('bench') },
      { name: 'trace', value: Buffer.from('one') },
      { name: 'trace', value: Buffer.from('two') },
    ],
  ],
  stampIn: 'value',
};

/** One message, but for what every message has. */
export interface MessageSpec {
  readonly topic?: number;
  /** −1 leaves it to the client. */
  readonly partition?: number;
  /** Index into the keys; −1 is null. */
  readonly key?: number;
  /** Of the body; −1 is a tombstone. */
  readonly bytes?: number;
  /** Index into the header sets; −1 is none. */
  readonly headers?: number;
}

const bodyOffsetOf = (ticket: number): number => ticket % bodyOffsets;

/** Messages `firstTicket` … in topic 0, partition 0, of 124 bytes without key, unless `specify` says otherwise of a ticket. */
export function aBlock(
  firstTicket: number,
  count: number,
  specify: (ticket: number) => MessageSpec = () => ({}),
): MessageBlock {
  const stamps = stampColumn(count);
  const specs = Array.from({ length: count }, (_, i) => specify(firstTicket + i));
  const column = (of: (spec: MessageSpec, i: number) => number) => Int32Array.from(specs, of);
  for (let i = 0; i < count; i++) stamps.write(i, runStamp, 0, firstTicket + i, firstTicket + i);
  return {
    count,
    firstTicket,
    topic: column(({ topic = 0 }) => topic),
    partition: column(({ partition = 0 }) => partition),
    key: column(({ key = -1 }) => key),
    bodyOffset: column((_, i) => bodyOffsetOf(firstTicket + i)),
    bodyLength: column(({ bytes = bodyBytes }) => bytes),
    headers: column(({ headers = -1 }) => headers),
    stamps: stamps.bytes,
  };
}

/** The body of that ticket's message. */
export const bodyOf = (ticket: number, bytes = bodyBytes): Buffer =>
  bodies.subarray(bodyOffsetOf(ticket), bodyOffsetOf(ticket) + bytes);

/** The stamp of that ticket's message. */
export function stampOf(ticket: number): Buffer {
  const stamps = stampColumn(1);
  stamps.write(0, runStamp, 0, ticket, ticket);
  return stamps.bytes.subarray(0, stampBytes);
}

/** Overwrites all that a host may overwrite once a block was submitted. */
export function overwrite(block: MessageBlock): void {
  const { topic, partition, key, bodyOffset, bodyLength, headers, stamps } = block;
  for (const column of [topic, partition, key, bodyOffset, bodyLength, headers]) column.fill(0);
  stamps.fill(0xff);
}

/** The integers 0 … count − 1. */
export const upTo = (count: number): number[] => Array.from({ length: count }, (_, i) => i);
