/** Shares a trial out among its workers: plain data in, plain data out. */
import { crc32 } from 'node:zlib';
import type { ClientSecurity } from '../drivers/driver.ts';
import { referenceTo } from '../drivers/registry.ts';
import { type RateStage, segmentsOf } from '../load/arrivals.ts';
import { lineKeysOf, meanValueBytes, type PayloadLine } from '../load/payloads.ts';
import type { Scenario, ScenarioGroup } from '../scenario/schema.ts';
import { HarnessError } from '../support/errors.ts';
import { finalize } from '../support/random.ts';
import type { Rate } from '../support/units.ts';
import { stampBytes } from '../support/stamp.ts';
import type {
  Assignment,
  ConsumeAssignment,
  HandlingSettings,
  MemberAssignment,
  MessageSettings,
  ProduceAssignment,
  TrialFrame,
  TrialLoad,
} from './assignment.ts';
import { isFleeting, livesOf, type MemberLife } from './churn.ts';
import { type GroupPrefixes, groupIdOf } from './groups.ts';

/** Offsets by topic and partition. */
export type TrialPositions = readonly (readonly number[])[];

/** What a trial stands on and who it is. */
export interface TrialPlacement {
  readonly runId: string;
  readonly seed: number;
  readonly trial: { readonly cell: string; readonly block: number; readonly attempt: number };
  readonly topics: readonly string[];
  readonly partitionsPerTopic: number;
  readonly brokers: readonly string[];
  readonly security: ClientSecurity;
  readonly simulatedBroker: unknown;
  readonly pacing: 'spin' | 'nap';
  /** Whether something is judged while the trial runs. */
  readonly tellsSeconds: boolean;
  readonly groups: GroupPrefixes;
  /** By group without a group at the broker: where its members begin, by topic and partition. */
  readonly positions: ReadonlyMap<string, TrialPositions>;
  /** The messages of a payload file, where the scenario names one. */
  readonly lines: readonly PayloadLine[];
}

/** The assignments of a trial, and what its measurement depends on. */
export interface AssignedTrial {
  readonly assignments: readonly Assignment[];
  readonly isOpenLoop: boolean;
  readonly isAcknowledged: boolean;
  readonly warmupMicros: number;
  readonly measureMicros: number;
  readonly deliveryTimeoutMicros: number;
  readonly pacing: 'spin' | 'nap';
}

/** Messages in flight over all producers beyond which due messages wait: their due and sent times take 256 MiB. */
const mostOutstanding = 2 ** 24;

/** How many workers a trial of the scenario has. */
export function workersOf({ producers, consumers }: Scenario): number {
  const consuming = Object.values(consumers).map(group => {
    const lives = livesOf(group);
    const fleeting = lives.filter(isFleeting).length;
    return Math.min(group.workers, lives.length - fleeting) + fleeting;
  });
  return consuming.reduce((sum, workers) => sum + workers, Math.min(producers.workers, producers.count));
}

/** Deals `count` indices out to at most `workers` shares, none lost, sizes at most one apart: 5 to 2 is [0, 2, 4], [1, 3]. */
export function deal(count: number, workers: number): number[][] {
  const shares = Array.from({ length: Math.min(workers, count) }, (): number[] => []);
  for (let index = 0; index < count; index++) shares[index % shares.length]?.push(index);
  return shares;
}

/** The trial's assignments: first the producers' workers, then each group's. */
export function assignTrial(scenario: Scenario, placement: TrialPlacement): AssignedTrial {
  const { load, producers, consumers } = scenario;
  const frame = frameOf(scenario, placement);
  const producing = deal(producers.count, producers.workers).map((share, worker): ProduceAssignment => ({
    role: 'produce',
    worker,
    driver: referenceTo(producers.driver),
    frame,
    producers: share,
    load: loadOf(scenario, placement),
    mode: producers.mode,
    messages: messagesOf(scenario, placement),
    partitioning: producers.partitioning,
    client: producerClient(scenario),
    mostOutstanding: Math.floor((mostOutstanding * share.length) / producers.count),
  }));
  const consuming = Object.entries(consumers).flatMap(([name, group]) =>
    consumeAssignments(name, group, frame, placement),
  );
  return {
    assignments: [...producing, ...consuming],
    isOpenLoop: load.kind === 'open' || load.kind === 'stages',
    isAcknowledged: producers.acks !== 0,
    warmupMicros: frame.warmupMicros,
    measureMicros: frame.measureMicros,
    deliveryTimeoutMicros: frame.deliveryTimeoutMicros,
    pacing: placement.pacing,
  };
}

