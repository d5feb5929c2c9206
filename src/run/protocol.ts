/** What the orchestrator and a worker say to each other: two unions of plain data, and nothing is shared besides. */
import type { EffectiveSettings, ProducerCounters } from '../drivers/driver.ts';
import type { HistogramData } from '../measure/histogram.ts';
import type { SecondHistogram } from '../measure/recorder.ts';
import type { SequenceSetData } from '../measure/sequences.ts';
import type { Assignment } from '../plan/assignment.ts';
import type { SerializedError } from '../support/errors.ts';

export type ToWorker =
  | { readonly type: 'prepare'; readonly assignment: Assignment }
  /** The trial's common start, on the host's monotonic clock. */
  | { readonly type: 'start'; readonly startMicros: number }
  /** Send no more, wait for outcomes at most so long. */
  | { readonly type: 'stop'; readonly waitMicros: number }
  /** Report, and close what is open. */
  | { readonly type: 'finish' };

export type FromWorker =
  | { readonly type: 'ready'; readonly effective: EffectiveSettings }
  | { readonly type: 'progress'; readonly progress: WorkerProgress }
  /** Every message due in the window has an outcome, or is past hope. */
  | { readonly type: 'window-resolved' }
  /** Nothing is in flight any more, or the wait is over. */
  | { readonly type: 'stopped' }
  /** A consumer's next offset by topic and partition; −1 where it has read nothing. */
  | { readonly type: 'positions'; readonly nextOffsets: Float64Array }
  | { readonly type: 'report'; readonly report: WorkerReport }
  | { readonly type: 'failed'; readonly error: SerializedError };

/** A worker's figures since the last such message, to watch. */
export interface WorkerProgress {
  readonly sent: number;
  readonly acked: number;
  readonly consumed: number;
  readonly inFlight: number;
  /** Latencies recorded since the last progress: `ack` in an open loop, else `service`; a consumer's `endToEnd`. */
  readonly latency: readonly SecondHistogram[];
}

/** The event loop's and the thread's own figures. */
export interface ThreadReport {
  /** Within the measured window. */
  readonly cpuSeconds: number | null;
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
  /** `topic-partition` names. */
  readonly partitions: readonly string[];
  readonly inWindow: { readonly consumed: number; readonly duplicated: number; readonly reordered: number };
  /** Read while the window lasted, whenever due. */
  readonly completedInWindow: number;
  readonly foreign: number;
  /** By producer. */
  readonly read: readonly SequenceSetData[];
  readonly endToEnd: readonly SecondHistogram[];
  readonly memberEndToEnd: HistogramData;
  readonly consumedPerSecond: Float64Array;
  readonly endToEndByPartition: ByPartition;
  readonly consumedByPartition: Float64Array;
  /** Assignments after the first, in µs since the trial's common start. */
  readonly rebalancesAtMicros: readonly number[];
  readonly error: SerializedError | null;
}

export type WorkerReport =
  | {
      readonly role: 'produce';
      readonly producers: readonly ProducerReport[];
      readonly thread: ThreadReport;
      readonly turnGap: HistogramData;
      readonly burst: HistogramData;
    }
  | {
      readonly role: 'consume';
      readonly group: string;
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
