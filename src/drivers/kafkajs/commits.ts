/** Commits what a member has read every so often, as Java's auto-commit does: kafkajs's own would commit after every batch. */
import type { Consumer } from 'kafkajs';

export interface Commits extends AsyncDisposable {
  /** The partition goes on at this offset. */
  read(topic: string, partition: number, nextOffset: number): void;
  /** Commits now: before a partition goes to another member, which will go on from there. */
  commit(): Promise<void>;
  /** The member owns these partitions alone, by topic, and speaks for no other any more. */
  own(assignment: Readonly<Record<string, readonly number[]>>): void;
}

interface Position {
  readonly topic: string;
  readonly partition: number;
  readonly nextOffset: number;
  committedOffset: number;
}

/** Disposing commits once more. What could not be committed, as in a rebalance, is tried again with the next commit. */
export function commitEvery(consumer: Pick<Consumer, 'commitOffsets'>, everyMillis: number): Commits {
  const positions = new Map<string, Position>();
  const commit = async (): Promise<void> => {
    const due = [...positions.values()].filter(({ nextOffset, committedOffset }) => nextOffset !== committedOffset);
    if (due.length === 0) return;
    try {
      await consumer.commitOffsets(
        due.map(({ topic, partition, nextOffset }) => ({ topic, partition, offset: String(nextOffset) })),
      );
      for (const position of due) position.committedOffset = position.nextOffset;
    } catch {
      // the group is being rebalanced, or the coordinator is away
    }
  };
  const timer = setInterval(() => void commit(), everyMillis);
  return {
    read: (topic, partition, nextOffset) => {
      const place = `${topic}-${partition}`;
      positions.set(place, {
        topic,
        partition,
        nextOffset,
        committedOffset: positions.get(place)?.committedOffset ?? -1,
      });
    },
    commit,
    own(assignment) {
      for (const [place, { topic, partition }] of positions)
        if (!assignment[topic]?.includes(partition)) positions.delete(place);
    },
    async [Symbol.asyncDispose]() {
      clearInterval(timer);
      await commit();
    },
  };
}
