/** A group member on librdkafka: takes what is there whenever librdkafka says that something is, and answers its rebalances. */
import type { LibrdKafkaError, Message, TopicPartition, TopicPartitionOffset } from '@confluentinc/kafka-javascript';
import { nowMicros } from '../../support/clock.ts';
import type { ConsumerConnection, ConsumerEvents, ConsumerOptions, EffectiveSettings, Position } from '../driver.ts';
import { Assignment, type Consumer, isRevocation, type Rebalance } from './assignment.ts';
import { Backlog } from './backlog.ts';
import { disconnectClient } from './client.ts';
import { Commits } from './commits.ts';
import { answeredHeartbeats, enoughAnswers } from './heartbeats.ts';
import { Records } from './records.ts';
import { within } from './within.ts';

/** A member looks so often whether there is something that it was not told of. */
const lookEveryMillis = 100;

/** One that is held back polls every so many times: it hears of rebalances by that alone. */
const looksPerGlance = 10;

/** A member that is to be ready looks so often whether it is. */
const readyEveryMillis = 5;

/** How long closing waits for answers to commits. */
const lastAnswersMillis = 1_000;

/** Codes after which nothing comes any more: a topic is gone, something is forbidden, the member was fenced, librdkafka gave up. */
const finalCodes = [3, 29, 30, 31, 35, 82, -150];

/** What a member is made of. */
interface Parts {
  readonly client: Consumer;
  readonly options: ConsumerOptions;
  readonly events: ConsumerEvents;
  readonly effective: EffectiveSettings;
  readonly mostPerPoll: number;
  readonly rebalancePatienceMillis: number;
}

/** What was handed over last, as long as the host is not done with it. */
interface InHand extends Position {
  readonly leaderEpoch: number;
  /** Whether its partition was taken away meanwhile: it is the next owner who says how far that is read. */
  isLost: boolean;
}

export class ConfluentMember implements ConsumerConnection {
  readonly effective: EffectiveSettings;
  readonly ready: Promise<void>;
  readonly #parts: Parts;
  readonly #assignment: Assignment;
  readonly #commits: Commits;
  readonly #backlog: Backlog;
  readonly #view: Records;
  readonly #becameReady = Promise.withResolvers<void>();
  readonly #closing = Promise.withResolvers<void>();
  readonly #looking: NodeJS.Timeout;
  #waiting: NodeJS.Timeout | null;
  /** Rebalances that were not answered yet; what a poll under way brings was read before them. */
  readonly #rebalances: Rebalance[] = [];
  #isAnswering = false;
  #answered = Promise.resolve();
  #inHand: InHand | null = null;
  /** Settles when the host is done with what it has in hand. */
  #released: Promise<void> | null = null;
  #isPolling = false;
  /** Whether there is something that came since the poll began. */
  #isDue = false;
  #isClosing = false;
  #onPolled: (() => void) | null = null;
  #looks = 0;

  constructor(parts: Parts) {
    const { client, options } = parts;
    this.#parts = parts;
    this.effective = parts.effective;
    this.#assignment = new Assignment(client, options.topics, options.commit.kind);
    this.#commits = new Commits(client, options.topics, () => this.#isPolling || this.#take());
    this.#backlog = new Backlog(options.topics);
    this.#view = new Records(options.stampIn);
    this.ready = this.#becameReady.promise;
    this.ready.catch(() => undefined); // a member that fails says so through its events
    client.setDefaultConsumeTimeout(0);
    this.#looking = setInterval(() => this.#look(), lookEveryMillis);
    this.#waiting = setInterval(() => this.#checkReady(), readyEveryMillis);
  }

