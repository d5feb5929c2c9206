/** A group member on kafkajs: whole batches per partition, handed over as they come. */
import type { Consumer, EachBatchPayload } from 'kafkajs';
import { nowMicros } from '../../support/clock.ts';
import { noLongerThan } from '../../support/wait.ts';
import type { ConsumerConnection, ConsumerEvents, ConsumerOptions, EffectiveSettings, Position } from '../driver.ts';
import { adapted, cannotOpen, openKafka } from './client.ts';
import { type Assignment, AutoCommit, Commits, type Place } from './commits.ts';
import { consumerConfig, translate } from './config.ts';
import { Connections } from './connections.ts';
import { Hold } from './hold.ts';
import { KafkajsRecords } from './records.ts';
import { isHeard, type Membership, roundRobinOf } from './rejoins.ts';

/** Java's defaults, where kafkajs has others. */
const javaDefaults = {
  minBytes: 1,
  maxBytes: 52_428_800,
  maxBytesPerPartition: 1_048_576,
  maxWaitTimeInMs: 500,
  readUncommitted: true,
};

/** kafkajs's own defaults of what the driver must know. */
const kafkajsDefaults = { sessionTimeout: 30_000, heartbeatInterval: 3_000, rebalanceTimeout: 60_000 };

type Settings = typeof javaDefaults & typeof kafkajsDefaults;

/** Joins the group; `ready` settles once the member has its partitions and each of their brokers has answered a fetch. */
export async function openConsumer(options: ConsumerOptions, events: ConsumerEvents): Promise<ConsumerConnection> {
  const connections = new Connections();
  const translated = translate(consumerConfig, options.config);
  const kafka = openKafka(options, translated.client, connections);
  const settings: Settings = { ...javaDefaults, ...kafkajsDefaults, ...translated.consumer, ...options.options };
  const consumer = kafka.consumer({
    groupId: options.groupId,
    allowAutoTopicCreation: false,
    partitionAssigners: [roundRobinOf(membership => member.prepareToJoin(membership))],
    ...settings,
  });
  const member = new KafkajsMember({ consumer, options, events, connections, settings });
  try {
    await member.join();
    return member;
  } catch (cause) {
    await member[Symbol.asyncDispose]();
    throw cannotOpen('consumer', options, cause);
  }
}

function effectiveSettings(options: ConsumerOptions, settings: Settings): EffectiveSettings {
  return {
    ...adapted,
    'group.rejoin': 'patched: waits for the batch in hand and for commits',
    retries: 5,
    'group.protocol': 'classic',
    'partition.assignment.strategy': 'roundrobin',
    'auto.offset.reset': options.start,
    ...commitSettings(options),
    'session.timeout.ms': settings.sessionTimeout,
    'heartbeat.interval.ms': settings.heartbeatInterval,
    'fetch.min.bytes': settings.minBytes,
    'fetch.max.bytes': settings.maxBytes,
    'fetch.max.wait.ms': settings.maxWaitTimeInMs,
    'max.partition.fetch.bytes': settings.maxBytesPerPartition,
    'isolation.level': settings.readUncommitted ? 'read_uncommitted' : 'read_committed',
    ...options.config,
  };
}

function commitSettings({ commit }: ConsumerOptions): EffectiveSettings {
  switch (commit.kind) {
    case 'auto':
      return { 'auto.commit.interval.ms': Math.round(commit.everyMicros / 1e3) };
    case 'manual':
      return { 'enable.auto.commit': false };
  }
}

interface Parts {
  readonly consumer: Consumer;
  readonly options: ConsumerOptions;
  readonly events: ConsumerEvents;
  readonly connections: Connections;
  readonly settings: Settings;
}

/** Lets kafkajs go on at once. */
const done = Promise.resolve();

class KafkajsMember implements ConsumerConnection {
  readonly effective: EffectiveSettings;
  readonly ready: Promise<void>;
  readonly #parts: Parts;
  readonly #commits: Commits;
  /** Null where the member commits for itself. */
  readonly #autoCommit: AutoCommit | null;
  readonly #view: KafkajsRecords;
  readonly #hold: Hold;
  readonly #closing = Promise.withResolvers<void>();
  #isClosing = false;
  #owned: Assignment = {};

