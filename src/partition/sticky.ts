/** Stays with a partition until a batch's worth of bytes went there, then picks the next at random: full batches without keys. */
import type { Strategy } from './strategies.ts';

/** A power of two, and more messages than a producer makes before it knows how many of them its client took. */
const remembered = 1_024;
const mask = remembered - 1;

/**
 * KIP-794's uniform sticky partitioner without its adaptive choice by queue length: each partition is as likely to be next,
 * the present one too. At `rate: max` messages that the client did not take are made anew. So the strategy may be asked again
 * for a number that it has seen, and then goes back to where it was: else a stay would end before its bytes were sent.
 */
export const sticky: Strategy = ({ partitions, random, batchSizeBytes }) => {
  const messages = new Float64Array(remembered);
  const partitionAt = new Int32Array(remembered);
  const leftAt = new Float64Array(remembered);
  let partition = random.below(partitions);
  let left = batchSizeBytes;
  let made = 0;
  let newest = -1;

  const goBackBefore = (message: number): void => {
    while (made > 0 && (messages[(made - 1) & mask] as number) >= message) made--;
    partition = partitionAt[(made - 1) & mask] as number;
    left = made === 0 ? batchSizeBytes : (leftAt[(made - 1) & mask] as number);
  };

  return (key, message, bytes) => {
    if (message <= newest) goBackBefore(message);
    if (left <= 0) {
      partition = random.below(partitions);
      left = batchSizeBytes;
    }
    left -= bytes + (key === null ? 0 : key.length);
    messages[made & mask] = message;
    partitionAt[made & mask] = partition;
    leftAt[made & mask] = left;
    made++;
    newest = message;
    return partition;
  };
};