  /** Takes what is there, unless that is being done, or the member is held back and waits for no answer. */
  poll(): void {
    this.#isDue = true;
    if (this.#isPolling || this.#isClosing) return;
    if (!this.#isHeldBack || (this.#commits.areOpen && this.#room > 0)) this.#take();
  }

  /** Answers a rebalance, once what was read before it has been handed over and the host is done with it. */
  rebalance(rebalance: Rebalance): void {
    this.#rebalances.push(rebalance);
    if (!this.#isPolling) this.#answer();
  }

  /** Hears the answer to a commit. */
  committed(error: LibrdKafkaError | undefined, offsets: readonly TopicPartitionOffset[]): void {
    this.#commits.answered(error, offsets);
  }

  /** Takes it that the group has nothing for the member, where it is not told otherwise for long enough. */
  expectNothing(): void {
    this.#parts.client.on('event.stats', ({ message }: { message: string }) => {
      if (this.#assignment.isKnown || answeredHeartbeats(message) < enoughAnswers) return;
      this.#assignment.isKnown = true;
      this.#tellAssigned();
    });
  }

  async commit(positions: readonly Position[]): Promise<void> {
    if (this.#isClosing) throw new Error('A member that is closed commits nothing.');
    await this.#commits.commit(positions);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#isClosing) return;
    this.#isClosing = true;
    this.#closing.resolve();
    clearInterval(this.#looking);
    this.#stopWaiting();
    if (this.#commits.areOpen) await within(lastAnswersMillis, this.#commits.settled());
    this.#commits.end();
    if (this.#isPolling) await new Promise<void>(resolve => (this.#onPolled = resolve));
    await this.#answered;
    await disconnectClient(this.#parts.client);
  }

  get #isHeldBack(): boolean {
    return this.#released !== null || this.#isAnswering;
  }

  /** How many more messages may wait to be handed over. */
  get #room(): number {
    return this.#parts.mostPerPoll - this.#backlog.size;
  }

  /** Polls. That may bring a message even where something else is looked for. */
  #take(): void {
    this.#isDue = false;
    this.#isPolling = true;
    this.#parts.client.consume(Math.max(1, this.#room), this.#receive);
  }

  readonly #receive = (error: LibrdKafkaError | null, messages: Message[] = []): void => {
    const receivedMicros = nowMicros();
    this.#isPolling = false;
    if (this.#isClosing) {
      // what was not handed over was not stored either; a rebalance that is not answered would keep the client from closing
      this.#answer();
      this.#onPolled?.();
      return;
    }
    if (error !== null) this.#hear(error);
    if (messages.length > 0) {
      // the next poll fetches while these are handed over, unless something must be answered in between
      if (this.#rebalances.length === 0 && !this.#isHeldBack) this.poll();
      this.#backlog.add(messages);
      this.#handOver(receivedMicros);
    }
    this.#answer();
    if (!this.#isHeldBack && (this.#isDue || messages.length > 0)) this.poll();
  };

  /** Tells of what was polled, in runs of one partition, until the host holds the member back. */
  #handOver(receivedMicros: number): void {
    while (!this.#isHeldBack && !this.#isClosing && this.#backlog.showNext(this.#view)) this.#tell(receivedMicros);
    this.#assignment.store();
  }

  /** Tells of what the view shows. */
  #tell(receivedMicros: number): void {
    const { topic, partition, nextOffset, leaderEpoch } = this.#view;
    const held = this.#parts.events.batch(this.#view, receivedMicros);
    if (held === undefined) this.#assignment.read(topic, partition, nextOffset, leaderEpoch);
    else this.#hold(held, { topic, partition, nextOffset, leaderEpoch, isLost: false });
  }

  /** Hands nothing more over until the host is done with what it was given. */
  #hold(held: Promise<void>, inHand: InHand): void {
    this.#inHand = inHand;
    const done = (): void => this.#letGo(inHand);
    this.#released = held.then(done, (error: Error) => {
      this.#fail(error);
      done();
    });
  }

  #letGo({ topic, partition, nextOffset, leaderEpoch, isLost }: InHand): void {
    this.#released = null;
    this.#inHand = null;
    if (this.#isClosing) return;
    if (!isLost) this.#assignment.read(topic, partition, nextOffset, leaderEpoch);
    this.#assignment.store();
    this.#goOn();
  }

  /** Hands over what was left when the member was held back. */
  #goOn(): void {
    if (this.#isHeldBack || this.#isClosing) return;
    this.#handOver(nowMicros());
    this.poll();
  }

  #answer(): void {
    if (this.#rebalances.length > 0 && !this.#isAnswering) this.#answered = this.#answerAll();
  }

  async #answerAll(): Promise<void> {
    this.#isAnswering = true;
    for (let next = this.#rebalances.shift(); next !== undefined; next = this.#rebalances.shift()) {
      if (!this.#isClosing && this.#assignment.mayStillCommit(next)) await this.#prepareToLose(next.partitions);
      this.#forget(next);
      this.#assignment.rebalance(next);
      if (!this.#isClosing) this.#tellAssigned();
    }
    this.#isAnswering = false;
    this.#goOn();
  }

  /** Waits until the host is done with what it has in hand, then until it has committed what it wants to: for neither too long. */
  async #prepareToLose(partitions: readonly TopicPartition[]): Promise<void> {
    const { rebalancePatienceMillis } = this.#parts;
    const closing = this.#closing.promise;
    if (this.#released !== null) await within(rebalancePatienceMillis, Promise.race([this.#released, closing]));
    if (this.#isClosing) return;
    const told = this.#tellRevoking(partitions).catch((error: Error) => this.#fail(error));
    await within(rebalancePatienceMillis, Promise.race([told, closing]));
  }

  async #tellRevoking(partitions: readonly TopicPartition[]): Promise<void> {
    const { events, options } = this.#parts;
    const told = options.topics.map(async (name, topic) => {
      const lost = partitions.filter(partition => partition.topic === name).map(({ partition }) => partition);
      if (lost.length > 0) await events.revoking(topic, lost);
    });
    await Promise.all(told);
  }

  /** What the group takes away is no longer handed over, and no longer stored. */
  #forget(rebalance: Rebalance): void {
    if (!isRevocation(rebalance)) return;
    const { partitions } = rebalance;
    const inHand = this.#inHand;
    const topic = this.#parts.options.topics[inHand?.topic ?? -1];
    if (inHand !== null && partitions.some(lost => lost.topic === topic && lost.partition === inHand.partition))
      inHand.isLost = true;
    this.#backlog.drop(partitions);
  }

  #tellAssigned(): void {
    const { events, options } = this.#parts;
    for (const topic of options.topics.keys()) events.assigned(topic, this.#assignment.partitionsOf(topic));
  }

  #hear(error: LibrdKafkaError): void {
    if (error.isFatal === true || finalCodes.includes(error.code)) this.#fail(new Error(error.message));
  }

