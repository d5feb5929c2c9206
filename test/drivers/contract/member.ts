/** A group's member of the contract suite, which notes what it reads. */
import { randomUUID } from 'node:crypto';
import {
  type CommitMode,
  type ConsumerConnection,
  type ConsumerOptions,
  type GroupProtocol,
  plainText,
} from '../../../src/drivers/driver.ts';
import { emptyStamp } from '../../../src/support/stamp.ts';
import type { Ground, Subject } from './subject.ts';

/** A record as a member got it. */
export interface Received {
  readonly topic: number;
  readonly partition: number;
  readonly offset: number;
  /** Of its stamp; −1 where it carries none. */
  readonly sequence: number;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  /** Values of the header `trace`. */
  readonly traces: readonly Buffer[];
}

export interface TestMember extends AsyncDisposable {
  readonly connection: ConsumerConnection;
  readonly groupId: string;
  readonly received: Received[];
  /** By topic: what it was told last that it owns. */
  readonly assigned: ReadonlyMap<number, readonly number[]>;
  /** By topic and partition, `0-2`: where the last batch said that the partition goes on. */
  readonly nextOffsets: ReadonlyMap<string, number>;
  readonly failures: readonly Error[];
  /** How often it was told what it owns of a topic. */
  readonly timesAssigned: () => number;
  /** Settles when something holds that changes with assignments, batches and failures. */
  until(holds: () => boolean): Promise<void>;
}

/** Fetches that end soon, so that closing does not wait for them, and heartbeats that soon tell of a rebalance. */
const soon = { 'fetch.max.wait.ms': 100, 'heartbeat.interval.ms': 300 };

/** What has not come by then will not come. */
const mostWaitMillis = 90_000;

const waitedInVain = (received: number, assigned: ReadonlyMap<number, readonly number[]>, failures: readonly Error[]) =>
  new Error(
    `waited ${mostWaitMillis} ms; ${received} records came, assigned: ${JSON.stringify([...assigned])}, failures: ${failures.map(String).join('; ') || 'none'}`,
  );

/** Commits every so many µs. */
export const autoCommit = (everyMicros: number): CommitMode => ({ kind: 'auto', everyMicros });

/** The settings that a driver can translate: the contract's tests need none of them, they only pass sooner. */
const translatable = (config: ConsumerOptions['config'], names: readonly string[]): ConsumerOptions['config'] =>
  Object.fromEntries(Object.entries(config).filter(([name]) => names.includes(name)));

/** What a test does when its member is called. */
export interface MemberHooks {
  readonly onBatch?: () => void | Promise<void>;
  readonly onRevoking?: (topic: number, partitions: readonly number[]) => void | Promise<void>;
}

/** Opens a member of a new group of one, which reads from the beginning, unless told otherwise. */
export async function openMember(
  { driver, name }: Subject,
  { brokers, topics, simulatedBroker }: Ground,
  options: Partial<ConsumerOptions> = {},
  { onBatch, onRevoking }: MemberHooks = {},
): Promise<TestMember> {
  const groupId = options.groupId ?? `contract-${randomUUID()}`;
  const received: Received[] = [];
  const assigned = new Map<number, readonly number[]>();
  const nextOffsets = new Map<string, number>();
  const failures: Error[] = [];
  const stamp = emptyStamp();
  let timesAssigned = 0;
  let changed = Promise.withResolvers<void>();
  const wake = (): void => {
    changed.resolve();
    changed = Promise.withResolvers();
  };
  const all: ConsumerOptions = {
    brokers,
    clientId: `contract-${name}`,
    topics,
    options: {},
    security: plainText,
    simulatedBroker,
    groupId,
    groupProtocol: driver.capabilities.groupProtocols[0] as GroupProtocol,
    member: 0,
    members: 1,
    start: 'earliest',
    positions: null,
    commit: autoCommit(5e6),
    stampIn: 'value',
    ...options,
    config: translatable({ ...soon, ...options.config }, driver.capabilities.config.consumer),
  };
  const connection = await driver.openConsumer(all, {
    assigned(topic, partitions) {
      timesAssigned++;
      assigned.set(topic, [...partitions]);
      wake();
    },
    revoking: (topic, partitions) => onRevoking?.(topic, partitions),
    batch(records) {
      const { topic, partition } = records;
      for (let i = 0; i < records.count; i++) {
        received.push({
          topic,
          partition,
          offset: records.offset(i),
          sequence: records.readStamp(i, stamp) ? stamp.sequence : -1,
          key: records.key(i),
          value: records.value(i),
          traces: records.header(i, 'trace'),
        });
      }
      nextOffsets.set(`${topic}-${partition}`, records.nextOffset);
      wake();
      return onBatch?.();
    },
    failed(error) {
      failures.push(error);
      wake();
    },
  });
  return {
    connection,
    groupId,
    received,
    assigned,
    nextOffsets,
    failures,
    timesAssigned: () => timesAssigned,
    async until(holds) {
      const late = AbortSignal.timeout(mostWaitMillis);
      const given = Promise.withResolvers<never>();
      given.promise.catch(() => undefined);
      late.addEventListener('abort', () => given.reject(waitedInVain(received.length, assigned, failures)));
      while (!holds()) await Promise.race([changed.promise, given.promise]);
    },
    [Symbol.asyncDispose]: () => connection[Symbol.asyncDispose](),
  };
}

/** The sequence numbers that some members have read, in ascending order. */
export const sequencesOf = (...members: readonly TestMember[]): number[] =>
  members.flatMap(({ received }) => received.map(({ sequence }) => sequence)).toSorted((a, b) => a - b);
