/** Gives the contract suite the simulated broker's topics, which keep the stamps of what was sent and nothing else. */
import { aBroker } from '../simulated/connections.ts';
import { openMember } from './member.ts';
import type { Ground, GroundSpec, StoredRecord, Subject } from './subject.ts';

/** Topics of a simulated broker of their own. */
export async function openSimulatedTopics(
  subject: Subject,
  { topics = 1, partitions = 1 }: GroundSpec = {},
): Promise<Ground> {
  const broker = aBroker({}, { topics, partitionsPerTopic: partitions });
  const endOffsets = async (topic = 0): Promise<number[]> =>
    broker.endOffsets().slice(topic * partitions, (topic + 1) * partitions);
  const ground: Ground = {
    topics: Array.from({ length: topics }, (_, i) => `topic-${i}`),
    brokers: [],
    simulatedBroker: broker.handle,
    endOffsets,
    readBack: async (topic = 0) => readBack(subject, ground, topic),
    sendAborted: async () => undefined,
    groupMembers: async () => 0,
    committed: async () => [],
  };
  return ground;
}

async function readBack(subject: Subject, ground: Ground, topic: number): Promise<StoredRecord[]> {
  await using member = await openMember(subject, ground);
  const count = (await ground.endOffsets(topic)).reduce((sum, end) => sum + end, 0);
  const ofTopic = () => member.received.filter(record => record.topic === topic);
  await member.until(() => ofTopic().length >= count);
  return ofTopic()
    .map(({ partition, offset, sequence }) => ({ partition, offset, sequence, content: null }))
    .toSorted((a, b) => a.partition - b.partition || a.offset - b.offset);
}
