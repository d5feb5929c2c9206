/** Chooses partitions as the library's partitioner that is compatible with Java's does, but for messages without a key. */
import { compatibilityPartitioner, type MessageToProduce } from '@platformatic/kafka';

/**
 * murmur2 as Java has it: the library's default takes the hash as unsigned, which agrees only where the number of partitions is
 * a power of two. A partitioner that is given is asked for messages without a key too, and the library's own would put them all
 * into partition 0: they go round here, as they do where no partitioner is given. The library takes the remainder itself.
 */
export function murmur2Partitioner(): (message: MessageToProduce, key: Buffer | undefined) => number {
  const next = new Map<string, number>();
  return (message, key) => {
    if (key !== undefined) return compatibilityPartitioner(message, key);
    const turn = next.get(message.topic) ?? 0;
    next.set(message.topic, turn + 1);
    return turn;
  };
}
