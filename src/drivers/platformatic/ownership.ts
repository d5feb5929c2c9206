/** Which partitions are a member's: the library's names for them, and the contract's numbers. */
import type { GroupAssignment } from '@platformatic/kafka';

interface Place {
  readonly topic: number;
  readonly partition: number;
}

/** What the library calls a partition, for instance in a stream's offsets. */
export const placeOf = (topic: string, partition: number): string => `${topic}:${partition}`;

export class Ownership {
  readonly #topics: readonly string[];
  /** What it learnt last. */
  #assignments: GroupAssignment[] | null = null;
  #places: ReadonlyMap<string, Place> = new Map();

  constructor(topics: readonly string[]) {
    this.#topics = topics;
  }

  get assignments(): GroupAssignment[] | null {
    return this.#assignments;
  }

  get places(): ReadonlyMap<string, Place> {
    return this.#places;
  }

  owns(topic: string, partition: number): boolean {
    return this.#places.has(placeOf(topic, partition));
  }

  /** Learns what the library owns now. */
  learn(assignments: GroupAssignment[]): void {
    this.#assignments = assignments;
    this.#places = new Map(
      this.byTopic(assignments).flatMap((partitions, topic) =>
        partitions.map(partition => [placeOf(this.#topics[topic] as string, partition), { topic, partition }]),
      ),
    );
  }

  /** For each of the topics its partitions, in ascending order. */
  byTopic(assignments: readonly GroupAssignment[]): number[][] {
    return this.#topics.map(
      name => assignments.find(({ topic }) => topic === name)?.partitions.toSorted((a, b) => a - b) ?? [],
    );
  }
}
