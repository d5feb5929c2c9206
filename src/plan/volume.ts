/** Says how many messages and bytes a trial of a scenario makes. */
import { expectedCount, type RateSegment, type RateStage, segmentsOf } from '../load/arrivals.ts';
import { meanValueBytes, type PayloadLine } from '../load/payloads.ts';
import type { Scenario } from '../scenario/schema.ts';
import { messagesPerSecond } from './assign.ts';
import { pilotLengths } from './pilot.ts';

/** What a trial sends. Of a load without a rate it is an upper bound, which says so. */
export interface Volume {
  /** Of `auto` the least that it can be. */
  readonly warmupMicros: number;
  readonly measureMicros: number;
  /** Warm-up included. */
  readonly messages: number;
  readonly messagesInWindow: number;
  /** A message's keys, value, headers and the log's own bytes, once. */
  readonly bytesPerMessage: number;
  /** Whether the number of messages is known before the run, or only assumed not to be exceeded. */
  readonly isKnown: boolean;
}

/** What a record costs in a log besides its key and value: lengths, deltas, a share of the batch's header. */
const recordOverheadBytes = 16;

/** More than any client here sends from one host: messages for small values, bytes for large ones. */
const mostMessagesPerSecond = 1_000_000;
const mostBytesPerSecond = 500_000_000;

/** No acknowledgement is back sooner: a closed loop's slot sends at most this often. */
const shortestRoundTripSeconds = 100e-6;

/** Counts a trial's messages; `lines` are those of the payload file, where the scenario names one. */
export function volumeOf(scenario: Scenario, lines: readonly PayloadLine[]): Volume {
  const { load } = scenario;
  const warmupMicros = load.warmupMicros === 'auto' ? pilotLengths.floorMicros : load.warmupMicros;
  const { measureMicros } = load;
  const valueBytes = meanBytesOf(scenario, lines);
  const bytesPerMessage = valueBytes + keyBytesOf(scenario, lines) + headerBytesOf(scenario) + recordOverheadBytes;
  const segments = scheduleOf(scenario, warmupMicros, valueBytes) ?? ceilingOf(scenario, bytesPerMessage);
  return {
    warmupMicros,
    measureMicros,
    messages: expectedCount(segments, 0, warmupMicros + measureMicros),
    messagesInWindow: expectedCount(segments, warmupMicros, warmupMicros + measureMicros),
    bytesPerMessage,
    isKnown: load.kind === 'open' || load.kind === 'stages',
  };
}

function scheduleOf({ load }: Scenario, warmupMicros: number, valueBytes: number): RateSegment[] | null {
  if (load.kind === 'closed' || load.kind === 'saturating') return null;
  const stages: readonly RateStage[] =
    load.kind === 'open'
      ? [{ kind: 'hold', forMicros: load.measureMicros, perSecond: messagesPerSecond(load.rate, valueBytes) }]
      : load.stages.map(stage => ({ ...stage, perSecond: messagesPerSecond(stage.rate, valueBytes) }));
  return segmentsOf(warmupMicros, stages as readonly [RateStage, ...RateStage[]]);
}

/** The highest rate that a load without a schedule can be thought to reach, held all the time. */
function ceilingOf({ load, producers }: Scenario, bytesPerMessage: number): RateSegment[] {
  const byHost = Math.min(mostMessagesPerSecond, mostBytesPerSecond / bytesPerMessage);
  const bySlots = load.kind === 'closed' ? (load.outstanding * producers.count) / shortestRoundTripSeconds : Infinity;
  const perSecond = Math.min(byHost, bySlots);
  return [{ forMicros: Infinity, fromPerSecond: perSecond, toPerSecond: perSecond }];
}

function meanBytesOf({ messages }: Scenario, lines: readonly PayloadLine[]): number {
  return messages.content.kind === 'generated'
    ? meanValueBytes(messages.content.size)
    : meanOf(lines, ({ value }) => Buffer.byteLength(value));
}

function keyBytesOf({ messages }: Scenario, lines: readonly PayloadLine[]): number {
  if (messages.content.kind === 'file') return meanOf(lines, ({ key }) => Buffer.byteLength(key ?? ''));
  return messages.keys.kind === 'none' ? 0 : 'key-000000'.length;
}

function headerBytesOf({ messages }: Scenario): number {
  return Object.entries(messages.headers).reduce((sum, [name, value]) => sum + name.length + value.length + 2, 0);
}

const meanOf = (lines: readonly PayloadLine[], bytesOf: (line: PayloadLine) => number): number =>
  lines.reduce((sum, line) => sum + bytesOf(line), 0) / Math.max(1, lines.length);
