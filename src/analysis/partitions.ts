/** Says how evenly a trial's messages lie over its partitions. Pure. */
import type { StoredTrial } from '../results/schema.ts';
import { mean } from './stats.ts';

/** How a trial's messages lie over all partitions of its topics. */
export interface Spread {
  /** Messages of the window by partition: acknowledged ones; where nothing was acknowledged, those that were read. */
  readonly messages: readonly number[];
  /** The fullest partition's messages against the mean partition's: 1 is even, the number of partitions is all in one. */
  readonly skew: number;
  /** The coefficient of variation: the partitions' standard deviation (of all of them, not of a sample) against their mean. */
  readonly variation: number;
}

/** A trial's spread; null where nobody told of which partition a message was. */
export function spreadOf({ partitions }: Pick<StoredTrial, 'partitions'>): Spread | null {
  const acked = partitions.map(partition => partition.acked);
  const messages = acked.some(count => count > 0) ? acked : partitions.map(({ consumed }) => consumed);
  if (messages.every(count => count === 0)) return null;
  const even = mean(messages);
  const variance = mean(messages.map(count => (count - even) ** 2));
  return { messages, skew: Math.max(...messages) / even, variation: Math.sqrt(variance) / even };
}
