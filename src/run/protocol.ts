/** What the orchestrator and a worker say to each other: two unions of plain data, and nothing is shared besides. */
import type { EffectiveSettings, ProducerCounters } from '../drivers/driver.ts';
import type { HistogramData } from '../measure/histogram.ts';
import type { OffsetLedgerData } from '../measure/offset-ledger.ts';
import type { SecondHistogram } from '../measure/recorder.ts';
import type { SequenceSetData } from '../measure/sequences.ts';
import type { SilencesData } from '../measure/silences.ts';
import type { SecondCount } from '../measure/timeline.ts';
import type { Assignment, ProduceAssignment } from '../plan/assignment.ts';
import type { SerializedError } from '../support/errors.ts';
import type { HandlingCounts } from './handling.ts';
import type { Jump } from './receipts.ts';

export type ToWorker =
  /** Measure what the generator alone could carry of this load; the answer is `headroom`. Comes instead of `prepare`. */
  | {
      readonly type: 'measure-headroom';
      readonly assignment: ProduceAssignment;
      /** So much is asked of this worker; Infinity where there is no schedule. */
      readonly askedPerSecond: number;
    }
  /** `startMicros` is the trial's common start for a worker that comes after it, else null: `start` tells it then. */
  | { readonly type: 'prepare'; readonly assignment: Assignment; readonly startMicros: number | null }
  /** The trial's common start, on the host's monotonic clock. */
  | { readonly type: 'start'; readonly startMicros: number }
  /** Send no more, wait for outcomes at most so long. */
  | { readonly type: 'stop'; readonly waitMicros: number }
  /** Report, and close what is open. */
  | { readonly type: 'finish' }
  /** Report, and from then on do nothing any more: the worker will be killed with all that it has open. */
  | { readonly type: 'crash' };

export type FromWorker =
  | { readonly type: 'headroom'; readonly messagesPerSecond: number }
  | { readonly type: 'ready'; readonly effective: EffectiveSettings }
  | { readonly type: 'progress'; readonly progress: WorkerProgress }
  /** Every message due in the window has an outcome, or is past hope. */
  | { readonly type: 'window-resolved' }
  /** Nothing is in flight any more, or the wait is over. */
  | { readonly type: 'stopped' }
  /** By group at the broker: a consumer's next offset by topic and partition; −1 where it has read nothing. */
  | { readonly type: 'positions'; readonly nextOffsets: ReadonlyMap<string, Float64Array> }
  /** What a member owns has changed. */
  | { readonly type: 'ownership'; readonly change: OwnershipChange }
  | { readonly type: 'report'; readonly report: WorkerReport }
  | { readonly type: 'failed'; readonly error: SerializedError };

/** A member's partitions, from some instant on. */
export interface OwnershipChange {
  readonly group: string;
  readonly groupId: string;
  readonly member: number;
  /** On the host's clock. */
  readonly atMicros: number;
  /** By topic and partition. */
  readonly owned: readonly number[];
}

/** A worker's figures since the last such message, to watch. */
export interface WorkerProgress extends RoleProgress {
  /** The share of the time that the worker's event loop did not wait. */
  readonly workFraction: number;
}

/** What the worker's role knows of them. */
export interface RoleProgress {
  readonly sent: number;
  readonly acked: number;
  readonly failed: number;
  readonly consumed: number;
  readonly inFlight: number;
  /** For how long the next message of the producer that is furthest behind has been due; null without a schedule. */
  readonly behindMicros: number | null;
  /** Latencies recorded since the last progress: `ack` in an open loop, else `service`; a consumer's `endToEnd`. */
  readonly latency: readonly SecondHistogram[];
  /** What checks are judged by while the trial runs; null where none is. */
  readonly judged: ProducerSeconds | ConsumerSeconds | null;
}

/** What producers did in the window since the last progress, by the second. */
export interface ProducerSeconds {
  readonly role: 'produce';
  /** When this was counted, on the host's clock. */
  readonly atMicros: number;
  /** Messages by due second; every message due before `dueUntilMicros`, from the window's start, is among them. */
  readonly due: readonly SecondCount[];
  readonly dueUntilMicros: number;
  readonly acked: readonly SecondCount[];
  readonly failed: readonly SecondCount[];
  readonly ack: readonly SecondHistogram[];
  readonly service: readonly SecondHistogram[];
  /** Of messages due in the window, until now. */
  readonly totals: { readonly failed: number; readonly unresolved: number };
}

/** What members did, likewise. */
export interface ConsumerSeconds {
  readonly role: 'consume';
  readonly atMicros: number;
  readonly consumed: readonly SecondCount[];
  readonly endToEnd: readonly SecondHistogram[];
  readonly totals: { readonly duplicated: number; readonly reordered: number };
}

