/** Turns librdkafka's answers to commits, which say what was committed and not who asked, into promises. */
import type { LibrdKafkaError, TopicPartitionOffset } from '@confluentinc/kafka-javascript';
import type { Position } from '../driver.ts';
import type { Consumer } from './assignment.ts';

/** An answer waits to be polled for. Whoever cannot poll all the time looks after so long, then after ever longer. */
const firstLookMillis = 1;
const looksGrowBy = 1.25;
const mostBetweenLooksMillis = 1_000;

interface OpenCommit {
  readonly key: string;
  readonly answer: PromiseWithResolvers<void>;
}

export class Commits {
  readonly #client: Pick<Consumer, 'commit'>;
  readonly #topics: readonly string[];
  readonly #look: () => void;
  readonly #open: OpenCommit[] = [];
  #timer: NodeJS.Timeout | undefined;

  /** `look` polls: for as long as a commit is open it is called again and again. */
  constructor(client: Pick<Consumer, 'commit'>, topics: readonly string[], look: () => void) {
    this.#client = client;
    this.#topics = topics;
    this.#look = look;
  }

  /** Whether an answer is to come. */
  get areOpen(): boolean {
    return this.#open.length > 0;
  }

  /** Settles with the group's answer. @throws Error where the group did not take it, or the client cannot send it */
  async commit(positions: readonly Position[]): Promise<void> {
    if (positions.length === 0) return;
    const offsets = positions.map(({ topic, partition, nextOffset }) => ({
      topic: this.#topics[topic] as string,
      partition,
      offset: nextOffset,
    }));
    this.#client.commit(offsets);
    const answer = Promise.withResolvers<void>();
    this.#open.push({ key: keyOf(offsets), answer });
    clearTimeout(this.#timer);
    this.#lookIn(firstLookMillis);
    await answer.promise;
  }

  /** Takes an answer, which may be to one of the commits that librdkafka makes by itself. */
  answered(error: LibrdKafkaError | undefined, offsets: readonly TopicPartitionOffset[]): void {
    if (this.#open.length === 0) return;
    const key = keyOf(offsets);
    const index = this.#open.findIndex(open => open.key === key);
    if (index < 0) return;
    const [{ answer }] = this.#open.splice(index, 1) as [OpenCommit];
    if (this.#open.length === 0) clearTimeout(this.#timer);
    if (error === undefined) answer.resolve();
    else answer.reject(new Error(`The group did not take the commit: ${error.message}.`));
  }

  /** Settles when all that is open has been answered. */
  async settled(): Promise<void> {
    await Promise.allSettled(this.#open.map(({ answer }) => answer.promise));
  }

  /** No more answers come. */
  end(): void {
    clearTimeout(this.#timer);
    for (const { answer } of this.#open.splice(0))
      answer.reject(new Error('The member was closed before the group had answered the commit.'));
  }

  #lookIn(millis: number): void {
    this.#timer = setTimeout(() => {
      this.#lookIn(Math.min(millis * looksGrowBy, mostBetweenLooksMillis));
      this.#look();
    }, millis);
  }
}

/** What was committed, in an order of its own: librdkafka sorts. */
const keyOf = (offsets: readonly TopicPartitionOffset[]): string =>
  offsets
    .map(({ topic, partition, offset }) => `${topic}-${partition}:${offset}`)
    .toSorted()
    .join();
