/** What one trial measured: all that crosses from running to storing. Plain data. */
import type { EffectiveSettings } from '../drivers/driver.ts';
import type { HistogramData } from '../measure/histogram.ts';

/** Messages due in the measured window. `scheduled = acked + failed + unresolved + notSent` holds exactly. */
export interface TrialCounts {
  readonly scheduled: number;
  /** Submitted to the client. */
  readonly sent: number;
  readonly acked: number;
  readonly failed: number;
  /** No outcome within the delivery time-out of their due time. */
  readonly unresolved: number;
  /** Scheduled, but never submitted. */
  readonly notSent: number;
  /** Deliveries over all groups. */
  readonly consumed: number;
  /** Acknowledged (acks 0: sent) and never read; without consumers, sent minus appended at acks 0, else null: nothing read it back. */
  readonly lost: number | null;
  readonly duplicated: number;
  readonly reordered: number;
}

/** Messages of the whole trial, warm-up and tail included. */
export interface TrialTotals {
  readonly sent: number;
  readonly acked: number;
  readonly failed: number;
  readonly unresolved: number;
  readonly retries: number;
  /** By the broker's own end offsets. */
  readonly appended: number;
}

export interface TrialRates {
  readonly offeredPerSecond: number;
  /** By completion time within the window, as `ackedBytesPerSecond` and `consumedPerSecond` are. */
  readonly ackedPerSecond: number;
  readonly ackedBytesPerSecond: number;
  readonly consumedPerSecond: number;
}

/** A distribution, whole and by second of the due time, counted from the window's start. */
export interface TimedHistogram {
  readonly total: HistogramData;
  readonly seconds: readonly { readonly second: number; readonly data: HistogramData }[];
}

export interface TrialLatencies {
  /** Due → acknowledged; null at acks 0 and in closed loops. */
  readonly ack: TimedHistogram | null;
  /** Sent → acknowledged; null at acks 0. */
  readonly service: TimedHistogram | null;
  /** Due → the consumer's handler; what was never read is censored at the delivery time-out. Null without consumers. In closed loops a diagnostic. */
  readonly endToEnd: TimedHistogram | null;
  /** Due → sent. */
  readonly scheduleLag: TimedHistogram;
  /** Due, or the instant when the client could take the message if that was later, → sent: the generator's own share of the lag. */
  readonly generatorLag: TimedHistogram;
  /** Due → the client took messages again; only messages that had to wait. */
  readonly blocked: TimedHistogram;
}

export interface PartitionMeasurement {
  readonly topic: string;
  readonly partition: number;
  readonly acked: number;
  readonly consumed: number;
  /** Two significant digits. */
  readonly ack: HistogramData | null;
  readonly endToEnd: HistogramData | null;
}

export interface MemberMeasurement {
  readonly member: number;
  readonly consumed: number;
  /** `topic-partition` names, as last assigned. */
  readonly partitions: readonly string[];
  readonly endToEnd: HistogramData;
}

export interface GroupMeasurement {
  readonly group: string;
  readonly delivery: 'unicast' | 'broadcast';
  readonly members: readonly MemberMeasurement[];
  readonly counts: {
    readonly consumed: number;
    readonly lost: number;
    readonly duplicated: number;
    readonly reordered: number;
    readonly expired: number;
  };
  readonly endToEnd: TimedHistogram;
  readonly lag: { readonly max: number; readonly end: number };
  readonly rebalances: readonly {
    readonly atMicros: number;
    readonly durationMicros: number;
    readonly reason: string;
  }[];
}

/** Per second of the wall clock, counted from the window's start; warm-up has negative seconds. */
export interface TimelineSecond {
  readonly second: number;
  readonly sent: number;
  readonly acked: number;
  readonly failed: number;
  readonly consumed: number;
}

/** The generator's own figures over the measured window, summed over its workers. */
export interface GeneratorMeasurement {
  /** How the pump waits: `nap` shares its core with the brokers and reads what arrives up to 0.16 ms late. */
  readonly pacing: 'spin' | 'nap';
  /** CPU time of the worker threads; null where Node cannot tell a thread from its process (before 22.19). */
  readonly cpuSeconds: number | null;
  /** Pauses of the event loops between turns of the pump. */
  readonly turnGap: HistogramData;
  /** Messages that left in one turn. */
  readonly burst: HistogramData;
  readonly gcPauseTotalMicros: number;
  readonly gcPauseMaxMicros: number;
  /** Linux pressure-stall information, share of time in which something waited for a CPU; null elsewhere. */
  readonly cpuPressure: number | null;
}

export interface InjectedFaults {
  readonly unanswered: number;
  readonly lost: number;
  readonly duplicated: number;
  readonly reordered: number;
}

/** Something to know about a trial, as data; its wording is the report's. */
export type RunFinding =
  | {
      readonly code: 'consumers-did-not-catch-up';
      readonly group: string;
      readonly missing: number;
      readonly waitedMicros: number;
    }
  | { readonly code: 'offsets-disagree'; readonly appended: number; readonly atLeast: number; readonly atMost: number }
  | { readonly code: 'memory-guard'; readonly outstanding: number }
  | { readonly code: 'foreign-messages'; readonly count: number }
  | { readonly code: 'rebalanced'; readonly group: string; readonly count: number }
  | { readonly code: 'client-error'; readonly message: string; readonly count: number };

export interface TrialMeasurement {
  /** The cell's id. */
  readonly cell: string;
  readonly block: number;
  /** 1, or more after re-runs of the same trial. */
  readonly attempt: number;
  /** ISO 8601, UTC: the trial's common start, before warm-up. */
  readonly startedAt: string;
  /** Unix time of the measured window's start, for interval logs. */
  readonly windowStartUnixMillis: number;
  /** Whether due times came from a schedule. */
  readonly isOpenLoop: boolean;
  readonly windowMicros: number;
  readonly warmupMicros: number;
  readonly deliveryTimeoutMicros: number;
  readonly durations: { readonly setupMicros: number; readonly loadMicros: number; readonly drainMicros: number };
  readonly counts: TrialCounts;
  readonly totals: TrialTotals;
  readonly rates: TrialRates;
  readonly latencies: TrialLatencies;
  readonly groups: readonly GroupMeasurement[];
  readonly partitions: readonly PartitionMeasurement[];
  readonly batches: { readonly messagesPerBatch: number; readonly bytesPerBatch: number } | null;
  readonly injected: InjectedFaults | null;
  readonly generator: GeneratorMeasurement;
  readonly timeline: readonly TimelineSecond[];
  /** What the client says it really used. */
  readonly effective: {
    readonly producer: EffectiveSettings;
    readonly consumers: Readonly<Record<string, EffectiveSettings>>;
    /** What the topics set for themselves. */
    readonly topic: Readonly<Record<string, string>>;
  };
  readonly findings: readonly RunFinding[];
}
