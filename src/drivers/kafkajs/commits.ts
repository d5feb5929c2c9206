/** Commits a member's offsets: what it is told, in order and with a certain outcome, or every so often, as Java's auto-commit does. */
import type { Consumer, TopicPartitionOffset } from 'kafkajs';

/** A member's partitions, by topic. */
export type Assignment = Readonly<Record<string, readonly number[]>>;

type Committer = Pick<Consumer, 'commitOffsets' | 'on' | 'events'>;

/** Commits one after another: one that kafkajs tries again is not overtaken by a later one. */
export class Commits {
  readonly #consumer: Committer;
  #owned: Assignment = {};
  #taken = 0;
  #last: Promise<void> = Promise.resolve();
  #isClosed = false;

  constructor(consumer: Committer) {
    this.#consumer = consumer;
    consumer.on(consumer.events.COMMIT_OFFSETS, () => void this.#taken++);
  }

  /** The member owns these partitions alone, and speaks for no other any more. */
  own(assignment: Assignment): void {
    this.#owned = assignment;
  }

  /** @throws Error where the group did not take all of it; what is the member's is committed though the rest is not */
  commit(positions: readonly TopicPartitionOffset[]): Promise<void> {
    if (this.#isClosed) return Promise.reject(new Error('The member was closed: nothing was committed'));
    const outcome = this.#last.then(() => this.#commit(positions));
    this.#last = outcome.catch(() => undefined);
    return outcome;
  }

  /** Refuses what comes from now on. Settles when what came before has ended. */
  close(): Promise<void> {
    this.#isClosed = true;
    return this.ended();
  }

  /** Settles when every commit so far has ended. */
  ended(): Promise<void> {
    return this.#last;
  }

  async #commit(positions: readonly TopicPartitionOffset[]): Promise<void> {
    // the broker would take another member's partitions too, and so set that member back
    const { own = [], foreign = [] } = Object.groupBy(positions, ({ topic, partition }) =>
      this.#owned[topic]?.includes(partition) ? 'own' : 'foreign',
    );
    if (own.length > 0) await this.#send(own);
    if (foreign.length === 0) return;
    const places = foreign.map(({ topic, partition }) => `${topic}-${partition}`).join(', ');
    throw new Error(`The member does not own ${places}, which it did not commit`);
  }

  async #send(positions: TopicPartitionOffset[]): Promise<void> {
    const takenBefore = this.#taken;
    await this.#consumer.commitOffsets(positions);
    // kafkajs says that all is well also where it sends nothing: while it starts, crashes or stops
    if (this.#taken === takenBefore) throw new Error('kafkajs is not in its group: nothing was committed');
  }
}

/** How far a member has come in a partition; −1 where it has not. */
export interface Place {
  readonly topic: string;
  readonly partition: number;
  /** After what was handed over and is done with. */
  nextOffset: number;
  committedOffset: number;
}

/** Commits every so often; kafkajs's own way would be after every batch. What could not be committed, as in a rebalance, is tried again with the next commit. */
export class AutoCommit {
  readonly #commits: Commits;
  readonly #timer: NodeJS.Timeout;
  /** By topic and partition. */
  #places: ReadonlyMap<string, readonly Place[]> = new Map();
  #isCommitting = false;

  constructor(commits: Commits, everyMillis: number) {
    this.#commits = commits;
    this.#timer = setInterval(() => {
      if (!this.#isCommitting) void this.commit();
    }, everyMillis);
  }

  /** The member's partitions, which begin anew at what was committed: what was noted before counts no more. */
  own(assignment: Assignment): void {
    this.#places = new Map(
      Object.entries(assignment).map(([topic, partitions]) => [topic, placesOf(topic, partitions)]),
    );
  }

  /** Where to note how far a partition was read; undefined where it is not the member's. */
  at(topic: string, partition: number): Place | undefined {
    return this.#places.get(topic)?.[partition];
  }

  /** Commits now: before a partition goes to another member, which will go on from there. */
  async commit(): Promise<void> {
    const due = [...this.#places.values()]
      .flatMap(places => places.filter(({ nextOffset, committedOffset }) => nextOffset !== committedOffset))
      .map(place => ({ place, nextOffset: place.nextOffset }));
    if (due.length === 0) return;
    this.#isCommitting = true;
    try {
      await this.#commits.commit(
        due.map(({ place: { topic, partition }, nextOffset }) => ({ topic, partition, offset: String(nextOffset) })),
      );
      for (const { place, nextOffset } of due) place.committedOffset = nextOffset;
    } catch {
      // the group is being rebalanced, or the coordinator is away
    } finally {
      this.#isCommitting = false;
    }
  }

  /** Commits once more, and then no more. */
  async close(): Promise<void> {
    clearInterval(this.#timer);
    await this.commit();
  }
}

function placesOf(topic: string, partitions: readonly number[]): Place[] {
  const places: Place[] = [];
  for (const partition of partitions) places[partition] = { topic, partition, nextOffset: -1, committedOffset: -1 };
  return places;
}
