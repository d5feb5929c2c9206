/**
 * Stands between the library and its group's coordinator where the library asks nobody: before partitions pass on, when a commit
 * is refused, and when a member leaves that has a name of its own.
 */
import {
  type API,
  type Callback,
  type Connection,
  findErrorBy,
  type GroupAssignment,
  UserError,
} from '@platformatic/kafka';
import { Farewell } from './farewell.ts';

/** What the consumer is asked, and told. */
export interface GroupMember {
  readonly isStatic: boolean;
  readonly assignments: readonly GroupAssignment[];
  readonly heartbeatMillis: number;
  readonly rebalanceMillis: number;
  topicOf(id: string): string | undefined;
  mayCommit(topic: string, partition: number): boolean;
  /** Awaited before these partitions pass on. */
  beforeRevoking(going: readonly GroupAssignment[]): Promise<void>;
  /** What was to pass on stays. */
  revokingEnded(): void;
  /** Another member may have the partitions by now. */
  placeLost(): void;
}

/** The library's call of a request, its callback last. */
type Send = (connection: Connection, ...request: unknown[]) => void;
type Watch = (send: Send) => Send;

interface TopicPartitions {
  readonly topicId: string;
  readonly partitions: readonly number[];
}

interface HeartbeatAnswer {
  readonly heartbeatIntervalMs: number;
  readonly assignment: { readonly topicPartitions: readonly TopicPartitions[] } | null;
}

interface CommittedTopic {
  readonly name: string;
  readonly partitions: readonly { readonly partitionIndex: number }[];
}

/** The new protocol's member epochs by which a member leaves: for good, or to come back to its partitions. */
const leaving = -1;
const leavingForAWhile = -2;

export class GroupRequests {
  readonly #member: GroupMember;
  readonly #watches: Readonly<Record<string, Watch>> = {
    Heartbeat: send => this.#heartbeat(send),
    ConsumerGroupHeartbeat: send => this.#consumerHeartbeat(send),
    OffsetCommit: send => this.#offsetCommit(send),
    LeaveGroup: send => this.#leaveGroup(send),
  };
  readonly #watched = new Map<string, API<unknown[], unknown>>();
  #farewell: Farewell | null = null;
  /** What the group wants the member to own, while it finishes with what goes. */
  #withheld: HeartbeatAnswer['assignment'] = null;

  constructor(member: GroupMember) {
    this.#member = member;
  }

  watches(name: string): boolean {
    return name in this.#watches;
  }

  /** The same for every call: also where the library asks itself again, for it knew no versions yet. */
  watch(name: string, api: API<unknown[], unknown>): API<unknown[], unknown> {
    const known = this.#watched.get(name);
    if (known !== undefined) return known;
    const { key, version, async } = api;
    const watched = Object.assign((this.#watches[name] as Watch)(api as Send), { key, version, async });
    this.#watched.set(name, watched);
    return watched;
  }

  /** The member has its place in the group, and whatever was said of an earlier one is over. */
  joined(): void {
    this.#farewell = null;
    this.#withheld = null;
  }

  /** The classic protocol takes everything away; until the member has finished, the library is told that nothing happens. */
  #heartbeat(send: Send): Send {
    return (connection, ...request) => {
      const answer = request.pop() as Callback<unknown>;
      send(connection, ...request, (error: Error | null, response?: unknown) => {
        if (findErrorBy(error, 'rebalanceInProgress', true) === null) {
          if (findErrorBy(error, 'needsRejoin', true) !== null) this.#member.placeLost();
          answer(error, response);
          return;
        }
        const { assignments, heartbeatMillis } = this.#member;
        void this.#mayGo(assignments, heartbeatMillis).then(mayGo => answer(mayGo ? error : null));
      });
    };
  }

  #consumerHeartbeat(send: Send): Send {
    return (connection, ...request) => {
      const [groupId, memberId, epoch, ...others] = request;
      if (epoch === leaving) {
        send(connection, groupId, memberId, this.#member.isStatic ? leavingForAWhile : leaving, ...others);
        return;
      }
      if (epoch === 0) this.joined();
      const answer = request.pop() as Callback<unknown>;
      const owned = request.at(-1) as readonly TopicPartitions[];
      send(connection, ...request, (error: Error | null, response?: unknown) => {
        if (error === null) this.#passOn(owned, response as HeartbeatAnswer, answer);
        else answer(error, response);
      });
    };
  }

  /** Keeps back what takes partitions away, until the member has finished with them. */
  #passOn(owned: readonly TopicPartitions[], response: HeartbeatAnswer, answer: Callback<unknown>): void {
    const wanted = response.assignment ?? this.#withheld;
    const going = wanted === null ? [] : this.#missing(owned, wanted.topicPartitions);
    if (going.length === 0) {
      if (wanted !== null && this.#farewell !== null) {
        this.joined();
        this.#member.revokingEnded();
      }
      answer(null, { ...response, assignment: wanted });
      return;
    }
    this.#withheld = wanted;
    void this.#mayGo(going, response.heartbeatIntervalMs).then(mayGo => {
      if (mayGo) this.joined();
      answer(null, { ...response, assignment: mayGo ? wanted : null });
    });
  }

  #mayGo(going: readonly GroupAssignment[], waitMillis: number): Promise<boolean> {
    const member = this.#member;
    this.#farewell ??= new Farewell(member.rebalanceMillis, partitions => member.beforeRevoking(partitions));
    return this.#farewell.to(going, waitMillis);
  }

  #missing(owned: readonly TopicPartitions[], wanted: readonly TopicPartitions[]): GroupAssignment[] {
    return owned.flatMap(({ topicId, partitions }) => {
      const kept = new Set(wanted.find(each => each.topicId === topicId)?.partitions);
      const going = partitions.filter(partition => !kept.has(partition));
      const topic = this.#member.topicOf(topicId);
      return topic === undefined || going.length === 0 ? [] : [{ topic, partitions: going }];
    });
  }

  /**
   * The library would join anew after a commit that came too late, and then commit for partitions that may be another's. A member
   * epoch that has just changed is no reason to give up.
   */
  #offsetCommit(send: Send): Send {
    return (connection, ...request) => {
      const answer = request.pop() as Callback<unknown>;
      const strange = this.#strangeIn(request.at(-1) as readonly CommittedTopic[]);
      if (strange !== null) {
        answer(new UserError(`the partition ${strange} is not the member's`));
        return;
      }
      send(connection, ...request, (error: Error | null, response?: unknown) => {
        const late = findErrorBy(error, 'needsRejoin', true);
        const stale = findErrorBy(error, 'apiId', 'STALE_MEMBER_EPOCH');
        if (late !== null) answer(new UserError((late as Error).message, { cause: late }));
        else if (stale !== null) answer(new Error((stale as Error).message, { cause: stale }));
        else answer(error, response);
      });
    };
  }

  #strangeIn(topics: readonly CommittedTopic[]): string | null {
    for (const { name, partitions } of topics) {
      for (const { partitionIndex } of partitions)
        if (!this.#member.mayCommit(name, partitionIndex)) return `${name}-${partitionIndex}`;
    }
    return null;
  }

  /** As with Java's client, the group keeps the partitions of a member with a name of its own until its session is over. */
  #leaveGroup(send: Send): Send {
    return (connection, ...request) => {
      if (!this.#member.isStatic) send(connection, ...request);
      else (request.at(-1) as Callback<unknown>)(null, { throttleTimeMs: 0, errorCode: 0, members: [] });
    };
  }
}
