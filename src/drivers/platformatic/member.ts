/** A group's member on the library's stream: batches of one partition, each partition's by one member at a time, and commits as Java's. */
import { findErrorBy, type GroupAssignment, type MessagesStream } from '@platformatic/kafka';
import { nowMicros } from '../../support/clock.ts';
import type { ConsumerConnection, ConsumerEvents, ConsumerOptions, EffectiveSettings } from '../driver.ts';
import { closeClient, publicError } from './client.ts';
import { Commits } from './commits.ts';
import { PlatformaticRecords, type ReadMessage } from './records.ts';
import type { WatchedConsumer } from './watched-consumer.ts';

type Stream = MessagesStream<Buffer, Buffer, Buffer, Buffer>;

/** More would be told of late: the library makes a thousand messages in a few milliseconds, one after the other. */
const mostMessagesPerBatch = 256;

const reopenMillis = 200;

const placeOf = (topic: string, partition: number): string => `${topic}:${partition}`;

export class PlatformaticMember implements ConsumerConnection {
  readonly effective: EffectiveSettings;
  readonly ready: Promise<void>;
  readonly #ready = Promise.withResolvers<void>();
  readonly #consumer: WatchedConsumer;
  readonly #options: ConsumerOptions;
  readonly #events: ConsumerEvents;
  readonly #commits: Commits;
  readonly #view: PlatformaticRecords;
  #stream: Stream | null = null;
  /** What it was told last that it owns, and the same by place. */
  #assignments: GroupAssignment[] | null = null;
  #owned = new Map<string, { readonly topic: number; readonly partition: number }>();
  /** What the library said that is owned when a rebalance began; undefined where none is under way. */
  #assignmentsBefore: GroupAssignment[] | null | undefined = undefined;
  /** Whether the library is asking where its partitions go on. */
  #isSeeking = true;
  /** The topic of the batch that is being gathered, and whether its messages are passed over. */
  #topic = '';
  #isPassedOver = false;
  #isTickDue = false;
  #hasDelivered = false;
  /** By place: the first of the messages that came while nothing may be read. They are fetched again. */
  readonly #passedOver = new Map<string, bigint>();
  #reopening: NodeJS.Timeout | null = null;
  #hasLeft = false;
  #isClosing = false;

