/** Keeps a member in its group: joins, sends heartbeats as the broker says, learns what the member is to own, and joins again where it was put out. */
import { randomUUID } from 'node:crypto';
import { type Connection, UnspokenVersionError } from '../connection.ts';
import type { Api } from '../protocol/apis.ts';
import { BrokerError, remedyOf, unsupportedVersion } from '../protocol/errors.ts';
import type { MemberIdentity } from '../protocol/group-offsets.ts';
import {
  type Beat,
  type BeatAnswer,
  consumerGroupHeartbeat,
  groupApis,
  type IdentifiedPartitions,
  ownMemberIdVersion,
} from '../protocol/groups.ts';
import { type GroupCoordinator, isPassing, type Patience } from './coordinator.ts';

/** Within which members give up what they are to give up: Java's default. */
const rebalanceTimeoutMillis = 300_000;

const joining = 0;
const leaving = -1;
/** A member with a name of its own will be back: the group keeps its partitions for it, as long as a session lasts. */
const leavingForAWhile = -2;

export interface MembershipParts {
  readonly coordinator: GroupCoordinator;
  readonly groupId: string;
  readonly topics: readonly string[];
  readonly instanceId: string | null;
  readonly assignor: string | null;
  readonly backoffMillis: number;
  /** Hears what the member is to own, whenever that changes. */
  readonly onAssigned: (assigned: readonly IdentifiedPartitions[]) => void;
  /** Hears that the group has put the member out: it owns nothing any more. */
  readonly onLost: () => void;
  /** Hears why the member cannot be in its group. */
  readonly onFailed: (error: Error) => void;
}

export class Membership {
  readonly #parts: MembershipParts;
  #memberId: string = randomUUID();
  /** The broker has answered: the id is what it says. */
  #isKnown = false;
  #epoch = joining;
  #intervalMillis = 0;
  /** What the broker is to hear that the member owns; null where it knows. */
  #toAcknowledge: readonly IdentifiedPartitions[] | null = [];
  #owned: readonly IdentifiedPartitions[] = [];
  /** Whether it is unknown what the broker has heard: then it hears everything. */
  #saysAll = true;
  #isBeating = false;
  #isDue = false;
  #timer: NodeJS.Timeout | null = null;
  #isOver = false;

  constructor(parts: MembershipParts) {
    this.#parts = parts;
  }

  /** Who the member is to the group. */
  get identity(): MemberIdentity {
    const { groupId, instanceId } = this.#parts;
    return { groupId, memberId: this.#memberId, epoch: this.#epoch, instanceId };
  }

  /** Whether the group counts on the member. */
  get isMember(): boolean {
    return this.#epoch > joining;
  }

  /** How often the broker wants a heartbeat; 0 before it has said so. */
  get intervalMillis(): number {
    return this.#intervalMillis;
  }

  /** Joins the group. @throws Error where it does not take the member */
  async join(patience: Patience): Promise<void> {
    const answer = await this.#parts.coordinator.askPatiently(connection => this.#apiOn(connection), patience);
    this.#heard(answer);
    this.#beatLater(this.#intervalMillis);
  }

  /** Tells the broker at once what the member owns now. */
  acknowledge(owned: readonly IdentifiedPartitions[]): void {
    this.#owned = owned;
    this.#toAcknowledge = owned;
    this.beatSoon();
  }

  /** Sends a heartbeat now, or as soon as the last one is answered. */
  beatSoon(): void {
    if (this.#isBeating) this.#isDue = true;
    else void this.#beat();
  }

  /** Sends no more heartbeats. */
  stop(): void {
    this.#isOver = true;
    if (this.#timer !== null) clearTimeout(this.#timer);
  }

  /** Leaves the group. @throws Error where that cannot be told */
  async leave(): Promise<void> {
    this.stop();
    // while it joins anew, the broker may have taken it already
    if (!this.isMember && !this.#isBeating) return;
    const epoch = this.#parts.instanceId === null ? leaving : leavingForAWhile;
    const nothing = { rebalanceTimeoutMillis: null, topics: null, assignor: null, owned: null };
    const beat = { ...this.identity, ...nothing, epoch };
    this.#epoch = joining;
    await this.#parts.coordinator.ask(connection => consumerGroupHeartbeat(beat, versionOn(connection)));
  }

  async #beat(): Promise<void> {
    if (this.#isOver) return;
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#isBeating = true;
    this.#isDue = false;
    let waitMillis = this.#parts.backoffMillis;
    try {
      this.#heard(await this.#parts.coordinator.ask(connection => this.#apiOn(connection)));
      waitMillis = this.#isDue ? 0 : this.#intervalMillis;
    } catch (error) {
      this.#failed(error as Error);
    }
    this.#isBeating = false;
    this.#beatLater(waitMillis);
  }

  #beatLater(waitMillis: number): void {
    if (this.#isOver) return;
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.#beat(), waitMillis);
  }

  /** What is to be said now, with all that the broker may not have heard. */
  #apiOn(connection: Connection): Api<BeatAnswer> {
    const { groupId, topics, instanceId, assignor } = this.#parts;
    const version = versionOn(connection);
    const saysAll = this.#saysAll || this.#epoch === joining;
    const owned = saysAll ? this.#owned : this.#toAcknowledge;
    const beat: Beat = {
      groupId,
      memberId: version < ownMemberIdVersion && !this.#isKnown ? '' : this.#memberId,
      epoch: this.#epoch,
      instanceId,
      rebalanceTimeoutMillis: saysAll ? rebalanceTimeoutMillis : null,
      topics: saysAll ? topics : null,
      assignor: saysAll ? assignor : null,
      owned,
    };
    this.#toAcknowledge = null;
    this.#saysAll = false;
    const api = consumerGroupHeartbeat(beat, version);
    return { ...api, read: reader => readBeat(() => api.read(reader), connection.address) };
  }

  #heard({ memberId, epoch, intervalMillis, assigned }: BeatAnswer): void {
    if (this.#isOver) return;
    if (memberId !== null) this.#memberId = memberId;
    this.#isKnown = true;
    this.#epoch = epoch;
    this.#intervalMillis = intervalMillis;
    if (assigned !== null) this.#parts.onAssigned(assigned);
  }

  #failed(error: Error): void {
    if (this.#isOver) return;
    this.#saysAll = true;
    if (this.isMember && error instanceof BrokerError && remedyOf(error.code) === 'rejoin') {
      this.#epoch = joining;
      this.#owned = [];
      this.#parts.onLost();
    } else if (!isPassing(error)) {
      this.stop();
      this.#parts.onFailed(error);
    }
  }
}

const versionOn = (connection: Connection): number => connection.versionOf(...groupApis.heartbeat);

/** A broker that has this protocol, but does not serve it, says so only when it is asked. */
function readBeat(read: () => BeatAnswer, address: string): BeatAnswer {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof BrokerError) || error.code !== unsupportedVersion) throw error;
    const what = `the broker at ${address} serves no groups by the protocol consumer (KIP-848), as Kafka does from 4.0 on`;
    throw new UnspokenVersionError(what, error);
  }
}
