/** Makes the block in which messages travel from a lane to its client, over and over. */
import type { MessageBlock } from '../drivers/driver.ts';
import type { StampColumn } from '../support/stamp.ts';

/** Messages that one block holds; also how many may leave in a turn before sockets are served again. */
export const blockCapacity = 256;

/** A block without messages, whose stamps lie in that column. */
export function newBlock(stamps: StampColumn): MessageBlock {
  return {
    count: 0,
    firstTicket: 0,
    topic: new Int32Array(blockCapacity),
    partition: new Int32Array(blockCapacity),
    key: new Int32Array(blockCapacity),
    bodyOffset: new Int32Array(blockCapacity),
    bodyLength: new Int32Array(blockCapacity),
    headers: new Int32Array(blockCapacity),
    stamps: stamps.bytes,
  };
}
