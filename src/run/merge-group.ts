/** Adds up what a consumer group read, and holds it against what producers may claim was delivered. Pure. */
import { Histogram } from '../measure/histogram.ts';
import type { SecondHistogram } from '../measure/recorder.ts';
import { SequenceSet } from '../measure/sequences.ts';
import { addSeries, warmupSeconds } from '../measure/timeline.ts';
import type { GroupMeasurement } from './measurement.ts';
import { type GroupReports, type MergeContext, sum, timedHistogram } from './merge.ts';
import type { MemberReport, ProducerReport } from './protocol.ts';

/** One group's figures: what its members read together, held against what producers may claim was delivered. */
export function mergeGroup(
  { group, members }: GroupReports,
  producers: readonly ProducerReport[],
  context: MergeContext,
): GroupMeasurement {
  const { isAcknowledged, warmupMicros } = context;
  const unread: SecondHistogram[] = [];
  let lost = 0;
  let readTwice = 0;
  for (const producer of producers) {
    const { from, to } = producer.windowSequences;
    const read = new SequenceSet();
    for (const member of members) {
      const own = SequenceSet.from(member.read[producer.producer] ?? []);
      readTwice += own.countCommonWith(read, from, to);
      read.addAll(own);
    }
    lost += claimedBy(producer, isAcknowledged).countMissingFrom(read, from, to);
    unread.push(...unreadOf(producer, read, context));
  }
  return {
    group,
    delivery: 'unicast',
    members: members.map(member => ({
      member: member.member,
      consumed: member.inWindow.consumed,
      partitions: member.partitions,
      endToEnd: member.memberEndToEnd,
    })),
    counts: {
      consumed: sum(members, ({ inWindow }) => inWindow.consumed),
      lost,
      duplicated: sum(members, ({ inWindow }) => inWindow.duplicated) + readTwice,
      reordered: sum(members, ({ inWindow }) => inWindow.reordered),
      expired: 0,
    },
    endToEnd: timedHistogram([...members.flatMap(({ endToEnd }) => endToEnd), ...unread]),
    lag: lagOf(producers, members, isAcknowledged, warmupMicros),
    rebalances: [],
  };
}

/**
 * Messages due in the window that the group never read, whatever became of them: they stay in its distribution, censored at
 * the delivery time-out. Their due times are not known here, only their order: seconds are given as if the rate were even.
 */
function unreadOf(
  { windowSequences: { from, to }, inWindow }: ProducerReport,
  read: SequenceSet,
  { measureMicros, deliveryTimeoutMicros }: MergeContext,
): SecondHistogram[] {
  const seconds = Math.ceil(measureMicros / 1e6);
  const edge = (second: number): number => from + Math.floor(((to - from) * second) / seconds);
  const parts = Array.from({ length: seconds }, (_, second) => {
    const [first, end] = [edge(second), edge(second + 1)];
    return { second, count: end - first - read.countIn(first, end) };
  });
  // those for which there never was a sequence number were the last
  parts.push({ second: seconds - 1, count: inWindow.scheduled - (to - from) });
  return parts.flatMap(({ second, count }) => {
    if (count <= 0) return [];
    const histogram = new Histogram();
    histogram.recordCensored(deliveryTimeoutMicros, count);
    return [{ second, data: histogram.toData() }];
  });
}

/** What should be readable: acknowledged messages; at acks 0, whatever was sent. */
function claimedBy(producer: ProducerReport, isAcknowledged: boolean): SequenceSet {
  if (isAcknowledged) return SequenceSet.from(producer.acked);
  const sent = new SequenceSet();
  sent.addRun(0, producer.sent);
  return sent;
}

/** The lag at the ends of the window's seconds: messages acknowledged (acks 0: sent) and not yet read. */
function lagOf(
  producers: readonly ProducerReport[],
  members: readonly MemberReport[],
  isAcknowledged: boolean,
  warmupMicros: number,
): { max: number; end: number } {
  const produced = addSeries(
    producers.map(({ ackedPerSecond, sentPerSecond }) => (isAcknowledged ? ackedPerSecond : sentPerSecond)),
  );
  const consumed = addSeries(members.map(({ consumedPerSecond }) => consumedPerSecond));
  const first = warmupSeconds(warmupMicros);
  let lag = 0;
  let max = 0;
  for (let second = 0; second < Math.max(produced.length, consumed.length); second++) {
    lag += (produced[second] ?? 0) - (consumed[second] ?? 0);
    if (second >= first) max = Math.max(max, lag);
  }
  return { max: Math.max(0, max), end: Math.max(0, lag) };
}
