/** A group member on librdkafka: takes what is there whenever librdkafka says that something is, and answers its rebalances. */
import type { LibrdKafkaError, Message, TopicPartition } from '@confluentinc/kafka-javascript';
import { nowMicros } from '../../support/clock.ts';
import type { ConsumerConnection, ConsumerEvents, ConsumerOptions, EffectiveSettings } from '../driver.ts';
import { Assignment, type Consumer } from './assignment.ts';
import { connectClient, createClient, disconnectClient } from './client.ts';
import { pollSetting } from './config.ts';
import { consumerSettings, effectiveConsumer } from './consumer-settings.ts';
import { answeredHeartbeats, enoughAnswers } from './heartbeats.ts';
import { loadLibrary } from './library.ts';
import { Records } from './records.ts';

/** A member looks so often whether there is something that it was not told of. */
const lookEveryMillis = 100;

/** A member that is to be ready looks so often whether it is. */
const readyEveryMillis = 5;

/** Codes after which nothing comes any more: a topic is gone, something is forbidden, the member was fenced, librdkafka gave up. */
const finalCodes = [3, 29, 30, 31, 35, 82, -150];

/** Joins the group; `ready` settles once the member has its partitions and the leader of each has answered a fetch. */
export async function openConsumer(options: ConsumerOptions, events: ConsumerEvents): Promise<ConsumerConnection> {
  const { KafkaConsumer } = loadLibrary();
  const settings = consumerSettings(options);
  const { [pollSetting]: mostPerPoll, ...own } = settings;
  let member: ConfluentMember | undefined;
  const callbacks = {
    rebalance_cb: (error: LibrdKafkaError, partitions: TopicPartition[]) => member?.rebalance(error.code, partitions),
    queue_non_empty_cb: () => member?.poll(),
  };
  const client = createClient('consumer', options, own, all => new KafkaConsumer({ ...all, ...callbacks }) as Consumer);
  const partitions = await connectClient(client, 'consumer', options);
  const effective = effectiveConsumer(options, settings);
  member = new ConfluentMember({ client, options, events, effective, mostPerPoll: Number(mostPerPoll) });
  if (options.groupProtocol === 'consumer' && options.members > Math.max(...partitions.map(({ length }) => length)))
    member.expectNothing();
  client.subscribe([...options.topics]);
  member.poll();
  return member;
}

interface Parts {
  readonly client: Consumer;
  readonly options: ConsumerOptions;
  readonly events: ConsumerEvents;
  readonly effective: EffectiveSettings;
  readonly mostPerPoll: number;
}

class ConfluentMember implements ConsumerConnection {
  readonly effective: EffectiveSettings;
  readonly ready: Promise<void>;
  readonly #parts: Parts;
  readonly #assignment: Assignment;
  readonly #view: Records;
  readonly #becameReady = Promise.withResolvers<void>();
  readonly #looking: NodeJS.Timeout;
  #waiting: NodeJS.Timeout | null;
  /** Rebalances that came while a poll was under way: what it brings was read before them. */
  readonly #rebalances: (() => void)[] = [];
  #isPolling = false;
  /** Whether there is something that came since the poll began. */
  #isDue = false;
  #isClosing = false;
  #polled = Promise.withResolvers<void>();

  constructor(parts: Parts) {
    const { client, options } = parts;
    this.#parts = parts;
    this.effective = parts.effective;
    this.#assignment = new Assignment(client, options.topics);
    this.#view = new Records(options.stampIn);
    this.ready = this.#becameReady.promise;
    this.ready.catch(() => undefined); // a member that fails says so through its events
    client.setDefaultConsumeTimeout(0);
    this.#looking = setInterval(() => this.#look(), lookEveryMillis);
    this.#waiting = setInterval(() => this.#checkReady(), readyEveryMillis);
  }

