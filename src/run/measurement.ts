/** What one trial measured: all that crosses from running to storing. Plain data. */
import type { EffectiveSettings } from '../drivers/driver.ts';
import type { HistogramData } from '../measure/histogram.ts';
import type { FaultOnLink } from '../support/link-fault.ts';
import type { BrokersMeasurement } from './broker-watch.ts';
import type { HostFigures } from './host-watch.ts';

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

/** A group's partitions pass from some members to others. */
export interface RebalanceMeasurement {
  /** Since the start of the measured window. */
  readonly atMicros: number;
  /** Until every partition was one member's again; null where the trial ended before. */
  readonly durationMicros: number | null;
  /** What was done to the group before it; `unasked` where nothing was. */
  /** `join`, `leave`, `crash`, several of them like `join and leave`, or `unasked`. */
  readonly reason: string;
  /** Partitions that another member had afterwards. */
  readonly moved: number;
  /** The longest time for which one partition had no owner. */
  readonly longestUnownedMicros: number;
  /** The highest `endToEnd` of messages due in the seconds that it touched; null where none was due. */
  readonly endToEndMaxMicros: number | null;
}

/** How far behind a group is at an instant, by the brokers' end offsets. */
export interface LagSample {
  /** Since the start of the measured window. */
  readonly atMicros: number;
  readonly unread: number;
  readonly unreadOfWorstPartition: number;
  /** Against what the group has committed; null where nobody keeps that. */
  readonly uncommitted: number | null;
}

/** How far behind a group is; with broadcast the member that is furthest. */
export interface LagMeasurement {
  /** The most messages at the end of a second of the window, and how many were left at the end of the trial. */
  readonly max: number;
  readonly end: number;
  /** About once a second, warm-up included. */
  readonly samples: readonly LagSample[];
  /** By topic and partition: the most unread messages that were seen. */
  readonly worstByPartition: readonly number[];
}

/** A partition that had an owner and messages to read, and was not read on. */
export interface StalledPartition {
  /** By topic and partition. */
  readonly place: number;
  readonly forMicros: number;
}

/** How a group read what had waited for it. */
export interface BacklogMeasurement {
  /** Messages that waited when the group began. */
  readonly waiting: number;
  /** Since the start of the measured window. */
  readonly releasedAtMicros: number;
  /** From its beginning until its members had their partitions. */
  readonly joinedAfterMicros: number | null;
  /** From its beginning until it was less than a second of messages behind; null where the trial ended before. */
  readonly caughtUpAfterMicros: number | null;
  /** Messages read per second until then, new ones included. */
  readonly drainedPerSecond: number | null;
}

export interface GroupCounts {
  /** Deliveries of messages due in the window, repeated ones included. */
  readonly consumed: number;
  /** Acknowledged (acks 0: sent), and never read though the group has read beyond. */
  readonly lost: number;
  readonly duplicated: number;
  readonly reordered: number;
  /** Acknowledged, and removed by retention before the group read them. */
  readonly expired: number;
  /** Read though the client never said that they were acknowledged: allowed, for their outcome was unknown. */
  readonly unacknowledged: number;
}

/** What the ledger shows besides the counts, over the whole trial. */
export interface DeliveryProof {
  /** Messages read that were held against the offset at which the broker said it had put them, and those that were not what stood there. */
  readonly compared: number;
  readonly misplaced: number;
  /** Deliveries of an offset that the group had read before: from its last commit on. */
  readonly readAgain: number;
  /** Deliveries of a message that stands in the log more than once: its producer sent it again. */
  readonly appendedTwice: number;
  /** First deliveries that came after a later message of their producer and key, by the same member; null where order by key is not watched. */
  readonly reorderedPerKey: number | null;
  /** Keys whose messages came from more than one partition of a topic, between which there is no order; null as above. */
  readonly keysOfSeveralPartitions: number | null;
}

