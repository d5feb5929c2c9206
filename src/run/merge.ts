/** Adds the workers' reports up to one measurement. Pure. */
import { type HistogramData, mergeHistograms } from '../measure/histogram.ts';
import type { OffsetUnion } from '../measure/offset-ledger.ts';
import type { SecondHistogram } from '../measure/recorder.ts';
import { addSeries, warmupSeconds } from '../measure/timeline.ts';
import type {
  BacklogMeasurement,
  GroupMeasurement,
  LagMeasurement,
  PartitionMeasurement,
  RebalanceMeasurement,
  TimedHistogram,
  TimelineSecond,
  TrialCounts,
  TrialLatencies,
  TrialRates,
  TrialTotals,
} from './measurement.ts';
import type { ByPartition, MemberReport, ProducerReport } from './protocol.ts';

/** What the figures of a trial depend on besides the reports. */
export interface MergeContext {
  readonly warmupMicros: number;
  readonly measureMicros: number;
  readonly deliveryTimeoutMicros: number;
  /** Whether a message's due time comes from a schedule: else there is no `ack`. */
  readonly isOpenLoop: boolean;
  readonly isAcknowledged: boolean;
  readonly topics: readonly string[];
  readonly partitionsPerTopic: number;
  readonly isShared: boolean;
  /** Messages in the topics by their end offsets, less those of before the trial. */
  readonly appended: number;
  /** By topic and partition: where messages were acknowledged, the first offset that the log has, and the next one. */
  readonly acked: readonly OffsetUnion[];
  readonly logStarts: readonly number[];
  readonly ends: readonly number[];
  /** Groups that were still reading when the trial had to end. */
  readonly behind: ReadonlySet<string>;
  /** By group. */
  readonly rebalances: ReadonlyMap<string, readonly BareRebalance[]>;
  readonly backlogs: ReadonlyMap<string, BacklogMeasurement>;
  /** By group at the broker. */
  readonly lag: ReadonlyMap<string, Pick<LagMeasurement, 'samples' | 'worstByPartition'>>;
}

/** A rebalance as it was seen in what members own: how messages fared is another matter. */
export type BareRebalance = Omit<RebalanceMeasurement, 'endToEndMaxMicros'>;

/** A group's members, from all workers. */
export interface GroupReports {
  readonly group: string;
  readonly delivery: 'unicast' | 'broadcast';
  readonly members: readonly MemberReport[];
}

export const sum = <T>(items: readonly T[], value: (item: T) => number): number =>
  items.reduce((total, item) => total + value(item), 0);

/** Adds parts of the same second up, and all of them to the whole. */
export function timedHistogram(parts: readonly SecondHistogram[]): TimedHistogram {
  const bySecond = Map.groupBy(parts, part => part.second);
  const seconds = [...bySecond]
    .map(([second, ofSecond]) => ({ second, data: mergeHistograms(ofSecond.map(({ data }) => data)).toData() }))
    .toSorted((a, b) => a.second - b.second);
  return { total: mergeHistograms(seconds.map(({ data }) => data)).toData(), seconds };
}

/** The trial's counts. `lost` comes from the groups; without any, from the end offsets at acks 0, else nobody knows. */
export function mergeCounts(
  producers: readonly ProducerReport[],
  groups: readonly GroupMeasurement[],
  { isAcknowledged, isShared, appended }: MergeContext,
): TrialCounts {
  const produced = (name: keyof ProducerReport['inWindow']): number => sum(producers, ({ inWindow }) => inWindow[name]);
  const consumed = (name: 'consumed' | 'lost' | 'duplicated' | 'reordered'): number =>
    sum(groups, ({ counts }) => counts[name]);
  const sentInAll = sum(producers, ({ sent }) => sent);
  const lostUnread = isAcknowledged || isShared ? null : Math.max(0, sentInAll - appended);
  return {
    scheduled: produced('scheduled'),
    sent: produced('sent'),
    acked: produced('acked'),
    failed: produced('failed'),
    unresolved: produced('unresolved'),
    notSent: produced('notSent'),
    consumed: consumed('consumed'),
    lost: groups.length > 0 ? consumed('lost') : lostUnread,
    duplicated: consumed('duplicated'),
    reordered: consumed('reordered'),
  };
}

export function mergeTotals(producers: readonly ProducerReport[], appended: number): TrialTotals {
  return {
    sent: sum(producers, ({ sent }) => sent),
    acked: sum(producers, ({ total }) => total.acked),
    failed: sum(producers, ({ total }) => total.failed),
    unresolved: sum(producers, ({ total }) => total.unresolved),
    retries: sum(producers, ({ counters }) => counters.retriedMessages),
    appended,
  };
}

