/** Puts messages on a test's ground, and waits until members share it. */
import { openProducer } from './producer.ts';
import type { TestMember } from './member.ts';
import { aBlock, upTo } from './messages.ts';
import type { Ground, Subject } from './subject.ts';

/** Puts messages `first` … on a ground, in turn over its partitions of topic 0. */
export async function produce(subject: Subject, ground: Ground, first: number, count: number): Promise<void> {
  const partitions = (await ground.endOffsets()).length;
  await using producer = await openProducer(subject, ground);
  await producer.submitAll(aBlock(first, count, ticket => ({ partition: ticket % partitions })));
  await producer.ledger.untilEnded(count);
}

/** What members own of a topic, in order; a partition that two own stands there twice. */
const ownedBy = (members: readonly TestMember[], topic: number): number[] =>
  members.flatMap(({ assigned }) => assigned.get(topic) ?? []).toSorted((a, b) => a - b);

/** Settles when the members own every partition of every topic, and each once. */
export async function untilShared(members: readonly TestMember[], topics: number, partitions: number): Promise<void> {
  const isShared = (): boolean =>
    upTo(topics).every(topic => ownedBy(members, topic).join() === upTo(partitions).join());
  await Promise.race(members.map(member => member.until(isShared)));
}
