/** A member of a group at the broker (KIP-848): it reads what it is given, gives up what it is asked for, and commits how far it has come. */
import { setTimeout as pause } from 'node:timers/promises';
import type { CommitMode, ConsumerConnection, EffectiveSettings, Position as CommitPosition } from '../../driver.ts';
import { effectiveOf } from '../config.ts';
import type { MemberParts } from '../member-parts.ts';
import type { Fetcher } from '../fetcher.ts';
import type { Position } from '../position.ts';
import { BrokerError, remedyOf } from '../protocol/errors.ts';
import { type IdentifiedPartitions, topicIds } from '../protocol/groups.ts';
import {
  type Assignment,
  fromIdentified,
  holds,
  isEmpty,
  nothingOf,
  placesIn,
  toIdentified,
  without,
} from './assignment.ts';
import { Commits } from './commits.ts';
import { GroupCoordinator, type Patience } from './coordinator.ts';
import { Membership } from './membership.ts';

/** Closing waits no longer for the group than this. */
const mostLeavingMillis = 1_500;

/** The time from joining a group until the group, or the member, ends it. */
interface Era {
  isOver: boolean;
  readonly over: Promise<void>;
  end(): void;
}

export class GroupMember implements ConsumerConnection {
  readonly ready: Promise<void>;
  readonly #parts: MemberParts;
  readonly #fetcher: Fetcher;
  readonly #coordinator: GroupCoordinator;
  readonly #membership: Membership;
  readonly #commits: Commits;
  readonly #commitMode: CommitMode['kind'];
  #topicIds: readonly string[] = [];
  /** What the host was told that it owns; null before it was told. */
  #owned: Assignment | null = null;
  /** What the broker wants the member to own; null where nothing is to be done. */
  #target: readonly IdentifiedPartitions[] | null = null;
  #isReconciling = false;
  #era = newEra();
  #leaving: Promise<void> | null = null;

  constructor(parts: MemberParts) {
    const { options, settings, view, fetcher } = parts;
    const { groupId, topics } = options;
    this.#parts = parts;
    this.#fetcher = fetcher;
    this.ready = fetcher.ready;
    this.#commitMode = options.commit.kind;
    const coordinator = new GroupCoordinator(view, groupId);
    const membership = new Membership({
      coordinator,
      groupId,
      topics,
      instanceId: settings['group.instance.id'] || null,
      assignor: settings['group.remote.assignor'] || null,
      backoffMillis: settings['retry.backoff.ms'],
      onAssigned: assigned => this.#assigned(assigned),
      onLost: () => this.#lost(),
      onFailed: error => this.#fail(error),
    });
    this.#coordinator = coordinator;
    this.#membership = membership;
    this.#commits = new Commits({ options, coordinator, membership });
  }

  get effective(): EffectiveSettings {
    const { options, settings } = this.#parts;
    const { commit } = options;
    return {
      ...effectiveOf(options, settings),
      ...(settings['group.instance.id'] && { 'group.instance.id': settings['group.instance.id'] }),
      ...(settings['group.remote.assignor'] && { 'group.remote.assignor': settings['group.remote.assignor'] }),
      'heartbeat.interval.ms': this.#membership.intervalMillis,
      ...(commit.kind === 'auto' && {
        'enable.auto.commit': true,
        'auto.commit.interval.ms': commit.everyMicros / 1e3,
      }),
    };
  }