  constructor(
    consumer: WatchedConsumer,
    options: ConsumerOptions,
    events: ConsumerEvents,
    effective: EffectiveSettings,
  ) {
    this.effective = effective;
    this.#consumer = consumer;
    this.#options = options;
    this.#events = events;
    this.#view = new PlatformaticRecords(options.stampIn);
    this.#commits = new Commits(Math.max(1, Math.round(options.autoCommitMicros / 1e3)), offsets =>
      consumer.commit(offsets),
    );
    this.ready = this.#ready.promise;
    this.ready.catch(() => undefined); // a member that fails says so through its events
    this.#followGroup();
  }

  /** Joins the group, and begins to read. */
  async join(): Promise<void> {
    const { topics } = this.#options;
    await this.#open();
    // else a stream that ends takes its topics along, and the next one joins the group again
    this.#consumer.topics.trackAll(...topics);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isClosing = true;
    this.#commits.stop();
    if (this.#reopening !== null) clearTimeout(this.#reopening);
    await closeClient(
      () => [this.#consumer.connections, ...(this.#stream === null ? [] : [this.#stream.connections])],
      () => this.#commits.commit(),
      () => this.#consumer.close(true),
    );
    this.#stream?.destroy();
  }

  async #open(): Promise<void> {
    this.#isSeeking = true;
    const stream = await this.#consumer.consume({
      topics: [...this.#options.topics],
      mode: 'committed',
      fallbackMode: this.#options.start,
      autocommit: false,
    });
    if (this.#isClosing) stream.destroy();
    else this.#followStream(stream);
  }

  #followGroup(): void {
    const consumer = this.#consumer;
    const isClassic = this.#options.groupProtocol === 'classic';
    consumer.beforeOffsets = () => {
      // the library goes back to what is committed, also in partitions that the member has kept
      this.#isSeeking = true;
      return this.#commits.commit();
    };
    // with the new protocol the library would go on without positions
    consumer.offsetsFailed = error => this.#stream?.destroy(error);
    consumer.fetched = () => this.#settleReady();
    consumer.on('consumer:group:rebalance', () => {
      this.#assignmentsBefore = consumer.assignments;
      void this.#commits.commit();
    });
    consumer.on('consumer:group:join', () => {
      if (!isClassic) return;
      this.#assignmentsBefore = undefined;
      this.#isSeeking = true;
      this.#commits.keep(() => false); // whatever was not committed may have been read by somebody else
      this.#own();
    });
    consumer.on('consumer:heartbeat:end', () => {
      if (!isClassic) this.#followAssignments();
    });
    consumer.on('consumer:heartbeat:error', ({ error }) => {
      // with the new protocol the library would go on as the member that the broker has forgotten
      if (isClassic || findErrorBy(error, 'apiId', 'UNKNOWN_MEMBER_ID') === null) return;
      consumer.memberId = null;
      this.#stream?.destroy();
    });
    // the classic protocol's heartbeats end when it could not join again
    consumer.on('error', error => {
      this.#hasLeft = true;
      this.#reopen(error);
    });
  }

  #followStream(stream: Stream): void {
    let lost: Error | null = null;
    this.#stream = stream;
    stream.on('offsets', () => {
      this.#isSeeking = false;
      if (this.#options.groupProtocol !== 'classic') this.#followAssignments();
      for (const [place, { topic, partition }] of this.#owned) {
        const offset = stream.offsetsToFetch.get(place);
        if (offset !== undefined) this.#commits.at(this.#options.topics[topic] as string, partition, Number(offset));
      }
      this.#settleReady();
    });
    stream.on('error', error => (lost = error));
    stream.on('close', () => this.#reopen(lost));
    stream.on('fetch', () => this.#awaitTick(stream));
    stream.on('data', message => this.#take(stream, message));
  }

  /** The new protocol says nothing of what it assigns. */
  #followAssignments(): void {
    const { assignments } = this.#consumer;
    if (assignments !== null && assignments !== this.#assignments) this.#own();
    if (this.#assignmentsBefore !== assignments) this.#assignmentsBefore = undefined;
  }

  /** Learns what the library owns now, and tells of it. */
  #own(): void {
    const assignments = this.#consumer.assignments ?? [];
    this.#assignments = assignments;
    const byTopic = this.#options.topics.map(
      topic => assignments.find(assignment => assignment.topic === topic)?.partitions.toSorted((a, b) => a - b) ?? [],
    );
    this.#owned = new Map(
      byTopic.flatMap((partitions, topic) =>
        partitions.map(partition => [placeOf(this.#options.topics[topic] as string, partition), { topic, partition }]),
      ),
    );
    this.#commits.keep((topic, partition) => this.#owned.has(placeOf(topic, partition)));
    for (const [topic, partitions] of byTopic.entries()) this.#events.assigned(topic, partitions);
  }

  get #isHeld(): boolean {
    return this.#isClosing || this.#isSeeking || this.#assignmentsBefore !== undefined;
  }

  #settleReady(): void {
    if (this.#isHeld || this.#assignments === null) return;
    if (this.#owned.size === 0 || this.#consumer.allHaveAnswered) this.#ready.resolve();
  }

  /** Takes one message; what a fetch brings comes within one turn, partition by partition. */
  #take(stream: Stream, message: ReadMessage): void {
    const view = this.#view;
    if (message.partition !== view.partition || message.topic !== this.#topic) this.#begin(stream, message);
    if (this.#isPassedOver) return;
    view.add(message);
    if (view.count < mostMessagesPerBatch) return;
    const { topic, partition } = view;
    this.#handOver(view.offset(view.count - 1) + 1);
    view.begin(topic, partition);
  }

  #begin(stream: Stream, { topic, partition, offset }: ReadMessage): void {
    this.#finish(stream);
    const place = placeOf(topic, partition);
    const owned = this.#owned.get(place);
    this.#topic = topic;
    this.#view.begin(owned?.topic ?? -1, partition);
    this.#isPassedOver = this.#isHeld || owned === undefined;
    if (this.#isPassedOver && !this.#passedOver.has(place)) this.#passedOver.set(place, offset);
    this.#awaitTick(stream);
  }

  /** Hands over what was gathered, when all has come that a fetch brought of the partition. */
  #finish(stream: Stream): void {
    const view = this.#view;
    if (view.count > 0) {
      const after = view.offset(view.count - 1) + 1;
      // markers and what was aborted come behind the messages, and the library passes over them
      const position =
        stream.readableLength === 0 ? stream.offsetsToFetch.get(placeOf(this.#topic, view.partition)) : 0n;
      this.#handOver(Math.max(after, Number(position ?? 0n)));
    }
    view.begin(-1, -1);
    this.#topic = '';
  }

  #handOver(nextOffset: number): void {
    const view = this.#view;
    view.nextOffset = nextOffset;
    this.#hasDelivered = true;
    this.#events.batch(view, nowMicros());
    this.#commits.at(this.#options.topics[view.topic] as string, view.partition, nextOffset);
  }

  /** Comes back when the library has given all that a fetch brought. */
  #awaitTick(stream: Stream): void {
    if (this.#isTickDue) return;
    this.#isTickDue = true;
    process.nextTick(() => {
      this.#isTickDue = false;
      this.#finish(stream);
      for (const [place, offset] of this.#passedOver) {
        if (this.#owned.has(place)) stream.offsetsToFetch.set(place, offset);
        else stream.offsetsToFetch.delete(place);
      }
      this.#passedOver.clear();
      if (!this.#hasDelivered && !this.#isHeld && stream.readableLength === 0) this.#tellWhatWasPassed(stream);
      this.#hasDelivered = false;
    });
  }

  /** A fetch may bring nothing but markers: the partition goes on behind them. */
  #tellWhatWasPassed(stream: Stream): void {
    for (const [place, { topic, partition }] of this.#owned) {
      const offset = stream.offsetsToFetch.get(place);
      const told = this.#commits.positionOf(place);
      if (offset === undefined || told === undefined || Number(offset) <= told) continue;
      this.#view.begin(topic, partition);
      this.#handOver(Number(offset));
    }
    this.#view.begin(-1, -1);
  }

  /** Begins anew after a while: any error ends the library's stream. */
  #reopen(error: Error | null): void {
    if (this.#isClosing || this.#reopening !== null) return;
    if (error !== null && isFatal(error)) {
      const failure = publicError(error, this.#options);
      this.#ready.reject(failure);
      this.#events.failed(failure);
      return;
    }
    this.#reopening = setTimeout(() => {
      this.#openAgain().then(
        () => (this.#reopening = null),
        cause => {
          this.#reopening = null;
          this.#reopen(cause as Error);
        },
      );
    }, reopenMillis);
  }

  async #openAgain(): Promise<void> {
    if (this.#hasLeft) {
      await this.#consumer.joinGroup({});
      this.#hasLeft = false;
    }
    if (this.#stream === null || this.#stream.destroyed) await this.#open();
  }
}

const groupErrors = ['STALE_MEMBER_EPOCH', 'FENCED_MEMBER_EPOCH'];

/** Whether trying again is in vain. That a member has lost its place in the group is not. */
function isFatal(error: Error): boolean {
  if (findErrorBy(error, 'needsRejoin', true) !== null) return false;
  if (groupErrors.some(id => findErrorBy(error, 'apiId', id) !== null)) return false;
  return !('code' in error) || findErrorBy(error, 'canRetry', false) !== null;
}
