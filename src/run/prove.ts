/** Holds what one group at the broker has read against what was acknowledged: the delivery proof. Pure. */
import { keysOfSeveralPartitions } from '../measure/key-order.ts';
import { comparePages, type OffsetUnion, unionOf } from '../measure/offset-ledger.ts';
import { SequenceSet } from '../measure/sequences.ts';
import type { DeliveryProof, GroupCounts } from './measurement.ts';
import { sum } from './merge.ts';
import type { MemberReport, ProducerReport } from './protocol.ts';

/** What the proof depends on besides the members' reports. */
export interface ProofContext {
  readonly producers: readonly ProducerReport[];
  readonly isAcknowledged: boolean;
  /** By topic and partition: where the brokers said that they have put which messages. */
  readonly acked: readonly OffsetUnion[];
  /** By topic and partition: the first offset that the log still has. */
  readonly logStarts: readonly number[];
  /** By topic and partition: the offset that the next message gets. */
  readonly ends: readonly number[];
  /** The group was still reading when the trial had to end: what it had not come to is not lost. */
  readonly isBehind: boolean;
}

/** What one group at the broker has read, by producer. */
export interface GroupProof {
  readonly counts: GroupCounts;
  readonly proof: DeliveryProof;
  /** By index in `producers`: the sequence numbers read by any member. */
  readonly read: readonly SequenceSet[];
}

export function prove(members: readonly MemberReport[], context: ProofContext): GroupProof {
  const { producers, isAcknowledged } = context;
  let lostInWindow = 0;
  let lostInAll = 0;
  let unacknowledged = 0;
  let againInWindow = 0;
  let againInAll = 0;
  const read = producers.map(producer => {
    const { from, to } = producer.windowSequences;
    const union = new SequenceSet();
    for (const member of members) {
      const own = SequenceSet.from(member.read[producer.producer] ?? []);
      againInWindow += own.countCommonWith(union, from, to);
      againInAll += own.countCommonWith(union, 0, Infinity);
      union.addAll(own);
    }
    const claimed = claimedBy(producer, isAcknowledged);
    lostInWindow += claimed.countMissingFrom(union, from, to);
    lostInAll += claimed.countMissingFrom(union, 0, Infinity);
    unacknowledged += isAcknowledged ? union.countMissingFrom(claimed, from, to) : 0;
    return union;
  });
  const offsets = offsetsOf(members, context);
  const unread = shareOut(lostInWindow, lostInAll, offsets);
  const duplicates = sum(members, ({ total }) => total.duplicated) + againInAll;
  return {
    read,
    counts: {
      consumed: sum(members, ({ inWindow }) => inWindow.consumed),
      lost: unread.lost,
      duplicated: sum(members, ({ inWindow }) => inWindow.duplicated) + againInWindow,
      reordered: sum(members, ({ inWindow }) => inWindow.reordered),
      expired: unread.expired,
      unacknowledged,
    },
    proof: {
      compared: offsets.compared,
      misplaced: offsets.misplaced,
      readAgain: offsets.readAgain,
      appendedTwice: Math.max(0, duplicates - offsets.readAgain),
      ...keysOf(members),
    },
  };
}

/** What should be readable: acknowledged messages; at acks 0, whatever was sent. */
function claimedBy(producer: ProducerReport, isAcknowledged: boolean): SequenceSet {
  if (isAcknowledged) return SequenceSet.from(producer.acked);
  const sent = new SequenceSet();
  sent.addRun(0, producer.sent);
  return sent;
}

interface OffsetFacts {
  readonly compared: number;
  readonly misplaced: number;
  readonly readAgain: number;
  /** Acknowledged messages that were not read because the log had dropped them … */
  readonly expired: number;
  /** … or because the group had not come to them. */
  readonly notReached: number;
}

function offsetsOf(members: readonly MemberReport[], { acked, logStarts, ends, isBehind }: ProofContext): OffsetFacts {
  let compared = 0;
  let misplaced = 0;
  let readAgain = sum(members, ({ total }) => total.offsetsAgain);
  let expired = 0;
  let notReached = 0;
  for (const [place, end] of ends.entries()) {
    const read = unionOf(members.flatMap(({ readAt }) => readAt[place] ?? []));
    readAgain += read.repeated;
    const claimed = acked[place];
    const position = isBehind ? Math.max(0, ...members.map(({ nextOffsets }) => nextOffsets[place] ?? -1)) : end;
    if (claimed === undefined || claimed.offsets.size === 0) {
      // nobody was told where messages are: what lies beyond the group's position may be anything's
      notReached += Math.max(0, end - position);
      continue;
    }
    const pages = comparePages(claimed, read);
    compared += pages.compared;
    misplaced += pages.differing;
    const first = logStarts[place] ?? 0;
    // what is gone now was there when the group passed it, unless its client had to jump
    for (const { place: of, from, to } of members.flatMap(({ jumps }) => jumps))
      if (of === place) expired += claimed.offsets.countMissingFrom(read.offsets, from, Math.min(to, first));
    notReached += claimed.offsets.countMissingFrom(read.offsets, Math.max(first, position), Infinity);
  }
  return { compared, misplaced, readAgain, expired, notReached };
}

/**
 * Shares the messages of the window that were not read out into lost and expired. Offsets say how many of the whole trial were not
 * reached or have expired, and not which are of the window: as many as can be are taken to be lost, so that no loss is hidden.
 */
function shareOut(
  inWindow: number,
  inAll: number,
  { expired, notReached }: OffsetFacts,
): { readonly lost: number; readonly expired: number } {
  const lost = Math.min(inWindow, Math.max(0, inAll - expired - notReached));
  return { lost, expired: Math.min(expired, inWindow - lost) };
}

function keysOf(members: readonly MemberReport[]): Pick<DeliveryProof, 'reorderedPerKey' | 'keysOfSeveralPartitions'> {
  if (members.some(({ reorderedPerKey }) => reorderedPerKey === null))
    return { reorderedPerKey: null, keysOfSeveralPartitions: null };
  return {
    reorderedPerKey: sum(members, ({ reorderedPerKey }) => reorderedPerKey ?? 0),
    keysOfSeveralPartitions: keysOfSeveralPartitions(members.map(({ keyPartitions }) => keyPartitions)),
  };
}
