/** A consumer of the library without librdkafka: tests put into its queue what a poll is to find. */
import type { LibrdKafkaError, Message, TopicPartition, TopicPartitionOffset } from '@confluentinc/kafka-javascript';
import type { Consumer } from '../../../src/drivers/confluent/assignment.ts';
import { ConfluentMember } from '../../../src/drivers/confluent/member.ts';
import { type CommitMode, type ConsumerEvents, plainText } from '../../../src/drivers/driver.ts';

type Receive = (error: LibrdKafkaError | null, messages: Message[]) => void;

export const topic = 'a';
export const assign = -175;
export const revoke = -174;

export const placesOf = (...partitions: readonly number[]): TopicPartition[] =>
  partitions.map(partition => ({ topic, partition }));

/** Messages of a partition, offsets `from` … `to − 1`. */
export const messagesOf = (partition: number, from: number, to: number): Message[] =>
  Array.from({ length: to - from }, (_, i) => ({
    topic,
    partition,
    offset: from + i,
    value: Buffer.alloc(1),
    size: 1,
    leaderEpoch: 7,
  }));

/** What a member has done with its client, in order. */
export class FakeConsumer {
  readonly queue: Message[] = [];
  readonly calls: string[] = [];
  isLost = false;
  /** Answers the poll under way, which else ends by itself a turn later; null when there is none. */
  answer: (() => void) | null = null;

  setDefaultConsumeTimeout(): void {}
  rebalanceProtocol = (): string => 'EAGER';
  assignmentLost = (): boolean => this.isLost;
  isConnected = (): boolean => true;
  position = (): TopicPartitionOffset[] => [];
  getWatermarkOffsets = (): { highOffset: number } => ({ highOffset: 0 });
  assign = (): unknown => this.calls.push('assign');
  unassign = (): unknown => this.calls.push('unassign');

  consume(most: number, receive: Receive): void {
    this.answer = () => {
      this.answer = null;
      receive(null, this.queue.splice(0, most));
    };
    const poll = this.answer;
    setImmediate(() => this.answer === poll && poll());
  }

  commit(offsets: readonly TopicPartitionOffset[]): void {
    this.calls.push(`commit ${written(offsets)}`);
  }

  offsetsStore(offsets: readonly TopicPartitionOffset[]): void {
    this.calls.push(`store ${written(offsets)}`);
  }

  disconnect(done: () => void): void {
    this.calls.push('disconnect');
    done();
  }

  /** Answers the polls that are under way, until one finds nothing. */
  deliver(...messages: readonly Message[]): void {
    this.queue.push(...messages);
    do this.answer?.();
    while (this.queue.length > 0 && this.answer !== null);
  }
}

const written = (offsets: readonly TopicPartitionOffset[]): string =>
  offsets.map(({ partition, offset }) => `${partition}:${offset}`).join(' ');

/** A member of that consumer, which owns partitions 0 and 1, and what it is told. */
export function openFakeMember(
  events: Partial<ConsumerEvents>,
  commit: CommitMode = { kind: 'auto', everyMicros: 5e6 },
) {
  const client = new FakeConsumer();
  const told: string[] = [];
  const member = new ConfluentMember({
    client: client as unknown as Consumer,
    options: {
      brokers: [],
      clientId: 'test',
      security: plainText,
      topics: [topic],
      config: {},
      options: {},
      simulatedBroker: undefined,
      groupId: 'test',
      groupProtocol: 'classic',
      member: 0,
      members: 1,
      start: 'earliest',
      positions: null,
      commit,
      stampIn: 'value',
    },
    events: {
      assigned: () => undefined,
      revoking: (_, partitions) => void told.push(`revoking ${partitions.join(' ')}`),
      failed: () => undefined,
      ...events,
      batch(records, receivedMicros) {
        told.push(`${records.partition}:${records.offset(0)}-${records.nextOffset}`);
        return events.batch?.(records, receivedMicros);
      },
    },
    effective: {},
    mostPerPoll: 500,
    rebalancePatienceMillis: 50,
  });
  member.rebalance({ code: assign, partitions: placesOf(0, 1) });
  return { client, member, told };
}
