/** Answers librdkafka's rebalances, and knows what a member owns and how far it has read. */
import type { KafkaConsumer, TopicPartition, TopicPartitionOffset } from '@confluentinc/kafka-javascript';

/** Codes of librdkafka that say what a rebalance wants. */
const assignCode = -175;

/** The library's consumer, with what its types leave out. */
export type Consumer = KafkaConsumer & {
  rebalanceProtocol(): 'NONE' | 'EAGER' | 'COOPERATIVE';
  incrementalAssign(partitions: readonly TopicPartition[]): void;
  incrementalUnassign(partitions: readonly TopicPartition[]): void;
};

export class Assignment {
  readonly #client: Consumer;
  readonly #topics: readonly string[];
  /** By topic: its partitions that the member owns. */
  readonly #owned: readonly Set<number>[];
  /** By topic and partition: where it goes on, as far as was told. */
  readonly #nextOffsets: readonly number[][];
  /** A client that closes does not tell its protocol any more. */
  #isCooperative = false;
  /** Whether the group has given the member something, or nothing. */
  isKnown = false;

  constructor(client: Consumer, topics: readonly string[]) {
    this.#client = client;
    this.#topics = topics;
    this.#owned = topics.map(() => new Set<number>());
    this.#nextOffsets = topics.map(() => []);
  }

  /** Does what the group wants. A client that has gone answers nothing more. */
  rebalance(code: number, partitions: readonly TopicPartition[]): void {
    const protocol = this.#client.rebalanceProtocol();
    if (protocol !== 'NONE') this.#isCooperative = protocol === 'COOPERATIVE';
    try {
      if (code === assignCode) this.#assign(partitions);
      else this.#revoke(partitions);
    } catch {
      // it was closed meanwhile, or the partitions are lost already
    }
  }

  /** The member's partitions of a topic. */
  partitionsOf(topic: number): number[] {
    return [...(this.#owned[topic] as Set<number>)].toSorted((a, b) => a - b);
  }

  /** The partition goes on there. */
  read(topic: number, partition: number, nextOffset: number): void {
    (this.#nextOffsets[topic] as number[])[partition] = nextOffset;
  }

  /** Whether each partition's leader has answered a fetch: the client has its positions then. */
  hasFetched(): boolean {
    return this.#topics.every((topic, index) =>
      [...(this.#owned[index] as Set<number>)].every(partition => this.#highWatermark(topic, partition) >= 0),
    );
  }

  /** Partitions whose position, as librdkafka has it, is behind the last record that was read: marks of transactions lay there. */
  passedOver(): { readonly topic: number; readonly partition: number; readonly nextOffset: number }[] {
    return this.#positions().flatMap(({ topic, partition, offset }) => {
      const index = this.#topics.indexOf(topic);
      const isFurther = offset >= 0 && offset > (this.#nextOffsets[index]?.[partition] ?? -1);
      return isFurther && this.#owned[index]?.has(partition) === true
        ? [{ topic: index, partition, nextOffset: offset }]
        : [];
    });
  }

  #assign(partitions: readonly TopicPartition[]): void {
    this.isKnown = true;
    if (this.#isCooperative) this.#client.incrementalAssign(partitions);
    else {
      this.#client.assign([...partitions]);
      for (const owned of this.#owned) owned.clear();
    }
    for (const { topic, partition } of partitions) this.#owned[this.#topics.indexOf(topic)]?.add(partition);
  }

  #revoke(partitions: readonly TopicPartition[]): void {
    if (this.#isCooperative) this.#client.incrementalUnassign(partitions);
    else this.#client.unassign();
    for (const { topic, partition } of partitions) this.#owned[this.#topics.indexOf(topic)]?.delete(partition);
  }

  #highWatermark(topic: string, partition: number): number {
    try {
      return this.#client.getWatermarkOffsets(topic, partition).highOffset;
    } catch {
      return -1;
    }
  }

  #positions(): readonly TopicPartitionOffset[] {
    try {
      return this.#client.position();
    } catch {
      return [];
    }
  }
}
