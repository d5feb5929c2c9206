/** Makes topics for the peers, counts what is in them and removes them, over an admin client of its own. */
import { setTimeout as pause } from 'node:timers/promises';
import { type Admin, Kafka, logLevel } from 'kafkajs';

const servedWithinMillis = 30_000;
const askedEveryMillis = 100;

/** The topics of one broker. */
export interface Topics extends AsyncDisposable {
  create(topic: string, partitions: number): Promise<void>;
  /** How many messages a topic holds, by its offsets. */
  count(topic: string): Promise<number>;
  /** Removes a topic, and its data with it: a broker keeps removed data for a while otherwise, which fills disks. */
  remove(topic: string): Promise<void>;
  /** Removes every topic whose name begins so. */
  removeAll(prefix: string): Promise<void>;
}

/** A leader is named a moment before it serves: some tools give up when they are told so. */
async function untilServed(admin: Admin, topic: string): Promise<void> {
  const deadline = performance.now() + servedWithinMillis;
  for (;;) {
    try {
      await admin.fetchTopicOffsets(topic);
      return;
    } catch (error) {
      if (performance.now() > deadline) throw error;
      await pause(askedEveryMillis);
    }
  }
}

export async function openTopics(brokers: string): Promise<Topics> {
  const admin = new Kafka({ brokers: brokers.split(','), clientId: 'peers', logLevel: logLevel.NOTHING }).admin();
  await admin.connect();
  return {
    async create(topic, partitions) {
      const topics = [{ topic, numPartitions: partitions, replicationFactor: 1 }];
      await admin.createTopics({ topics, waitForLeaders: true });
      await untilServed(admin, topic);
    },
    async count(topic) {
      const offsets = await admin.fetchTopicOffsets(topic);
      return offsets.reduce((sum, { high, low }) => sum + Number(high) - Number(low), 0);
    },
    remove: topic => admin.deleteTopics({ topics: [topic] }),
    async removeAll(prefix) {
      const topics = (await admin.listTopics()).filter(topic => topic.startsWith(prefix));
      if (topics.length > 0) await admin.deleteTopics({ topics });
    },
    [Symbol.asyncDispose]: () => admin.disconnect(),
  };
}
