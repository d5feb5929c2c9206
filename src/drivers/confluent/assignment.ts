/** Answers librdkafka's rebalances, and knows what a member owns, how far it has read, and what of that is to be committed. */
import type { KafkaConsumer, TopicPartition, TopicPartitionOffset } from '@confluentinc/kafka-javascript';
import type { CommitMode } from '../driver.ts';

/** librdkafka's code for a rebalance that gives partitions; the other one takes them. */
const assignCode = -175;

/** The library's consumer, with what its types leave out. */
export type Consumer = KafkaConsumer & {
  assignmentLost(): boolean;
  rebalanceProtocol(): 'NONE' | 'EAGER' | 'COOPERATIVE';
  incrementalAssign(partitions: readonly TopicPartition[]): void;
  incrementalUnassign(partitions: readonly TopicPartition[]): void;
};

/** What the group wants of a member. */
export interface Rebalance {
  readonly code: number;
  readonly partitions: readonly TopicPartition[];
}

export const isRevocation = ({ code }: Rebalance): boolean => code !== assignCode;

/** Where a partition goes on, as librdkafka stores it. One object a partition: what is read changes it. */
interface Place {
  readonly topic: string;
  readonly partition: number;
  offset: number;
  leaderEpoch: number;
  isUnstored: boolean;
}

export class Assignment {
  readonly #client: Consumer;
  readonly #commit: CommitMode['kind'];
  readonly #topics: readonly string[];
  /** By topic: its partitions that the member owns. */
  readonly #owned: readonly Set<number>[];
  /** By topic and partition: where it goes on, as far as was told and is done with. */
  readonly #places: readonly Place[][];
  readonly #unstored: Place[] = [];
  /** A client that closes does not tell its protocol any more. */
  #isCooperative = false;
  /** Whether the group has given the member something, or nothing. */
  isKnown = false;

  constructor(client: Consumer, topics: readonly string[], commit: CommitMode['kind']) {
    this.#client = client;
    this.#commit = commit;
    this.#topics = topics;
    this.#owned = topics.map(() => new Set<number>());
    this.#places = topics.map(() => []);
  }

  /** Whether partitions are to be given up that are the member's until it does so: not where they are another's by now. */
  mayStillCommit(rebalance: Rebalance): boolean {
    return isRevocation(rebalance) && !this.#client.assignmentLost();
  }

  /** Does what the group wants. A client that has gone answers nothing more. */
  rebalance(rebalance: Rebalance): void {
    const protocol = this.#client.rebalanceProtocol();
    if (protocol !== 'NONE') this.#isCooperative = protocol === 'COOPERATIVE';
    try {
      if (isRevocation(rebalance)) this.#revoke(rebalance.partitions);
      else this.#assign(rebalance.partitions);
    } catch {
      // it was closed meanwhile, or the partitions are lost already
    }
  }

  /** The member's partitions of a topic. */
  partitionsOf(topic: number): number[] {
    return [...(this.#owned[topic] as Set<number>)].toSorted((a, b) => a - b);
  }

  /** The partition goes on there: what is before that is done with. */
  read(topic: number, partition: number, nextOffset: number, leaderEpoch: number): void {
    const places = this.#places[topic] as Place[];
    const place = (places[partition] ??= this.#newPlace(topic, partition));
    place.offset = nextOffset;
    place.leaderEpoch = leaderEpoch;
    if (place.isUnstored || this.#commit === 'manual') return;
    place.isUnstored = true;
    this.#unstored.push(place);
  }

  /** Lets librdkafka commit, when it next does, how far was read. */
  store(): void {
    if (this.#unstored.length === 0) return;
    try {
      this.#client.offsetsStore(this.#unstored);
    } catch {
      // none of these partitions is the member's any more
    }
    for (const place of this.#unstored) place.isUnstored = false;
    this.#unstored.length = 0;
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
      const isFurther = offset >= 0 && offset > (this.#places[index]?.[partition]?.offset ?? -1);
      return isFurther && this.#owned[index]?.has(partition) === true
        ? [{ topic: index, partition, nextOffset: offset }]
        : [];
    });
  }

  #newPlace(topic: number, partition: number): Place {
    return { topic: this.#topics[topic] as string, partition, offset: -1, leaderEpoch: -1, isUnstored: false };
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