  /** Takes what is there, unless that is being done. */
  poll(): void {
    this.#isDue = true;
    if (this.#isPolling || this.#isClosing) return;
    this.#isDue = false;
    this.#isPolling = true;
    this.#parts.client.consume(this.#parts.mostPerPoll, this.#receive);
  }

  /** Answers a rebalance, once what was read before it has been handed over. */
  rebalance(code: number, partitions: readonly TopicPartition[]): void {
    this.#rebalances.push(() => this.#answer(code, partitions));
    if (!this.#isPolling) this.#answerAll();
  }

  /** Takes it that the group has nothing for the member, where it is not told otherwise for long enough. */
  expectNothing(): void {
    this.#parts.client.on('event.stats', ({ message }: { message: string }) => {
      if (this.#assignment.isKnown || answeredHeartbeats(message) < enoughAnswers) return;
      this.#assignment.isKnown = true;
      this.#tellAssigned();
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#isClosing) return;
    this.#isClosing = true;
    clearInterval(this.#looking);
    this.#stopWaiting();
    // librdkafka commits what it has handed over: all of that must be told
    if (this.#isPolling) await this.#polled.promise;
    await disconnectClient(this.#parts.client);
  }

  readonly #receive = (error: LibrdKafkaError | null, messages: Message[]): void => {
    const receivedMicros = nowMicros();
    this.#isPolling = false;
    if (error !== null) this.#hear(error);
    else {
      // the next poll fetches while these are handed over, unless something must be answered in between
      const mayGoOn = this.#rebalances.length === 0;
      if (mayGoOn && messages.length > 0) this.poll();
      this.#handOver(messages, receivedMicros);
    }
    this.#answerAll();
    if (this.#isClosing) this.#polled.resolve();
    else if (this.#isDue || (error === null && messages.length > 0)) this.poll();
  };

  /** Tells of the messages, in runs of one partition. */
  #handOver(messages: readonly Message[], receivedMicros: number): void {
    const { events, options } = this.#parts;
    for (let from = 0, to = 0; from < messages.length; from = to) {
      const { topic, partition } = messages[from] as Message;
      for (to = from + 1; to < messages.length; to++) {
        const message = messages[to] as Message;
        if (message.partition !== partition || message.topic !== topic) break;
      }
      const index = options.topics.indexOf(topic);
      this.#view.show(index, messages, from, to - from);
      events.batch(this.#view, receivedMicros);
      this.#assignment.read(index, partition, this.#view.nextOffset);
    }
  }

  #answerAll(): void {
    if (this.#isPolling) return;
    for (const answer of this.#rebalances.splice(0)) answer();
  }

  #answer(code: number, partitions: readonly TopicPartition[]): void {
    this.#assignment.rebalance(code, partitions);
    if (!this.#isClosing) this.#tellAssigned();
  }

  #tellAssigned(): void {
    const { events, options } = this.#parts;
    for (const topic of options.topics.keys()) events.assigned(topic, this.#assignment.partitionsOf(topic));
  }

  #hear(error: LibrdKafkaError): void {
    if (this.#isClosing || !(error.isFatal === true || finalCodes.includes(error.code))) return;
    const failure = new Error(error.message);
    this.#stopWaiting();
    this.#becameReady.reject(failure);
    this.#parts.events.failed(failure);
  }

  /** Polls in case that something was missed, and tells of what lay behind the last records. */
  #look(): void {
    if (this.#isPolling) return;
    const receivedMicros = nowMicros();
    for (const { topic, partition, nextOffset } of this.#assignment.passedOver()) {
      this.#view.showNone(topic, partition, nextOffset);
      this.#parts.events.batch(this.#view, receivedMicros);
      this.#assignment.read(topic, partition, nextOffset);
    }
    this.poll();
  }

  #checkReady(): void {
    if (!this.#assignment.isKnown || !this.#assignment.hasFetched()) return;
    this.#stopWaiting();
    this.#becameReady.resolve();
  }

  #stopWaiting(): void {
    if (this.#waiting !== null) clearInterval(this.#waiting);
    this.#waiting = null;
  }
}
