/** Commits what a member has read every so often, as Java's auto-commit does: kafkajs's own would commit after every batch. */
import type { Consumer } from 'kafkajs';

export interface Commits extends AsyncDisposable {
  /** The partition goes on at this offset. */
  read(topic: string, partition: number, nextOffset: number): void;
}

/** Disposing commits once more. What could not be committed, as in a rebalance, is tried again with the next commit. */
export function commitEvery(consumer: Pick<Consumer, 'commitOffsets'>, everyMillis: number): Commits {
  const next = new Map<string, { readonly topic: string; readonly partition: number; readonly nextOffset: number }>();
  const committed = new Map<string, number>();
  const commit = async (): Promise<void> => {
    const due = [...next].filter(([place, { nextOffset }]) => nextOffset !== committed.get(place));
    if (due.length === 0) return;
    const offsets = due.map(([, { topic, partition, nextOffset }]) => ({
      topic,
      partition,
      offset: String(nextOffset),
    }));
    try {
      await consumer.commitOffsets(offsets);
      for (const [place, { nextOffset }] of due) committed.set(place, nextOffset);
    } catch {
      // the group is being rebalanced, or the coordinator is away
    }
  };
  const timer = setInterval(() => void commit(), everyMillis);
  return {
    read: (topic, partition, nextOffset) => void next.set(`${topic}-${partition}`, { topic, partition, nextOffset }),
    async [Symbol.asyncDispose]() {
      clearInterval(timer);
      await commit();
    },
  };
}