export interface GroupMeasurement {
  readonly group: string;
  readonly delivery: 'unicast' | 'broadcast';
  readonly members: readonly MemberMeasurement[];
  readonly counts: GroupCounts;
  readonly proof: DeliveryProof;
  readonly endToEnd: TimedHistogram;
  /** Read in each second of the window, whenever due. */
  readonly consumedBySecond: readonly number[];
  readonly lag: LagMeasurement;
  readonly rebalances: readonly RebalanceMeasurement[];
  /** Null for a group that is there from the beginning. */
  readonly backlog: BacklogMeasurement | null;
  /** What handling did; null where it took nothing. */
  readonly handling: { readonly failed: number; readonly commits: number; readonly refusedCommits: number } | null;
}

/** Per second of the wall clock, counted from the window's start; warm-up has negative seconds. */
export interface TimelineSecond {
  readonly second: number;
  readonly sent: number;
  readonly acked: number;
  readonly failed: number;
  readonly consumed: number;
}

/** Who ends what a load without a schedule could still do: the client, the broker, or Highwater itself. */
export type LimitedBy = 'client' | 'broker' | 'generator';

/** The generator's own figures over the measured window; sums over its workers, where nothing else is said. Null: not measured. */
export interface GeneratorMeasurement {
  /** How the pump waits: `nap` shares its core with the brokers and reads what arrives up to 0.16 ms late. */
  readonly pacing: 'spin' | 'nap';
  /** Where the brokers work: on this host's cores, on others, or in the generator's own threads. */
  readonly brokers: 'here' | 'elsewhere' | 'simulated';
  /** CPU time of the worker threads; null where Node cannot tell a thread from its process (before 22.19). */
  readonly cpuSeconds: number | null;
  /** The share of the time in which the busiest producing worker was at work and not waiting. */
  readonly workFraction: number | null;
  /** The same of the busiest worker with members of groups; null without. */
  readonly consumerWorkFraction: number | null;
  /** The share of the time for which a worker's thread stood in a run queue: the worst thread in the worst ten seconds. */
  readonly runQueueShare: number | null;
  /** Pauses of the event loops between turns of the pump. */
  readonly turnGap: HistogramData;
  /** Messages that left in one turn. */
  readonly burst: HistogramData;
  readonly gcPauseTotalMicros: number;
  readonly gcPauseMaxMicros: number;
  /** Linux pressure-stall information, share of the window in which something on this host waited for a CPU … */
  readonly cpuPressure: number | null;
  /** … and of its worst ten seconds: what `avg10` says, without what was before the window. */
  readonly cpuPressureAvg10: number | null;
  /** The share of the CPUs' time that others on this host used: neither Highwater nor brokers that it has started. */
  readonly neighbourShare: number | null;
  /** The share of its control group's periods in which a CPU quota was used up. */
  readonly throttledShare: number | null;
  /** The share of the CPUs' time that the hypervisor gave to others. */
  readonly stealShare: number | null;
  /** What the generator can send into a client that takes everything, against what the schedule asks; null without a schedule. */
  readonly headroom: number | null;
  /** What kept a load without a schedule from doing more; null with one, and where it cannot be told. */
  readonly limitedBy: LimitedBy | null;
}

export interface InjectedFaults {
  readonly unanswered: number;
  readonly lost: number;
  readonly duplicated: number;
  readonly reordered: number;
}

/** A fault that was injected. Times count from the start of the measured window; see `results/faults` for what each field means. */
export interface FaultMeasurement {
  readonly kind: 'kill' | 'pause' | 'restart' | 'rollingRestart' | 'fillDisk' | 'network';
  readonly asked: string;
  readonly brokers: readonly number[];
  readonly network: FaultOnLink | null;
  readonly atMicros: number;
  readonly endedAtMicros: number | null;
  readonly partitionsLed: number;
  readonly detectedAfterMicros: number | null;
  readonly unavailable: {
    readonly partitions: number;
    readonly longestMicros: number;
    readonly isOver: boolean;
  } | null;
  readonly latencyNormalAfterMicros: number | null;
  readonly lagNormalAfterMicros: number | null;
}