  /** Joins the group. @throws Error where it does not take the member */
  async begin(): Promise<void> {
    try {
      await this.#membership.join(this.#patience());
    } catch (error) {
      this.#coordinator.close();
      throw error;
    }
    this.#commits.begin({
      positions: () => this.#fetcher.positions,
      patience: () => this.#patience(),
      onFailed: error => this.#fail(error),
    });
  }

  async commit(positions: readonly CommitPosition[]): Promise<void> {
    if (this.#leaving !== null || !this.#membership.isMember) throw new Error('the member is not in its group');
    const owned = this.#owned ?? [];
    const own = positions.filter(position => holds(owned, position));
    const beginnings = own.map(({ topic, partition, nextOffset: offset }) => ({ topic, partition, offset }));
    if (own.length > 0) await this.#commits.commit(beginnings, this.#patience());
    const foreign = positions.filter(position => !own.includes(position));
    if (foreign.length === 0) return;
    const names = foreign.map(({ topic, partition }) => `${this.#parts.options.topics[topic]}-${partition}`);
    throw new Error(`the member does not own ${names.join(', ')}`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#leave();
    await this.#parts.view[Symbol.asyncDispose]();
  }

  /** The client gave up: the group may give its partitions to others. */
  fail(error: Error): void {
    this.#fail(error);
  }

  #assigned(assigned: readonly IdentifiedPartitions[]): void {
    this.#target = assigned;
    if (!this.#isReconciling) void this.#reconcile();
  }

  /** Comes to own what the broker wants, one change after the other. */
  async #reconcile(): Promise<void> {
    this.#isReconciling = true;
    while (this.#target !== null && this.#leaving === null) {
      const target = this.#target;
      const era = this.#era;
      this.#target = null;
      try {
        await this.#move(target, era);
      } catch (error) {
        if (!era.isOver) this.#refused(error as Error);
      }
    }
    this.#isReconciling = false;
  }

  async #move(target: readonly IdentifiedPartitions[], era: Era): Promise<void> {
    const wanted = await this.#identify(target, era);
    if (wanted === null || era.isOver) return;
    const { events, options } = this.#parts;
    const before = this.#owned ?? nothingOf(options.topics);
    const revoked = without(before, wanted);
    if (!isEmpty(revoked)) await this.#giveUp(revoked, era);
    if (era.isOver) return;
    const isNew = without(wanted, before);
    const changed = options.topics.keys().filter(topic => revoked[topic]?.length !== 0 || isNew[topic]?.length !== 0);
    for (const topic of this.#owned === null ? options.topics.keys() : changed)
      events.assigned(topic, wanted[topic] ?? []);
    this.#owned = wanted;
    if (!isEmpty(revoked) || !isEmpty(isNew)) this.#membership.acknowledge(toIdentified(wanted, this.#topicIds));
    if (!isEmpty(isNew)) await this.#takeUp(isNew, era);
    if (!era.isOver) this.#fetcher.begin();
  }

  /** Learns which topics are meant; null where the broker wants something else by now. */
  async #identify(target: readonly IdentifiedPartitions[], era: Era): Promise<Assignment | null> {
    const { topics } = this.#parts.options;
    const patience = this.#patience(Infinity);
    let wanted = fromIdentified(target, this.#topicIds);
    while (wanted === null && !era.isOver && this.#target === null) {
      const ids = await this.#coordinator.askPatiently(() => topicIds(topics), patience);
      this.#topicIds = topics.map(name => ids.get(name) ?? '');
      wanted = fromIdentified(target, this.#topicIds);
      if (wanted === null) await orOver(pause(patience.backoffMillis), era);
    }
    return wanted;
  }

  /** Stops reading, and settles once the host has let the partitions go and the group knows how far it has come. */
  async #giveUp(revoked: Assignment, era: Era): Promise<void> {
    const { events } = this.#parts;
    const leaving = this.#fetcher.remove(position => holds(revoked, position));
    await this.#commitGoing(leaving, era);
    const told = [...revoked.entries()].filter(([, { length }]) => length > 0);
    const letGo = told.map(async ([topic, partitions]) => events.revoking(topic, partitions));
    await orOver(Promise.all(letGo), era);
    if (this.#commitMode === 'manual') return;
    // as Java, which asks for the next records, and so gives up partitions, only when it is done with those that it has
    await orOver(this.#fetcher.doneWith(leaving), era);
    await this.#commitGoing(leaving, era);
  }

  /** Commits how far partitions came that are given up; what the group refuses then, the next one reads again. */
  async #commitGoing(leaving: readonly Position[], era: Era): Promise<void> {
    if (this.#commitMode === 'manual' || era.isOver) return;
    await this.#commits.commitDone(leaving, this.#patience()).catch((error: unknown) => {
      if (!era.isOver && error instanceof BrokerError && remedyOf(error.code) === 'fatal') this.#fail(error);
    });
  }

  /** Begins to read partitions where the group was, or else by the start policy. */
  async #takeUp(isNew: Assignment, era: Era): Promise<void> {
    const beginnings = await this.#commits.find(placesIn(isNew), this.#patience(Infinity));
    if (era.isOver) return;
    this.#commits.known(this.#fetcher.add(beginnings));
    this.#fetcher.poll();
  }

  /** The group counts on the member no more: others may read what it had. */
  #lost(): void {
    const { events, options } = this.#parts;
    this.#era.end();
    this.#era = newEra();
    this.#target = null;
    this.#fetcher.remove(() => true);
    const lost = this.#owned ?? [];
    this.#owned &&= nothingOf(options.topics);
    for (const [topic, { length }] of lost.entries()) if (length > 0) events.assigned(topic, []);
  }

  /** What was wanted could not be done. */
  #refused(error: Error): void {
    if (error instanceof BrokerError && remedyOf(error.code) === 'rejoin') this.#membership.beatSoon();
    else this.#fail(error);
  }

  #fail(error: Error): void {
    if (this.#leaving !== null) return;
    void this.#leave();
    this.#parts.events.failed(error);
  }

  #leave(): Promise<void> {
    return (this.#leaving ??= this.#leaveInTime());
  }

  /** Commits what is due, and says goodbye, as far as the group can be reached soon. */
  async #leaveInTime(): Promise<void> {
    const { promise: late, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, mostLeavingMillis);
    this.#fetcher.close();
    this.#commits.stop();
    this.#membership.stop();
    this.#era.end();
    await Promise.race([this.#sayGoodbye().catch(() => undefined), late]);
    clearTimeout(timer);
    this.#coordinator.close();
  }

  async #sayGoodbye(): Promise<void> {
    const patience = { ...this.#patience(), isOver: () => false };
    try {
      if (this.#commitMode === 'auto' && this.#membership.isMember)
        await this.#commits.commitDone(this.#fetcher.positions, patience);
    } finally {
      await this.#membership.leave();
    }
  }

  /** For what is of no use any more when the group, or the member, ends the membership. */
  #patience(mostMillis = this.#parts.settings['request.timeout.ms']): Patience {
    const era = this.#era;
    return { backoffMillis: this.#parts.settings['retry.backoff.ms'], mostMillis, isOver: () => era.isOver };
  }
}

function newEra(): Era {
  const { promise: over, resolve } = Promise.withResolvers<void>();
  const era: Era = {
    isOver: false,
    over,
    end() {
      era.isOver = true;
      resolve();
    },
  };
  return era;
}

/** Settles with the work, or at once when the era ends: what becomes of it then is nobody's business. */
async function orOver(work: Promise<unknown>, era: Era): Promise<void> {
  await Promise.race([work, era.over]);
}
