/** A group's member on the library's stream: batches of one partition, each partition's by one member at a time, and commits as Java's. */
import { findErrorBy, type GroupAssignment, type Offsets } from '@platformatic/kafka';
import type { ConsumerConnection, ConsumerEvents, ConsumerOptions, EffectiveSettings, Position } from '../driver.ts';
import { closeClient, publicError } from './client.ts';
import { Commits } from './commits.ts';
import { Intake, type Stream } from './intake.ts';
import { Ownership, placeOf } from './ownership.ts';
import type { WatchedConsumer } from './watched-consumer.ts';

const reopenMillis = 200;

export class PlatformaticMember implements ConsumerConnection {
  readonly effective: EffectiveSettings;
  readonly ready: Promise<void>;
  readonly #ready = Promise.withResolvers<void>();
  readonly #closing = Promise.withResolvers<void>();
  readonly #consumer: WatchedConsumer;
  readonly #options: ConsumerOptions;
  readonly #events: ConsumerEvents;
  readonly #commits: Commits;
  readonly #ownership: Ownership;
  readonly #intake: Intake;
  #stream: Stream | null = null;
  /** What the library said that is owned when a rebalance began; undefined where none is under way. */
  #assignmentsBefore: GroupAssignment[] | null | undefined = undefined;
  /** Whether the library is asking where its partitions go on. */
  #isSeeking = true;
  #reopening: NodeJS.Timeout | null = null;
  #hasLeft = false;
  #isClosing = false;