export function mergeRates(
  producers: readonly ProducerReport[],
  groups: readonly GroupReports[],
  { measureMicros }: MergeContext,
): TrialRates {
  const perSecond = (count: number): number => (count * 1e6) / measureMicros;
  return {
    offeredPerSecond: perSecond(sum(producers, ({ inWindow }) => inWindow.scheduled)),
    ackedPerSecond: perSecond(sum(producers, ({ completedInWindow }) => completedInWindow)),
    ackedBytesPerSecond: perSecond(sum(producers, ({ completedBytesInWindow }) => completedBytesInWindow)),
    consumedPerSecond: perSecond(sum(groups, ({ members }) => sum(members, member => member.completedInWindow))),
  };
}

export function mergeLatencies(
  producers: readonly ProducerReport[],
  groups: readonly GroupMeasurement[],
  { isOpenLoop, isAcknowledged }: MergeContext,
): TrialLatencies {
  const timed = (select: (producer: ProducerReport) => readonly SecondHistogram[]): TimedHistogram =>
    timedHistogram(producers.flatMap(select));
  return {
    ack: isOpenLoop && isAcknowledged ? timed(({ ack }) => ack) : null,
    service: isAcknowledged ? timed(({ service }) => service) : null,
    endToEnd: groups.length > 0 ? timedHistogram(groups.flatMap(({ endToEnd }) => endToEnd.seconds)) : null,
    scheduleLag: timed(({ promptLag, blockedScheduleLag }) => [...promptLag, ...blockedScheduleLag]),
    generatorLag: timed(({ promptLag, blockedOwnLag }) => [...promptLag, ...blockedOwnLag]),
    blocked: timed(({ blocked }) => blocked),
  };
}

export function mergePartitions(
  producers: readonly ProducerReport[],
  groups: readonly GroupReports[],
  { topics, partitionsPerTopic, isOpenLoop, isAcknowledged }: MergeContext,
): PartitionMeasurement[] {
  const members = groups.flatMap(group => group.members);
  return topics.flatMap((topic, topicIndex) =>
    Array.from({ length: partitionsPerTopic }, (_, partition) => {
      const flat = topicIndex * partitionsPerTopic + partition;
      return {
        topic,
        partition,
        acked: sum(producers, ({ ackedByPartition }) => ackedByPartition[flat] ?? 0),
        consumed: sum(members, ({ consumedByPartition }) => consumedByPartition[flat] ?? 0),
        ack:
          isOpenLoop && isAcknowledged
            ? mergeOf(
                producers.map(({ ackByPartition }) => ackByPartition),
                flat,
              )
            : null,
        endToEnd:
          members.length > 0
            ? mergeOf(
                members.map(({ endToEndByPartition }) => endToEndByPartition),
                flat,
              )
            : null,
      };
    }),
  );
}

function mergeOf(parts: readonly ByPartition[], flat: number): HistogramData {
  return mergeHistograms(parts.flatMap(part => part[flat] ?? [])).toData();
}

/** All series second by second, the warm-up with negative seconds. */
export function mergeTimeline(
  producers: readonly ProducerReport[],
  groups: readonly GroupReports[],
  { warmupMicros }: MergeContext,
): TimelineSecond[] {
  const sent = addSeries(producers.map(({ sentPerSecond }) => sentPerSecond));
  const acked = addSeries(producers.map(({ ackedPerSecond }) => ackedPerSecond));
  const failed = addSeries(producers.map(({ failedPerSecond }) => failedPerSecond));
  const consumed = addSeries(
    groups.flatMap(({ members }) => members.map(({ consumedPerSecond }) => consumedPerSecond)),
  );
  const length = Math.max(sent.length, acked.length, failed.length, consumed.length);
  return Array.from({ length }, (_, i) => ({
    second: i - warmupSeconds(warmupMicros),
    sent: sent[i] ?? 0,
    acked: acked[i] ?? 0,
    failed: failed[i] ?? 0,
    consumed: consumed[i] ?? 0,
  }));
}

/** Messages and bytes per batch that left; null where the client did not say. */
export function mergeBatches(
  producers: readonly ProducerReport[],
): { messagesPerBatch: number; bytesPerBatch: number } | null {
  const batches = sum(producers, ({ counters }) => counters.batches);
  if (batches === 0) return null;
  return {
    messagesPerBatch: sum(producers, ({ counters }) => counters.batchedMessages) / batches,
    bytesPerBatch: sum(producers, ({ counters }) => counters.batchedBytes) / batches,
  };
}
