/** Lets a member prepare before kafkajs joins its group anew: kafkajs tells of it, if at all, in an event that it does not wait for. */
import { createRequire } from 'node:module';
import { type PartitionAssigner, PartitionAssigners } from 'kafkajs';
import { noLongerThan } from '../../support/wait.ts';

/** A member's group, as kafkajs keeps it. */
export interface Membership {
  /** Null where the member has yet to join, or was put out of the group. */
  readonly memberId: string | null;
  /** Sends a heartbeat, unless one was sent within the interval in ms. Rejects with what the group has to say. */
  heartbeat(unless: { interval: number }): Promise<void>;
}

/** Waited for before each join. Where it rejects, kafkajs does not join; it tries again later, unless it was stopped. */
export type BeforeJoin = (membership: Membership) => Promise<void>;

interface ConsumerGroup extends Membership {
  /** The client's own view of its brokers. */
  readonly cluster: object;
  joinAndSync: (this: ConsumerGroup) => Promise<void>;
}

const waitedFor = new WeakMap<object, BeforeJoin>();
let isPatched = false;

/** All of kafkajs's ways into a group lead through here, also those that no event tells of, as after a leader's change. */
function patchJoins(): void {
  if (isPatched) return;
  isPatched = true;
  const { prototype } = createRequire(import.meta.resolve('kafkajs'))('kafkajs/src/consumer/consumerGroup') as {
    prototype: ConsumerGroup;
  };
  const join = prototype.joinAndSync;
  prototype.joinAndSync = async function joinWhenPrepared(this: ConsumerGroup): Promise<void> {
    await waitedFor.get(this.cluster)?.(this);
    await join.call(this);
  };
}

/** kafkajs's own assigner, which is the one that learns whose cluster is whose. */
export function roundRobinOf(beforeJoin: BeforeJoin): PartitionAssigner {
  patchJoins();
  return config => {
    waitedFor.set(config.cluster, beforeJoin);
    return PartitionAssigners.roundRobin(config);
  };
}

const groupErrors = new Set([
  'REBALANCE_IN_PROGRESS',
  'NOT_COORDINATOR_FOR_GROUP',
  'ILLEGAL_GENERATION',
  'UNKNOWN_MEMBER_ID',
]);

const typeOf = (error: unknown): unknown => (error as { readonly type?: unknown }).type;

/** Whether kafkajs will join its group anew when it meets this error. */
export const asksForJoin = (error: unknown): boolean => groupErrors.has(typeOf(error) as string);

/** Asks the group whether it still takes the member's commits: it does so until every member has come to a rebalance. No answer in time means no. */
export async function isHeard(membership: Membership, withinMillis: number): Promise<boolean> {
  if (membership.memberId === null) return false;
  let isOurs = false;
  const asking = membership.heartbeat({ interval: 0 }).then(
    () => (isOurs = true),
    error => (isOurs = typeOf(error) === 'REBALANCE_IN_PROGRESS'),
  );
  await noLongerThan(withinMillis, asking);
  return isOurs;
}
