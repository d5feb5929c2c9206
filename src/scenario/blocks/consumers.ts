/** `consumers`: groups of consumers by name. */
import { z } from 'zod';
import type { Micros } from '../../support/units.ts';
import { KafkaSettings } from './config.ts';
import { DriverName } from './driver.ts';
import { ClientOptions } from './producers.ts';
import { exactlyOneOf, withRules } from './rules.ts';
import { Count, Duration, PositiveDuration } from './values.ts';

/** Where a group begins to read. */
export type StartAt =
  | { readonly kind: 'earliest' | 'latest' | 'committed' }
  | { readonly kind: 'offset'; readonly offset: number }
  | { readonly kind: 'timestamp'; readonly epochMillis: number };

const Timestamp = z
  .union([z.int().min(0), z.iso.datetime({ offset: true })], { error: 'a time like 2026-11-24T08:00:00Z' })
  .transform(written => (typeof written === 'number' ? written : Date.parse(written)));

const Start = z
  .union([
    z.enum(['earliest', 'latest', 'committed']),
    z.strictObject({ offset: z.int().min(0) }),
    z.strictObject({ timestamp: Timestamp }),
  ])
  .transform((start): StartAt => {
    if (typeof start === 'string') return { kind: start };
    if ('offset' in start) return { kind: 'offset', offset: start.offset };
    return { kind: 'timestamp', epochMillis: start.timestamp };
  });

const Handling = z.strictObject({
  time: Duration.prefault(0).describe('that handling one message takes'),
  concurrency: Count(100_000)
    .optional()
    .describe('messages that a member handles at once; default: 1, with commit: { batch } all of a batch'),
  failEvery: z.int().min(0).max(1_000_000_000).default(0).describe('every n-th message fails at first; 0: none'),
});

/** When a group commits. */
export type Commit =
  | { readonly kind: 'auto'; readonly everyMicros: Micros }
  | { readonly kind: 'each' }
  | { readonly kind: 'batch'; readonly messages: number; readonly withinMicros: Micros };

const CommitBatch = z.strictObject({
  messages: Count(1_000_000).default(10),
  within: PositiveDuration.prefault('1s'),
});

const Commit = z
  .union([z.literal('each'), z.strictObject({ auto: PositiveDuration }), z.strictObject({ batch: CommitBatch })])
  .transform((commit): Commit => {
    if (commit === 'each') return { kind: 'each' };
    if ('auto' in commit) return { kind: 'auto', everyMicros: commit.auto };
    return { kind: 'batch', messages: commit.batch.messages, withinMicros: commit.batch.within };
  });

/** Members that come or go while messages flow. */
export interface Churn {
  /** From the start of the measured window. */
  readonly atMicros: Micros;
  readonly kind: 'join' | 'leave' | 'crash';
  readonly members: number;
}

const Churn = withRules(
  z.strictObject({
    at: Duration,
    join: Count(10_000).optional(),
    leave: Count(10_000).optional(),
    crash: Count(10_000).optional(),
  }),
  exactlyOneOf('join', 'leave', 'crash'),
).transform(({ at, join, leave, crash }): Churn => {
  if (join !== undefined) return { atMicros: at, kind: 'join', members: join };
  if (leave !== undefined) return { atMicros: at, kind: 'leave', members: leave };
  return { atMicros: at, kind: 'crash', members: crash as number };
});

const Group = z.strictObject({
  driver: DriverName.optional().describe("default: the scenario's driver"),
  members: Count(10_000).default(1),
  workers: Count(1_024).default(1).describe('threads or processes that run the members'),
  delivery: z
    .enum(['unicast', 'broadcast'])
    .default('unicast')
    .describe('unicast: one group; broadcast: a group of its own for every member'),
  start: Start.prefault('earliest').meta({
    description: 'earliest, latest, committed, { offset: N } or { timestamp: … }',
    examples: ['earliest', { offset: 100 }, { timestamp: '2026-11-24T08:00:00Z' }],
  }),
  reset: z.boolean().default(false).describe('first forgets what was committed'),
  groupProtocol: z
    .enum(['classic', 'consumer', 'manual'])
    .default('classic')
    .describe('consumer: KIP-848; manual: no group, each member reads the partitions of its number'),
  handling: Handling.prefault({}),
  commit: Commit.prefault({ auto: '5s' }).meta({
    description: 'each, { auto: 5s } or { batch: { messages, within } }',
    examples: ['each', { auto: '5s' }, { batch: { messages: 10, within: '1s' } }],
  }),
  config: KafkaSettings.prefault({}).meta({
    description: "any other consumer setting under Kafka's own name",
    examples: [{ 'fetch.min.bytes': 65_536 }],
  }),
  options: ClientOptions.default({}).describe("a client's private settings, passed as they are, by client"),
  churn: z.array(Churn).prefault([]).describe('members that join, leave or crash, from the start of the window'),
  backlog: z.int().min(0).max(1_000_000_000_000).default(0).describe('messages that wait before the group may start'),
});

/** A group's name: no dots, so that a path like `consumers.readers.members` reads one way only. */
const GroupName = z.string().regex(/^[A-Za-z0-9_-]{1,100}$/, { error: 'letters, digits, underscore and hyphen' });

export const Consumers = z.record(GroupName, Group);
