/** Chooses partitions: a table of strategies, one entry each. */
import type { Random } from '../support/random.ts';
import { loadCustomPartitioner } from './custom.ts';
import { crc32Ieee, fnv1a32, murmur2 } from './hashes.ts';

/** What a strategy may know of its topic and its producer. */
export interface PartitionContext {
  readonly partitions: number;
  readonly producer: number;
  /** This producer's own stream of chance. */
  readonly random: Random;
  /** For `manual`: the messages' partitions, over and over. */
  readonly partitionSequence: readonly number[];
  /** For `sticky`: how many bytes of values go to a partition before it changes. */
  readonly batchSizeBytes: number;
}

/** The partition of a message with this key (null: none), number (0, 1, … per producer) and value size. */
export type Partitioner = (key: Uint8Array | null, message: number, bytes: number) => number;

/** Makes a producer's own partitioner. */
export type Strategy = (context: PartitionContext) => Partitioner;

/**
 * Stays with a partition until a batch's worth of bytes went there, then picks another at random (KIP-794's uniform sticky
 * partitioner; without its adaptive choice by queue length).
 */
const sticky: Strategy = ({ partitions, random, batchSizeBytes }) => {
  let partition = random.below(partitions);
  let left = batchSizeBytes;
  return (_key, _message, bytes) => {
    if (left <= 0) {
      partition = random.below(partitions);
      left = batchSizeBytes;
    }
    left -= bytes;
    return partition;
  };
};

const uniform: Strategy =
  ({ partitions, random }) =>
  () =>
    random.below(partitions);

/** Keys by a hash, messages without a key by another strategy. */
const hashed =
  (partitionOf: (key: Uint8Array, partitions: number) => number, keyless: Strategy): Strategy =>
  context => {
    const withoutKey = keyless(context);
    return (key, message, bytes) =>
      key === null ? withoutKey(key, message, bytes) : partitionOf(key, context.partitions);
  };

export const strategies = {
  /** Java's and kafkajs's hash; messages without a key are sticky, as Java's. */
  murmur2: hashed((key, partitions) => (murmur2(key) & 0x7fffffff) % partitions, sticky),
  /** Sarama's default hash: the absolute value after the modulo; without a key random, as there. */
  fnv1a: hashed((key, partitions) => Math.abs((fnv1a32(key) | 0) % partitions), uniform),
  /** Sarama's ConsistentCRC; without a key random, as there. */
  crc: hashed((key, partitions) => crc32Ieee(key) % partitions, uniform),
  /** Producers begin at different partitions, lest they march in step. */
  'round-robin':
    ({ partitions, producer }) =>
    (_key, message) =>
      (message + producer) % partitions,
  random: uniform,
  /** The message's own partition. */
  manual:
    ({ partitionSequence, producer }) =>
    (_key, message) =>
      partitionSequence[(message + producer) % partitionSequence.length] as number,
  sticky,
} satisfies Record<string, Strategy>;

export type StrategyName = keyof typeof strategies;

/** A partitioner over a finite table of keys: by index, so that a key is hashed once. */
export type TablePartitioner = (keyIndex: number, message: number, bytes: number) => number;

/** Strategies whose answer depends on the key alone, where there is one. */
const byKeyAlone: ReadonlySet<string> = new Set(['murmur2', 'fnv1a', 'crc']);

/**
 * A producer's partitioner for messages whose keys come from a table.
 * @throws HarnessError `usage` if a custom module cannot be loaded or exports no function
 */
export async function loadPartitioner(
  { strategy, module }: { readonly strategy: string; readonly module: string | null },
  context: PartitionContext & { readonly keys: readonly Uint8Array[] },
): Promise<TablePartitioner> {
  const { keys } = context;
  if (module !== null) {
    const custom = await loadCustomPartitioner(module, context.partitions);
    return (keyIndex, message) => custom(keys[keyIndex] ?? null, message);
  }
  const partitioner = strategies[strategy as StrategyName](context);
  if (!byKeyAlone.has(strategy))
    return (keyIndex, message, bytes) => partitioner(keys[keyIndex] ?? null, message, bytes);
  const known = Int32Array.from(keys, key => partitioner(key, 0, 0));
  return (keyIndex, message, bytes) => (keyIndex < 0 ? partitioner(null, message, bytes) : (known[keyIndex] as number));
}
