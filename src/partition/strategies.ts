/** Chooses partitions: a table of strategies, one entry each. */
import { HarnessError } from '../support/errors.ts';
import type { Random } from '../support/random.ts';
import { crc32Ieee, fnv1a32, murmur2 } from './hashes.ts';
import { sticky } from './sticky.ts';

/** What a strategy may know of its topic and its producer. */
export interface PartitionContext {
  readonly partitions: number;
  readonly producer: number;
  /** Producers in the whole trial. */
  readonly producers: number;
  /** This producer's own stream of chance. */
  readonly random: Random;
  /** For `manual`: the messages' partitions, over and over. */
  readonly partitionSequence: readonly number[];
  /** For `sticky`: how many bytes of keys and values go to a partition before it changes. */
  readonly batchSizeBytes: number;
}

/** The partition of a message with this key (null: none), number (0, 1, … per producer and topic) and size of value in bytes. */
export type Partitioner = (key: Uint8Array | null, message: number, bytes: number) => number;

/** Makes a producer's own partitioner. */
export type Strategy = (context: PartitionContext) => Partitioner;

/**
 * Which messages a reader gets in the order in which their producer sent them. Kafka keeps order within a partition: messages of
 * one key keep theirs if the strategy always sends the key to the same one.
 */
export type KeptOrder = 'order per key' | 'order per partition only';

/** A strategy and what it is good for. */
export interface StrategyEntry {
  readonly keeps: KeptOrder;
  /** The partition follows from the key alone, where there is one. */
  readonly byKey: boolean;
  readonly create: Strategy;
}

const uniform: Strategy =
  ({ partitions, random }) =>
  () =>
    random.below(partitions);

/** Keys by a hash, messages without a key by another strategy. */
const hashed = (partitionOf: (key: Uint8Array, partitions: number) => number, keyless: Strategy): StrategyEntry => ({
  keeps: 'order per key',
  byKey: true,
  create: context => {
    const withoutKey = keyless(context);
    const { partitions } = context;
    return (key, message, bytes) => (key === null ? withoutKey(key, message, bytes) : partitionOf(key, partitions));
  },
});

const regardlessOfKeys = (create: Strategy): StrategyEntry => ({
  keeps: 'order per partition only',
  byKey: false,
  create,
});

/** Producers begin at different partitions, lest they march in step. */
const roundRobin: Strategy =
  ({ partitions, producer }) =>
  (_key, message) =>
    (message + producer) % partitions;

/** The n-th message of all producers together, as they take turns, has the n-th partition of the sequence. */
const manual: Strategy = ({ partitions, partitionSequence, producer, producers }) => {
  const beyond = partitionSequence.find(partition => partition >= partitions);
  if (beyond !== undefined) {
    throw new HarnessError(
      'usage',
      `messages.partition.sequence names partition ${beyond}; the topic has ${partitions}.`,
      { hint: `Name partitions from 0 to ${partitions - 1}.` },
    );
  }
  return (_key, message) => partitionSequence[(message * producers + producer) % partitionSequence.length] as number;
};

export const strategies = {
  /** Java's and kafkajs's hash; messages without a key are sticky, as Java's. */
  murmur2: hashed((key, partitions) => (murmur2(key) & 0x7fffffff) % partitions, sticky),
  /** Sarama's default hash: the absolute value after the modulo; without a key random, as there. */
  fnv1a: hashed((key, partitions) => Math.abs((fnv1a32(key) | 0) % partitions), uniform),
  /** Sarama's ConsistentCRC; without a key random, as there. */
  crc: hashed((key, partitions) => crc32Ieee(key) % partitions, uniform),
  'round-robin': regardlessOfKeys(roundRobin),
  random: regardlessOfKeys(uniform),
  /** The message's own partition. */
  manual: regardlessOfKeys(manual),
  sticky: regardlessOfKeys(sticky),
} satisfies Record<string, StrategyEntry>;

export type StrategyName = keyof typeof strategies;

/** The order that a strategy keeps; of a module of the user's own nobody knows. */
export const orderKept = (strategy: StrategyName | 'custom'): KeptOrder | 'as its module decides' =>
  strategy === 'custom' ? 'as its module decides' : strategies[strategy].keeps;
