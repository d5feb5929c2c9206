/** What a member owns: by index of the topic, the partitions in ascending order. */
import type { IdentifiedPartitions } from '../protocol/groups.ts';

export type Assignment = readonly (readonly number[])[];

/** A topic's partition. */
export interface Place {
  readonly topic: number;
  readonly partition: number;
}

export const nothingOf = (topics: readonly string[]): Assignment => topics.map(() => []);

/** What is in one assignment and not in another. */
export const without = (assignment: Assignment, other: Assignment): Assignment =>
  assignment.map((partitions, topic) => partitions.filter(partition => other[topic]?.includes(partition) !== true));

export const isEmpty = (assignment: Assignment): boolean => assignment.every(({ length }) => length === 0);

export const placesIn = (assignment: Assignment): Place[] =>
  assignment.flatMap((partitions, topic) => partitions.map(partition => ({ topic, partition })));

export const holds = (assignment: Assignment, { topic, partition }: Place): boolean =>
  assignment[topic]?.includes(partition) === true;

/** The assignment that a broker names by the topics' ids, which stand in their order; null where it names one that is not among them. */
export function fromIdentified(assigned: readonly IdentifiedPartitions[], ids: readonly string[]): Assignment | null {
  if (assigned.some(({ topicId }) => !ids.includes(topicId))) return null;
  return ids.map(id =>
    assigned
      .filter(({ topicId }) => topicId === id)
      .flatMap(({ partitions }) => partitions)
      .toSorted((a, b) => a - b),
  );
}

/** As a broker wants it. */
export const toIdentified = (assignment: Assignment, ids: readonly string[]): IdentifiedPartitions[] =>
  assignment
    .map((partitions, topic) => ({ topicId: ids[topic] as string, partitions }))
    .filter(({ partitions }) => partitions.length > 0);