/** A partition had another leader than before; null: none. */
export interface LeaderChangeMeasurement {
  readonly atMicros: number;
  readonly topic: string;
  readonly partition: number;
  readonly from: number | null;
  readonly to: number | null;
}

/** A span in which messages of a partition were due and nothing of it was acknowledged. */
export interface PartitionGapMeasurement {
  readonly topic: string;
  readonly partition: number;
  readonly fromMicros: number;
  readonly forMicros: number;
  readonly isOver: boolean;
}

export interface FaultsMeasurement {
  readonly injected: readonly FaultMeasurement[];
  readonly leaderChanges: readonly LeaderChangeMeasurement[];
  readonly gaps: readonly PartitionGapMeasurement[];
}

/** Something to know about a trial, as data; its wording is the report's. */
export type RunFinding =
  | {
      readonly code: 'consumers-did-not-catch-up';
      readonly group: string;
      readonly missing: number;
      readonly waitedMicros: number;
      /** It had read nothing new for some time; else it was only too slow. */
      readonly isStalled: boolean;
    }
  | { readonly code: 'offsets-disagree'; readonly appended: number; readonly atLeast: number; readonly atMost: number }
  | { readonly code: 'memory-guard'; readonly outstanding: number }
  | { readonly code: 'foreign-messages'; readonly count: number }
  /** Within the window, and nothing of the scenario asked for it. */
  | { readonly code: 'rebalanced'; readonly group: string; readonly count: number }
  /** Partitions that had an owner and messages to read, and were not read on. */
  | {
      readonly code: 'consumer-stalled';
      readonly group: string;
      readonly partitions: number;
      readonly longestMicros: number;
    }
  /** Messages were read at offsets where the broker had said to have put others, or two were acknowledged at one offset. */
  | { readonly code: 'offsets-misplaced'; readonly group: string | null; readonly count: number }
  | { readonly code: 'lag-unknown'; readonly message: string }
  /** A check with `abort` missed its demand while the trial ran, and ended it: the window is as long as it had lasted. */
  | {
      readonly code: 'aborted-by-check';
      readonly metric: string;
      readonly group: string | null;
      readonly min: number | null;
      readonly max: number | null;
      readonly everyMicros: number | null;
      /** Where the span began, in seconds from the window's start; null for a count that had grown too high. */
      readonly fromSecond: number | null;
      /** Null for a span that held nothing. */
      readonly value: number | null;
    }
  /** `warmup: auto` ended at its maximum: the pilot of the cell had found no level in so many seconds of load. */
  | { readonly code: 'no-steady-state'; readonly seconds: number; readonly unsettled: readonly string[] }
  /** Load hosts have clocks of their own: how long a message took from one to another is not known. Null: nor is how far they may be apart. */
  | { readonly code: 'clocks-apart'; readonly hosts: number; readonly boundMicros: number | null }
  | { readonly code: 'client-error'; readonly message: string; readonly count: number };

/** What one load host of a fleet did in a trial. */
export interface AgentMeasurement extends HostFigures {
  /** Its number in the fleet. */
  readonly agent: number;
  readonly host: string;
  readonly cores: number;
  readonly nodeVersion: string;
  /** Of messages due in the window. */
  readonly acked: number;
  readonly consumed: number;
  /** What must be added to the orchestrator's time to have this host's, and how far that may be off; null where it cannot be told. */
  readonly clockOffsetMicros: number | null;
  readonly clockBoundMicros: number | null;
}

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
  /** What was broken on purpose, and what came of it; only where the scenario has faults. */
  readonly faults?: FaultsMeasurement;
  /** What the brokers told of themselves; missing where they told nothing. */
  readonly brokers?: BrokersMeasurement;
  /** Of trials whose workers were on other hosts alone. */
  readonly agents?: readonly AgentMeasurement[];
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
