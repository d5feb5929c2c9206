/** Makes of what was done to brokers, and of what was noticed of it, what a trial says of its faults. Pure. */
import { type Gap, gapsOf } from '../../measure/gaps.ts';
import { mergeHistograms } from '../../measure/histogram.ts';
import { type Disturbance, lagNormalAfter, latencyNormalAfter } from '../../measure/recovery.ts';
import type {
  FaultMeasurement,
  FaultsMeasurement,
  GroupMeasurement,
  PartitionGapMeasurement,
  TimedHistogram,
} from '../measurement.ts';
import type { WorkerReport } from '../protocol.ts';
import type { FaultRecord } from './conduct.ts';
import type { LeaderMove } from './leader-watch.ts';

export interface FaultsSeen {
  readonly records: readonly FaultRecord[];
  readonly moves: readonly LeaderMove[];
  readonly produced: readonly WorkerReport[];
  /** When the measured window began, and when nothing more could be acknowledged; on the host's clock. */
  readonly windowStartMicros: number;
  readonly endMicros: number;
}

/** What the trial measured besides. */
export interface FaultsContext {
  readonly topics: readonly string[];
  readonly partitionsPerTopic: number;
  readonly warmupMicros: number;
  readonly measureMicros: number;
  readonly counts: { readonly scheduled: number };
  readonly latencies: { readonly ack: TimedHistogram | null; readonly endToEnd: TimedHistogram | null };
  readonly groups: readonly Pick<GroupMeasurement, 'lag'>[];
}

/** A gap belongs to the last fault that was there when it began: acknowledgements cease a little before the fault is known to be there. */
const leadMicros = 250_000;
/** … and not to one that ended so long before. */
const aftermathMicros = 30e6;

/** The trial's faults in the order in which they came about. */
export function measureFaults(seen: FaultsSeen, context: FaultsContext): FaultsMeasurement {
  const { windowStartMicros } = seen;
  const records = seen.records.toSorted((a, b) => a.atMicros - b.atMicros);
  const leaderChanges = seen.moves.map(move => ({ ...move, atMicros: move.atMicros - windowStartMicros }));
  const gaps = gapsIn(seen, context);
  const p99BySecond = p99Of(context.latencies.ack ?? context.latencies.endToEnd);
  const injected = records.map((record, i) => {
    const disturbance = disturbanceOf(records, i, windowStartMicros);
    return {
      ...identityOf(record),
      atMicros: disturbance.atMicros,
      endedAtMicros: disturbance.endedAtMicros,
      partitionsLed: record.led.size,
      detectedAfterMicros: detectedAfter(record, seen.moves, untilOf(records, i)),
      unavailable: gaps === null ? null : unavailableOf(gaps, disturbance),
      latencyNormalAfterMicros: latencyNormalAfter(p99BySecond, disturbance, context.measureMicros),
      lagNormalAfterMicros: lagOf(context, disturbance),
    };
  });
  return { injected, leaderChanges, gaps: (gaps ?? []).filter(endsInWindow) };
}

function identityOf({
  planned,
  brokers,
}: FaultRecord): Pick<FaultMeasurement, 'kind' | 'asked' | 'brokers' | 'network'> {
  const { kind, asked } = planned;
  return { kind, asked, brokers, network: planned.kind === 'network' ? planned.network : null };
}

function disturbanceOf(records: readonly FaultRecord[], index: number, startMicros: number): Disturbance {
  const { atMicros, endedAtMicros } = records[index] as FaultRecord;
  return {
    atMicros: atMicros - startMicros,
    endedAtMicros: endedAtMicros === null ? null : endedAtMicros - startMicros,
    firstAtMicros: (records[0] as FaultRecord).atMicros - startMicros,
    nextAtMicros: (records[index + 1]?.atMicros ?? Infinity) - startMicros,
  };
}

/** Leaders that move later have moved for something else: the next fault of the same broker, or one that came long after. */
function untilOf(records: readonly FaultRecord[], index: number): number {
  const { brokers, endedAtMicros } = records[index] as FaultRecord;
  const next = records.slice(index + 1).find(other => other.brokers.some(broker => brokers.includes(broker)));
  return Math.min(next?.beganMicros ?? Infinity, (endedAtMicros ?? Infinity) + aftermathMicros);
}

