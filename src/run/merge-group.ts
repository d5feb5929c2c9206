/** Adds up what a consumer group read, and holds it against what producers may claim was delivered. Pure. */
import { Histogram } from '../measure/histogram.ts';
import type { SecondHistogram } from '../measure/recorder.ts';
import type { SequenceSet } from '../measure/sequences.ts';
import { addSeries, warmupSeconds } from '../measure/timeline.ts';
import type { DeliveryProof, GroupCounts, GroupMeasurement, LagMeasurement, TimedHistogram } from './measurement.ts';
import { type BareRebalance, type GroupReports, type MergeContext, sum, timedHistogram } from './merge.ts';
import type { MemberReport, ProducerReport } from './protocol.ts';
import { prove } from './prove.ts';

/** One group's figures: those of its group at the broker, or with broadcast of each of them, added up. */
export function mergeGroup(
  { group, delivery, members }: GroupReports,
  producers: readonly ProducerReport[],
  context: MergeContext,
): GroupMeasurement {
  const { isAcknowledged, warmupMicros, behind } = context;
  const atBroker = [...Map.groupBy(members, ({ groupId }) => groupId).values()];
  const proofs = atBroker.map(ofGroup => prove(ofGroup, { ...context, producers, isBehind: behind.has(group) }));
  const unread = proofs.flatMap(({ read }) =>
    producers.flatMap((producer, i) => unreadOf(producer, read[i] as SequenceSet, context)),
  );
  const endToEnd = timedHistogram([...members.flatMap(({ endToEnd: ofMember }) => ofMember), ...unread]);
  return {
    group,
    delivery,
    members: members.map(member => ({
      member: member.member,
      consumed: member.inWindow.consumed,
      partitions: member.partitions,
      endToEnd: member.memberEndToEnd,
    })),
    counts: addCounts(proofs.map(({ counts }) => counts)),
    proof: addProofs(proofs.map(({ proof }) => proof)),
    endToEnd,
    consumedBySecond: Array.from(
      addSeries(members.map(({ consumedPerSecond }) => consumedPerSecond)).slice(
        warmupSeconds(warmupMicros),
        warmupSeconds(warmupMicros) + Math.ceil(context.measureMicros / 1e6),
      ),
    ),
    lag: { ...lagOf(producers, atBroker, isAcknowledged, warmupMicros), ...lagSeen(context, atBroker) },
    rebalances: (context.rebalances.get(group) ?? []).map(rebalance => ({
      ...rebalance,
      endToEndMaxMicros: maxDuring(endToEnd, rebalance),
    })),
    backlog: context.backlogs.get(group) ?? null,
    handling: handlingOf(members),
  };
}

/** The highest latency of messages that were due in the seconds that a rebalance touched. */
function maxDuring({ seconds }: TimedHistogram, { atMicros, durationMicros }: BareRebalance): number | null {
  const first = Math.floor(atMicros / 1e6);
  const last = durationMicros === null ? Infinity : Math.floor((atMicros + durationMicros) / 1e6);
  const touched = seconds.filter(({ second }) => second >= first && second <= last);
  return touched.length === 0 ? null : Math.max(...touched.map(({ data }) => data.maxMicros));
}

function addCounts(counts: readonly GroupCounts[]): GroupCounts {
  const total = (name: keyof GroupCounts): number => sum(counts, one => one[name]);
  return {
    consumed: total('consumed'),
    lost: total('lost'),
    duplicated: total('duplicated'),
    reordered: total('reordered'),
    expired: total('expired'),
    unacknowledged: total('unacknowledged'),
  };
}

function addProofs(proofs: readonly DeliveryProof[]): DeliveryProof {
  const total = (name: 'compared' | 'misplaced' | 'readAgain' | 'appendedTwice'): number =>
    sum(proofs, one => one[name]);
  const totalOrNull = (name: 'reorderedPerKey' | 'keysOfSeveralPartitions'): number | null =>
    proofs.some(one => one[name] === null) ? null : sum(proofs, one => one[name] ?? 0);
  return {
    compared: total('compared'),
    misplaced: total('misplaced'),
    readAgain: total('readAgain'),
    appendedTwice: total('appendedTwice'),
    reorderedPerKey: totalOrNull('reorderedPerKey'),
    keysOfSeveralPartitions: totalOrNull('keysOfSeveralPartitions'),
  };
}

function handlingOf(members: readonly MemberReport[]): GroupMeasurement['handling'] {
  const all = members.flatMap(({ handling }) => handling ?? []);
  if (all.length === 0) return null;
  return {
    failed: sum(all, ({ failed }) => failed),
    commits: sum(all, ({ commits }) => commits),
    refusedCommits: sum(all, ({ refusedCommits }) => refusedCommits),
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

/** What was seen at the brokers of the group; with broadcast of the member that was furthest behind. */
function lagSeen(
  { lag }: MergeContext,
  atBroker: readonly (readonly MemberReport[])[],
): Pick<LagMeasurement, 'samples' | 'worstByPartition'> {
  const seen = atBroker.flatMap(([member]) => (member === undefined ? [] : (lag.get(member.groupId) ?? [])));
  const furthest = ({ samples }: Pick<LagMeasurement, 'samples'>): number =>
    Math.max(0, ...samples.map(({ unread }) => unread));
  return seen.toSorted((a, b) => furthest(b) - furthest(a))[0] ?? { samples: [], worstByPartition: [] };
}

/**
 * The lag at the ends of the window's seconds: messages acknowledged (acks 0: sent) and not yet read. With broadcast that of the member
 * that is furthest behind.
 */
function lagOf(
  producers: readonly ProducerReport[],
  atBroker: readonly (readonly MemberReport[])[],
  isAcknowledged: boolean,
  warmupMicros: number,
): { max: number; end: number } {
  const produced = addSeries(
    producers.map(({ ackedPerSecond, sentPerSecond }) => (isAcknowledged ? ackedPerSecond : sentPerSecond)),
  );
  const first = warmupSeconds(warmupMicros);
  const lags = atBroker.map(members => {
    const consumed = addSeries(members.map(({ consumedPerSecond }) => consumedPerSecond));
    let lag = 0;
    let max = 0;
    for (let second = 0; second < Math.max(produced.length, consumed.length); second++) {
      lag += (produced[second] ?? 0) - (consumed[second] ?? 0);
      if (second >= first) max = Math.max(max, lag);
    }
    return { max, end: lag };
  });
  return { max: Math.max(0, ...lags.map(({ max }) => max)), end: Math.max(0, ...lags.map(({ end }) => end)) };
}