  constructor(
    consumer: WatchedConsumer,
    options: ConsumerOptions,
    events: ConsumerEvents,
    effective: EffectiveSettings,
  ) {
    const { commit, topics, stampIn } = options;
    this.effective = effective;
    this.#consumer = consumer;
    this.#options = options;
    this.#events = events;
    this.#ownership = new Ownership(topics);
    this.#commits = new Commits(
      commit.kind === 'auto' ? Math.max(1, Math.round(commit.everyMicros / 1e3)) : null,
      offsets => consumer.commit(offsets),
    );
    this.#intake = new Intake({
      topics,
      stampIn,
      events,
      commits: this.#commits,
      ownership: this.#ownership,
      isHeld: () => this.#isHeld,
    });
    this.ready = this.#ready.promise;
    this.ready.catch(() => undefined); // a member that fails says so through its events
    this.#followOffsets();
    this.#followRebalances();
    this.#followGroup();
  }

  /** Joins the group, and begins to read. */
  async join(): Promise<void> {
    const { topics } = this.#options;
    await this.#open();
    // else a stream that ends takes its topics along, and the next one joins the group again
    this.#consumer.topics.trackAll(...topics);
  }

  async commit(positions: readonly Position[]): Promise<void> {
    if (positions.length === 0) return;
    const offsets = positions.map(({ topic, partition, nextOffset }) => {
      const name = this.#options.topics[topic] as string;
      return { topic: name, partition, offset: BigInt(nextOffset), leaderEpoch: -1 };
    });
    try {
      await this.#consumer.commit({ offsets });
    } catch (cause) {
      throw publicError(cause, this.#options);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isClosing = true;
    this.#closing.resolve();
    this.#intake.close();
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

  /** Where the library goes on. */
  #followOffsets(): void {
    const consumer = this.#consumer;
    consumer.beforeOffsets = () => {
      // the library goes back to what is committed, also in partitions that the member has kept
      this.#isSeeking = true;
      return this.#commits.commit();
    };
    consumer.offsetsTold = offsets => this.#correct(offsets);
    // with the new protocol the library would go on without positions
    consumer.offsetsFailed = error => this.#stream?.destroy(error);
    consumer.fetched = () => this.#settleReady();
  }

  /** What the member has read it does not read again, whether it is committed or not. */
  #correct(offsets: Offsets): void {
    for (const [topic, partitions] of offsets) {
      for (const [partition, committed = -1n] of partitions.entries()) {
        const place = placeOf(topic, partition);
        const known = this.#commits.positionOf(place);
        const former = committed < 0n ? this.#commits.formerPositionOf(place) : undefined;
        const position = known ?? former;
        if (position !== undefined) partitions[partition] = BigInt(position);
        // the library would remember where it was when it owned the partition before
        else if (committed < 0n) this.#stream?.offsetsToFetch.delete(place);
      }
    }
  }

  /** What the group takes away. */
  #followRebalances(): void {
    const consumer = this.#consumer;
    consumer.mayCommit = (topic, partition) => this.#ownership.owns(topic, partition);
    consumer.beforeRevoking = going => this.#giveUp(going);
    consumer.revokingEnded = () => this.#endRebalance();
    consumer.placeLost = () => this.#beginRebalance();
    consumer.on('consumer:group:rebalance', () => {
      this.#beginRebalance();
      void this.#commits.commit();
    });
  }

  #followGroup(): void {
    const consumer = this.#consumer;
    const isClassic = this.#options.groupProtocol === 'classic';
    consumer.on('consumer:group:join', () => {
      if (!isClassic) return;
      this.#isSeeking = true;
      this.#commits.forget();
      this.#own();
      this.#endRebalance();
    });
    consumer.on('consumer:heartbeat:end', () => {
      if (!isClassic) this.#followAssignments();
    });
    consumer.on('consumer:heartbeat:error', ({ error }) => {
      if (!isClassic) this.#followLoss(error);
    });
    // the classic protocol's heartbeats end when it could not join again
    consumer.on('error', error => {
      this.#hasLeft = true;
      this.#reopen(error);
    });
  }

  /** With the new protocol the library would go on where it was, and as the member that the broker has forgotten. */
  #followLoss(error: Error): void {
    const isForgotten = findErrorBy(error, 'apiId', 'UNKNOWN_MEMBER_ID') !== null;
    if (!isForgotten && findErrorBy(error, 'apiId', 'FENCED_MEMBER_EPOCH') === null) return;
    this.#isSeeking = true;
    this.#commits.forget();
    if (!isForgotten) return;
    this.#consumer.memberId = null;
    this.#stream?.destroy();
  }

  #followStream(stream: Stream): void {
    let lost: Error | null = null;
    this.#stream = stream;
    stream.on('offsets', () => {
      if (this.#isSeeking) this.#intake.dropKept(stream);
      this.#isSeeking = false;
      if (this.#options.groupProtocol !== 'classic') this.#followAssignments();
      for (const [place, { topic, partition }] of this.#ownership.places) {
        const offset = stream.offsetsToFetch.get(place);
        if (offset !== undefined)
          this.#commits.beginAt(this.#options.topics[topic] as string, partition, Number(offset));
      }
      this.#settleReady();
      this.#intake.goOn();
    });
    stream.on('error', error => (lost = error));
    stream.on('close', () => this.#reopen(lost));
    this.#intake.follow(stream);
  }

  /** Finishes with what the group takes away: with what is in hand, and with what the host wants to commit. */
  async #giveUp(going: readonly GroupAssignment[]): Promise<void> {
    this.#beginRebalance();
    const work = this.#finishWith(going);
    this.#intake.holdBack(work);
    await Promise.race([work, this.#closing.promise]);
  }

  async #finishWith(going: readonly GroupAssignment[]): Promise<void> {
    await this.#intake.inHand;
    const partitionsOf = this.#ownership.byTopic(going);
    const told = partitionsOf.map(async (partitions, topic) => {
      if (partitions.length > 0 && !this.#isClosing) await this.#events.revoking(topic, partitions);
    });
    await Promise.allSettled(told);
    await this.#commits.commit();
  }

  #beginRebalance(): void {
    this.#assignmentsBefore = this.#consumer.assignments;
  }

  #endRebalance(): void {
    this.#assignmentsBefore = undefined;
    this.#intake.goOn();
  }

  /** The new protocol says nothing of what it assigns. */
  #followAssignments(): void {
    const { assignments } = this.#consumer;
    if (assignments !== null && assignments !== this.#ownership.assignments) this.#own();
    if (this.#assignmentsBefore !== assignments) this.#endRebalance();
  }

  /** Learns what the library owns now, and tells of it. */
  #own(): void {
    const ownership = this.#ownership;
    const assignments = this.#consumer.assignments ?? [];
    ownership.learn(assignments);
    this.#commits.keep((topic, partition) => ownership.owns(topic, partition));
    for (const [topic, partitions] of ownership.byTopic(assignments).entries())
      this.#events.assigned(topic, partitions);
  }

  get #isHeld(): boolean {
    return this.#isClosing || this.#isSeeking || this.#assignmentsBefore !== undefined;
  }

  #settleReady(): void {
    if (this.#isHeld || this.#ownership.assignments === null) return;
    if (this.#ownership.places.size === 0 || this.#consumer.allHaveAnswered) this.#ready.resolve();
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