/** Until the first of the partitions that the brokers led which it hit had another leader. */
function detectedAfter(
  { led, beganMicros, atMicros }: FaultRecord,
  moves: readonly LeaderMove[],
  untilMicros: number,
): number | null {
  const move = moves.find(({ atMicros: movedAtMicros, topic, partition, to }) => {
    const leader = led.get(`${topic}-${partition}`);
    const isItsOwn = movedAtMicros >= beganMicros && movedAtMicros < untilMicros;
    return isItsOwn && leader !== undefined && to !== null && to !== leader;
  });
  return move === undefined ? null : Math.max(0, move.atMicros - atMicros);
}

function unavailableOf(
  gaps: readonly PartitionGapMeasurement[],
  { atMicros, endedAtMicros, firstAtMicros, nextAtMicros }: Disturbance,
): NonNullable<FaultMeasurement['unavailable']> {
  const untilMicros = Math.min(nextAtMicros - leadMicros, (endedAtMicros ?? Infinity) + aftermathMicros);
  const isLate = ({ fromMicros }: PartitionGapMeasurement): boolean => fromMicros >= atMicros - leadMicros;
  // one that was there before any fault counts from the fault on
  const own = gaps.flatMap(gap => {
    if (isLate(gap)) return gap.fromMicros < untilMicros ? [gap] : [];
    const afterMicros = gap.fromMicros + gap.forMicros - atMicros;
    return atMicros === firstAtMicros && afterMicros > 0 ? [{ ...gap, forMicros: afterMicros }] : [];
  });
  const longest = own.toSorted((a, b) => b.forMicros - a.forMicros)[0];
  return {
    partitions: new Set(own.map(({ topic, partition }) => `${topic}-${partition}`)).size,
    longestMicros: longest?.forMicros ?? 0,
    isOver: longest?.isOver ?? true,
  };
}

/** Null where producers were told of no acknowledgements. */
function gapsIn(
  { produced, windowStartMicros, endMicros }: FaultsSeen,
  context: FaultsContext,
): PartitionGapMeasurement[] | null {
  const silences = produced.flatMap(report => (report.role === 'produce' ? (report.silences ?? []) : []));
  if (silences.length === 0) return null;
  const startMicros = windowStartMicros - context.warmupMicros;
  return gapsOf(silences, endMicros - startMicros).map(gap => gapEntry(gap, context));
}

function gapEntry(
  { partition, fromMicros, toMicros, isOver }: Gap,
  { topics, partitionsPerTopic, warmupMicros }: FaultsContext,
): PartitionGapMeasurement {
  return {
    topic: topics[Math.floor(partition / partitionsPerTopic)] as string,
    partition: partition % partitionsPerTopic,
    fromMicros: fromMicros - warmupMicros,
    forMicros: toMicros - fromMicros,
    isOver,
  };
}

/** What was over before the window is the warm-up's. */
const endsInWindow = ({ fromMicros, forMicros }: PartitionGapMeasurement): boolean => fromMicros + forMicros > 0;

function p99Of(timed: TimedHistogram | null): Map<number, number> {
  return new Map(
    (timed?.seconds ?? []).map(({ second, data }) => [second, mergeHistograms([data]).percentileMicros(0.99)]),
  );
}

/** The group that takes longest; null where one does not come so far, or there is none. */
function lagOf({ groups, counts, measureMicros }: FaultsContext, disturbance: Disturbance): number | null {
  const perSecond = counts.scheduled / (measureMicros / 1e6);
  // once the load has ended every group catches up
  const looks = ({ lag }: (typeof groups)[number]) => lag.samples.filter(({ atMicros }) => atMicros < measureMicros);
  const after = groups.map(group => lagNormalAfter(looks(group), disturbance, perSecond));
  const known = after.filter(micros => micros !== null);
  return known.length < after.length || known.length === 0 ? null : Math.max(...known);
}
