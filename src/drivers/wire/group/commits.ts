/** Tells a group where its partitions go on: what somebody says, or, every so often, what the host has done with. */
import type { ConsumerOptions } from '../../driver.ts';
import type { Beginning, Position } from '../position.ts';
import { BrokerError, remedyOf } from '../protocol/errors.ts';
import { type CommittedOffset, offsetCommit, offsetFetch } from '../protocol/group-offsets.ts';
import type { GroupCoordinator, Patience } from './coordinator.ts';
import type { Membership } from './membership.ts';

export interface CommitsParts {
  readonly options: ConsumerOptions;
  readonly coordinator: GroupCoordinator;
  readonly membership: Membership;
}

/** What is committed every so often. */
export interface AutoCommit {
  readonly positions: () => readonly Position[];
  readonly patience: () => Patience;
  /** Hears that the group will not take any. */
  readonly onFailed: (error: Error) => void;
}

export class Commits {
  readonly #parts: CommitsParts;
  /** Where the group goes on, as far as this member knows. */
  readonly #committed = new WeakMap<Position, number>();
  #timer: NodeJS.Timeout | null = null;

  constructor(parts: CommitsParts) {
    this.#parts = parts;
  }

  /** Commits every so often what was done with, one commit at a time, where the member is to do that. */
  begin({ positions, patience, onFailed }: AutoCommit): void {
    const { options, membership } = this.#parts;
    if (options.commit.kind === 'manual') return;
    let isCommitting = false;
    const commitNow = async (): Promise<void> => {
      if (isCommitting || !membership.isMember) return;
      isCommitting = true;
      try {
        await this.commitDone(positions(), patience());
      } catch (error) {
        // what passes is tried again the next time; whether the member was put out, its heartbeats tell
        if (error instanceof BrokerError && remedyOf(error.code) === 'fatal') onFailed(error);
      }
      isCommitting = false;
    };
    this.#timer = setInterval(() => void commitNow(), Math.max(1, options.commit.everyMicros / 1e3));
  }

  stop(): void {
    if (this.#timer !== null) clearInterval(this.#timer);
  }

  /** Commits what was done with, as far as the group does not know it. @throws Error where the group does not take it */
  async commitDone(positions: readonly Position[], patience: Patience): Promise<void> {
    const news = positions.filter(
      position => position.doneOffset >= 0 && position.doneOffset !== this.#committed.get(position),
    );
    if (news.length === 0) return;
    const offsets = news.map(({ doneOffset }) => doneOffset);
    await this.commit(
      news.map(({ topic, partition }, i) => ({ topic, partition, offset: offsets[i] as number })),
      patience,
    );
    for (const [i, position] of news.entries()) this.#committed.set(position, offsets[i] as number);
  }

  /** @throws Error where the group does not take it */
  async commit(beginnings: readonly Beginning[], patience: Patience): Promise<void> {
    const { coordinator, membership } = this.#parts;
    const offsets = beginnings.map(({ topic, ...rest }) => ({ ...rest, topic: this.#nameOf(topic) }));
    try {
      await coordinator.askPatiently(() => offsetCommit(membership.identity, offsets), patience);
    } catch (error) {
      if (error instanceof BrokerError && remedyOf(error.code) === 'rejoin') membership.beatSoon();
      throw error;
    }
  }

  /** Where the group goes on in some partitions; −1 where it does not know. @throws Error where it does not say */
  async find(places: readonly Omit<Beginning, 'offset'>[], patience: Patience): Promise<Beginning[]> {
    const { coordinator, membership } = this.#parts;
    const asked = [...Map.groupBy(places, ({ topic }) => topic)].map(([topic, of]) => ({
      topic: this.#nameOf(topic),
      partitions: of.map(({ partition }) => partition),
    }));
    const found = await coordinator.askPatiently(() => offsetFetch(membership.identity, asked), patience);
    return places.map(({ topic, partition }) => ({
      topic,
      partition,
      offset: offsetIn(found, this.#nameOf(topic), partition),
    }));
  }

  /** Notes that the group goes on where these begin. */
  known(positions: readonly Position[]): void {
    for (const position of positions) if (position.offset >= 0) this.#committed.set(position, position.offset);
  }

  #nameOf(topic: number): string {
    return this.#parts.options.topics[topic] as string;
  }
}

const offsetIn = (found: readonly CommittedOffset[], topic: string, partition: number): number =>
  found.find(candidate => candidate.topic === topic && candidate.partition === partition)?.offset ?? -1;