/** The event loop's and the thread's own figures. */
export interface ThreadReport {
  /** Within the measured window, as all of this. */
  readonly cpuSeconds: number | null;
  /** The share of the time in which the worker was at work and not waiting; null where it had none of the window. */
  readonly workFraction: number | null;
  /** The share of the time for which a thread stood in a run queue, in the worst ten seconds; null where the system does not say. */
  readonly runQueueShare: number | null;
  readonly gcPauseTotalMicros: number;
  readonly gcPauseMaxMicros: number;
}

/** Distributions by topic and partition; a hole where nothing was recorded. */
export type ByPartition = readonly (HistogramData | null)[];

export interface ProducerReport {
  readonly producer: number;
  readonly sent: number;
  readonly inWindow: {
    readonly scheduled: number;
    readonly sent: number;
    readonly acked: number;
    readonly failed: number;
    readonly unresolved: number;
    readonly notSent: number;
  };
  readonly total: { readonly acked: number; readonly failed: number; readonly unresolved: number };
  readonly counters: ProducerCounters;
  /** Acknowledged while the window lasted, whenever due. */
  readonly completedInWindow: number;
  readonly completedBytesInWindow: number;
  /** Sequence numbers acknowledged, and the range of those due in the window. */
  readonly acked: SequenceSetData;
  readonly windowSequences: { readonly from: number; readonly to: number };
  readonly ack: readonly SecondHistogram[];
  readonly service: readonly SecondHistogram[];
  readonly promptLag: readonly SecondHistogram[];
  readonly blockedScheduleLag: readonly SecondHistogram[];
  readonly blockedOwnLag: readonly SecondHistogram[];
  readonly blocked: readonly SecondHistogram[];
  readonly sentPerSecond: Float64Array;
  readonly ackedPerSecond: Float64Array;
  readonly failedPerSecond: Float64Array;
  readonly ackByPartition: ByPartition;
  readonly ackedByPartition: Float64Array;
  readonly repeatedOutcomes: number;
  readonly guardTripped: boolean;
  readonly errors: readonly { readonly message: string; readonly count: number }[];
}

export interface MemberReport {
  readonly member: number;
  /** The id of its group at the broker. */
  readonly groupId: string;
  /** `topic-partition` names. */
  readonly partitions: readonly string[];
  readonly inWindow: { readonly consumed: number; readonly duplicated: number; readonly reordered: number };
  /** Read while the window lasted, whenever due. */
  readonly completedInWindow: number;
  /** Over the whole trial: records read, and those of them whose sequence number, or whose offset, had come before. */
  readonly total: { readonly consumed: number; readonly duplicated: number; readonly offsetsAgain: number };
  /** Messages that came after a later one of their producer and key; null where there are no keys, or too many to watch. */
  readonly reorderedPerKey: number | null;
  /** By topic and key: the partition from which it came; see `measure/key-order`. */
  readonly keyPartitions: Int16Array;
  /** By topic and partition: where which messages were read. */
  readonly readAt: readonly (OffsetLedgerData | null)[];
  /** Offsets that were passed over. */
  readonly jumps: readonly Jump[];
  /** By topic and partition: the offset after the last one that was handled; −1 where there was none. */
  readonly nextOffsets: Float64Array;
  readonly handling: HandlingCounts | null;
  readonly foreign: number;
  /** By producer. */
  readonly read: readonly SequenceSetData[];
  readonly endToEnd: readonly SecondHistogram[];
  readonly memberEndToEnd: HistogramData;
  readonly consumedPerSecond: Float64Array;
  readonly endToEndByPartition: ByPartition;
  readonly consumedByPartition: Float64Array;
  readonly error: SerializedError | null;
}

export type WorkerReport =
  | {
      readonly role: 'produce';
      readonly producers: readonly ProducerReport[];
      /** By topic and partition: where the brokers say that they have put which messages; null where nobody was told. */
      readonly ackedOffsets: readonly (OffsetLedgerData | null)[];
      /** Messages acknowledged at an offset where another one was. */
      readonly repeatedOffsets: number;
      /** By topic and partition, in µs since the trial's common start; null where it was not asked for. */
      readonly silences: SilencesData | null;
      readonly thread: ThreadReport;
      readonly turnGap: HistogramData;
      readonly burst: HistogramData;
    }
  | {
      readonly role: 'consume';
      readonly group: string;
      readonly delivery: 'unicast' | 'broadcast';
      readonly members: readonly MemberReport[];
      readonly thread: ThreadReport;
    };

/** One worker, seen from the orchestrator; a thread or a process. Disposing it ends the worker, whatever it does. */
export interface WorkerChannel extends AsyncDisposable {
  post(message: ToWorker): void;
  /** Messages in order; ends when the worker has ended. */
  readonly messages: AsyncIterable<FromWorker>;
}

/** The worker's end of the channel. */
export interface WorkerPort {
  post(message: FromWorker): void;
  onMessage(listener: (message: ToWorker) => void): void;
}