  #fail(failure: Error): void {
    if (this.#isClosing) return;
    this.#stopWaiting();
    this.#becameReady.reject(failure);
    this.#parts.events.failed(failure);
  }

  /** Polls in case that something was missed, and tells of what lay behind the last records. */
  #look(): void {
    if (this.#isPolling) return;
    if (this.#isHeldBack) {
      if (++this.#looks % looksPerGlance === 0) this.#take();
      return;
    }
    const receivedMicros = nowMicros();
    for (const { topic, partition, nextOffset } of this.#assignment.passedOver()) {
      this.#view.showNone(topic, partition, nextOffset);
      this.#tell(receivedMicros);
      if (this.#isHeldBack) break; // the others are found again
    }
    this.#assignment.store();
    this.poll();
  }

  #checkReady(): void {
    // held back, librdkafka soon has enough and fetches no other partition: one that begins at the earliest misses nothing
    const mayBeginLater = this.#released !== null && this.#parts.options.start === 'earliest';
    if (!this.#assignment.isKnown || !(mayBeginLater || this.#assignment.hasFetched())) return;
    this.#stopWaiting();
    this.#becameReady.resolve();
  }

  #stopWaiting(): void {
    if (this.#waiting !== null) clearInterval(this.#waiting);
    this.#waiting = null;
  }
}