  constructor(parts: Parts) {
    const { consumer, options, settings } = parts;
    const { commit } = options;
    this.#parts = parts;
    this.#view = new KafkajsRecords(options.stampIn);
    this.#hold = new Hold(beatMillis(settings));
    this.#commits = new Commits(consumer);
    this.#autoCommit =
      commit.kind === 'auto' ? new AutoCommit(this.#commits, Math.max(1, Math.round(commit.everyMicros / 1e3))) : null;
    this.effective = effectiveSettings(options, settings);
    this.ready = untilReady(consumer);
    this.ready.catch(() => undefined); // a member that fails says so through its events
    this.#followEvents();
  }

  async join(): Promise<void> {
    const { consumer, options } = this.#parts;
    await consumer.connect();
    await consumer.subscribe({ topics: [...options.topics], fromBeginning: options.start === 'earliest' });
    await consumer.run({ autoCommit: false, eachBatch: payload => this.#take(payload) });
  }

  commit(positions: readonly Position[]): Promise<void> {
    const { topics } = this.#parts.options;
    return this.#commits.commit(
      positions.map(({ topic, partition, nextOffset }) => {
        return { topic: topics[topic] as string, partition, offset: String(nextOffset) };
      }),
    );
  }

  /** @throws Error where the member is not to join, but to leave */
  async prepareToJoin(membership: Membership): Promise<void> {
    this.#hold.joining();
    if (await isHeard(membership, this.#parts.settings.heartbeatInterval)) await this.#partWithPartitions(membership);
    if (this.#isClosing) throw new Error('The member is leaving its group');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const { connections, consumer, settings } = this.#parts;
    this.#isClosing = true;
    this.#closing.resolve();
    this.#hold.end();
    // kafkajs leaves the group only when its last fetch was answered
    await connections.close(async () => {
      await this.#autoCommit?.close();
      await this.#commits.close();
      await consumer.disconnect();
    }, settings.maxWaitTimeInMs);
  }

  #take(payload: EachBatchPayload): Promise<void> {
    return this.#hold.isFree ? this.#handOver(payload) : this.#handOverLater(payload);
  }

  async #handOverLater(payload: EachBatchPayload): Promise<void> {
    await this.#hold.untilFree(payload);
    await this.#handOver(payload);
  }

  #handOver(payload: EachBatchPayload): Promise<void> {
    // the last commit is under way: whoever goes on from there will read this
    if (this.#isClosing) return done;
    const { topic, partition } = payload.batch;
    const receivedMicros = nowMicros();
    this.#view.show(this.#parts.options.topics.indexOf(topic), payload.batch);
    const { nextOffset } = this.#view;
    const pending = this.#parts.events.batch(this.#view, receivedMicros);
    const place = this.#autoCommit?.at(topic, partition);
    if (pending !== undefined) return this.#holdBack(pending, place, nextOffset, payload);
    if (place !== undefined) place.nextOffset = nextOffset;
    return done;
  }

  #holdBack(
    pending: Promise<void>,
    place: Place | undefined,
    nextOffset: number,
    payload: EachBatchPayload,
  ): Promise<void> {
    const isDone = (): void => {
      if (place !== undefined) place.nextOffset = nextOffset;
    };
    return this.#hold.until(pending, isDone, payload);
  }

  /**
   * Does what Java's client does before it joins anew: lets the batch in hand be done with, commits, and tells that the partitions are about
   * to go. In all it takes no more than three quarters of the time that the group waits for its members.
   */
  async #partWithPartitions(membership: Membership): Promise<void> {
    const { settings } = this.#parts;
    const { heartbeatInterval: interval, rebalanceTimeout } = settings;
    const beat = (): void => void membership.heartbeat({ interval }).catch(() => undefined);
    const timer = setInterval(beat, beatMillis(settings));
    if (this.#hold.inHand !== null) await this.#unlessClosing(rebalanceTimeout / 2, this.#hold.inHand);
    await this.#unlessClosing(rebalanceTimeout / 4, this.#giveUp());
    clearInterval(timer);
  }

  /** Settles when everything is committed that can be before the partitions go. */
  async #giveUp(): Promise<void> {
    const { options, events } = this.#parts;
    const told = [...options.topics.entries()].map(async ([index, topic]) => {
      const partitions = this.#owned[topic] ?? [];
      if (partitions.length > 0) await events.revoking(index, partitions);
    });
    await Promise.allSettled([this.#autoCommit?.commit(), ...told]);
    await this.#commits.ended();
  }

  #unlessClosing(millis: number, work: Promise<unknown>): Promise<void> {
    return noLongerThan(millis, Promise.race([work, this.#closing.promise]));
  }

  #followEvents(): void {
    const { consumer, options, events } = this.#parts;
    consumer.on(consumer.events.GROUP_JOIN, ({ payload: { memberAssignment } }) => {
      this.#own(memberAssignment);
      for (const [index, topic] of options.topics.entries()) events.assigned(index, this.#owned[topic] ?? []);
    });
    consumer.on(consumer.events.CRASH, ({ payload }) => {
      if (!payload.restart && !this.#isClosing) events.failed(payload.error);
    });
  }

  #own(assignment: Assignment): void {
    this.#owned = Object.fromEntries(
      Object.entries(assignment).map(([topic, partitions]) => [topic, partitions.toSorted((a, b) => a - b)]),
    );
    this.#commits.own(this.#owned);
    this.#autoCommit?.own(this.#owned);
  }
}

/** kafkajs sends a heartbeat when it is called and one is due: called twice an interval, it is late by half of one at most. */
const beatMillis = ({ heartbeatInterval }: Settings): number => Math.max(10, heartbeatInterval / 2);

/** Follows kafkajs's own events: joined, then every broker that was asked has answered. */
function untilReady(consumer: Consumer): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const asked = new Set<unknown>();
  const answered = new Set<unknown>();
  let hasJoined = false;
  consumer.on(consumer.events.GROUP_JOIN, ({ payload }) => {
    hasJoined = true;
    if (Object.values(payload.memberAssignment).every(partitions => partitions.length === 0)) resolve();
  });
  consumer.on(consumer.events.FETCH_START, ({ payload }) => void asked.add((payload as { nodeId: unknown }).nodeId));
  consumer.on(consumer.events.FETCH, ({ payload }) => {
    answered.add((payload as unknown as { nodeId: unknown }).nodeId);
    if (hasJoined && answered.isSupersetOf(asked)) resolve();
  });
  consumer.on(consumer.events.CRASH, ({ payload }) => {
    if (!payload.restart) reject(payload.error);
  });
  return promise;
}