function frameOf({ load, producers, messages, faults }: Scenario, placement: TrialPlacement): TrialFrame {
  const { runId, trial, seed } = placement;
  if (load.warmupMicros === 'auto') throw new HarnessError('bug', 'An automatic warm-up was planned as a fixed one.');
  const { content } = messages;
  const carriesStamp =
    content.kind === 'generated' && !(content.size.kind === 'fixed' && content.size.bytes < stampBytes);
  return {
    runStamp: crc32(`${runId}/${trial.cell}/${trial.block}/${trial.attempt}`),
    // the trials of a block are given the same payloads, keys and arrivals: what differs is the cell
    seed: finalize((seed % 2 ** 32) ^ finalize(trial.block)),
    warmupMicros: load.warmupMicros,
    measureMicros: load.measureMicros,
    deliveryTimeoutMicros: producers.deliveryTimeout,
    producers: producers.count,
    keys: keyCount(messages, placement.lines),
    topics: placement.topics,
    partitionsPerTopic: placement.partitionsPerTopic,
    brokers: placement.brokers,
    clientIdPrefix: `highwater-${runId}`,
    pacing: placement.pacing,
    tellsSeconds: placement.tellsSeconds,
    tellsSilences: faults.length > 0 && producers.acks !== 0,
    stampIn: carriesStamp ? 'value' : 'header',
    security: placement.security,
    simulatedBroker: placement.simulatedBroker,
  };
}

function keyCount({ content, keys }: Scenario['messages'], lines: readonly PayloadLine[]): number {
  if (content.kind === 'file') return lineKeysOf(lines).length;
  return keys.kind === 'none' ? 0 : keys.distinct;
}

function loadOf({ load, messages }: Scenario, { lines }: TrialPlacement): TrialLoad {
  if (load.kind === 'closed') return { kind: 'closed', outstanding: load.outstanding };
  if (load.kind === 'saturating') return { kind: 'saturating' };
  const meanBytes =
    messages.content.kind === 'generated'
      ? meanValueBytes(messages.content.size)
      : lines.reduce((sum, { value }) => sum + Buffer.byteLength(value), 0) / Math.max(1, lines.length);
  const warmupMicros = load.warmupMicros === 'auto' ? 0 : load.warmupMicros;
  const stages: readonly RateStage[] =
    load.kind === 'open'
      ? [{ kind: 'hold', forMicros: load.measureMicros, perSecond: messagesPerSecond(load.rate, meanBytes) }]
      : load.stages.map(({ kind, forMicros, rate }) => ({
          kind,
          forMicros,
          perSecond: messagesPerSecond(rate, meanBytes),
        }));
  const segments = segmentsOf(warmupMicros, stages as [RateStage, ...RateStage[]]);
  return { kind: 'open', arrivals: load.arrivals, segments };
}

/** A rate in bytes is divided by the mean size of a message's value. */
export function messagesPerSecond(rate: Rate, meanBytes: number): number {
  return rate.kind === 'messages' ? rate.perSecond : rate.perSecond / meanBytes;
}

function messagesOf({ messages }: Scenario, { lines }: TrialPlacement): MessageSettings {
  const { content, keys, headers, partitionSequence } = messages;
  return {
    content: content.kind === 'generated' ? content : { kind: 'file', lines },
    keys,
    headers,
    partitionSequence,
  };
}

function producerClient({ producers }: Scenario): ProduceAssignment['client'] {
  return {
    acks: producers.acks,
    idempotence: producers.idempotence,
    lingerMicros: producers.linger,
    batchSizeBytes: producers.batchSize,
    compression: producers.compression,
    maxInFlightRequests: producers.maxInFlightRequests,
    requestTimeoutMicros: producers.requestTimeout,
    config: producers.config,
    options: producers.options[producers.driver.name] ?? {},
  };
}

function consumeAssignments(
  name: string,
  group: ScenarioGroup,
  frame: TrialFrame,
  { groups, positions }: TrialPlacement,
): ConsumeAssignment[] {
  const lives = livesOf(group);
  const isBroadcast = group.delivery === 'broadcast';
  const memberOf = (member: number): MemberAssignment => ({
    member,
    groupId: groupIdOf(name, group, member, groups),
    place: isBroadcast ? 0 : member,
    places: isBroadcast ? 1 : lives.length,
  });
  const common = {
    role: 'consume',
    driver: referenceTo(group.driver),
    frame,
    group: name,
    delivery: group.delivery,
    handling: handlingOf(group),
    client: consumerClient(group, positions.get(name) ?? null),
    backlog: group.backlog,
  } as const;
  const staying = lives.filter(life => !isFleeting(life));
  const shared = deal(staying.length, group.workers).map((share, worker): ConsumeAssignment => ({
    ...common,
    worker,
    members: share.map(i => memberOf((staying[i] as MemberLife).member)),
    joinsAtMicros: null,
    ends: null,
  }));
  const own = lives.filter(isFleeting).map(({ member, joinsAtMicros, ends }, i): ConsumeAssignment => ({
    ...common,
    worker: shared.length + i,
    members: [memberOf(member)],
    joinsAtMicros,
    ends,
  }));
  return [...shared, ...own];
}

function handlingOf({ handling, commit }: ScenarioGroup): HandlingSettings {
  return {
    timeMicros: handling.time,
    concurrency: handling.concurrency,
    failEvery: handling.failEvery,
    commit,
  };
}

/** Where a group begins has been seen to before its members join: by what is committed for it, or by `positions`. */
function consumerClient(group: ScenarioGroup, positions: TrialPositions | null): ConsumeAssignment['client'] {
  const { commit } = group;
  return {
    groupProtocol: group.groupProtocol,
    start: 'earliest',
    positions,
    commit: commit.kind === 'auto' ? { kind: 'auto', everyMicros: commit.everyMicros } : { kind: 'manual' },
    config: group.config,
    options: group.options[group.driver.name] ?? {},
  };
}
