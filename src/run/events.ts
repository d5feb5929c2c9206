/** What a run says while it goes on: one stream that the store, the progress display and the summary all read. */
import type { TrialSlot } from '../plan/plan.ts';
import type { SerializedError } from '../support/errors.ts';
import type { TrialMeasurement } from './measurement.ts';
import type { Miss } from './running-checks.ts';

/** The parts of a trial, in order. */
export type PhaseName = 'setup' | 'warmup' | 'measure' | 'drain' | 'verify';

export interface TrialPlace {
  readonly cell: string;
  readonly block: number;
  readonly attempt: number;
  /** 1-based position in the run's order. */
  readonly position: number;
  readonly of: number;
}

/** Percentiles of what has an outcome so far; null where too few messages have one for the percentile to be more than their maximum. */
export interface LiveLatency {
  readonly p50Micros: number | null;
  readonly p99Micros: number | null;
  readonly p999Micros: number | null;
  readonly maxMicros: number;
}

/** Figures of a span of a running trial. */
export interface LiveSpan {
  /** By schedule, over all producers; null where the load has none. */
  readonly targetPerSecond: number | null;
  /** Null, as the other rates, while a worker that would count is silent. */
  readonly sentPerSecond: number | null;
  /** Null where nothing is acknowledged, too. */
  readonly ackedPerSecond: number | null;
  /** By all groups together; null where none reads, too. */
  readonly consumedPerSecond: number | null;
  /** Null where no message due in the measured window had an outcome in the span. */
  readonly latency: LiveLatency | null;
  /** Messages that no group or not every group has read: of the last look, or the most of any; null before the first look. */
  readonly unread: number | null;
  readonly failed: number;
}

/** Messages of a trial since it began, its warm-up included, as far as its workers have told. */
export interface LiveTotals {
  readonly sent: number;
  /** Null where nothing is acknowledged. */
  readonly acked: number | null;
  readonly failed: number;
  /** By all groups together; null where none reads. */
  readonly consumed: number | null;
}

/** Figures of a running trial, for people to watch; nothing is judged by them. */
export interface LiveFigures {
  /** What the latencies are of: `endToEnd` where a group reads, else `ack` where there is a schedule, else `service`. */
  readonly latencyOf: 'ack' | 'service' | 'endToEnd';
  /** The last second that was told. */
  readonly now: LiveSpan;
  /** The measured window so far; null before a second of it was told. */
  readonly window: LiveSpan | null;
  readonly totals: LiveTotals;
  /** By the scenario's name for the group: messages that it has not read, of the last look; nothing before the first. */
  readonly unreadByGroup: Readonly<Record<string, number>>;
  readonly inFlight: number;
  /** For how long the next message of the producer that is furthest behind had been due when it was looked at; null without a schedule. */
  readonly behindMicros: number | null;
  /** Of the worker that was busiest: the share of the last second that its event loop did not wait. */
  readonly workFraction: number | null;
}

/** The warm-up of all trials whose scenario says `auto`: as long as the slowest of the pilots took. */
export interface FoundWarmup {
  readonly asked: 'auto';
  readonly micros: number;
  readonly pilots: readonly PilotOutcome[];
}

/** What a cell's pilot found. */
export interface PilotOutcome {
  readonly cell: string;
  /** How long its load lasted: until it was steady, or the maximum. */
  readonly seconds: number;
  /** Where it had found its level, by MSER-5; null where there was too little to tell. */
  readonly cutSeconds: number | null;
  readonly isSteady: boolean;
  /** Series that had found no level. */
  readonly unsettled: readonly string[];
}

export type RunEvent =
  /** A trial that is thrown away, to warm a cluster that was just started; nothing more is said of it. */
  | { readonly type: 'rehearsal'; readonly cell: string; readonly position: number; readonly of: number }
  /** A trial before the first block that finds how long `warmup: auto` must be. Its own progress and failure have the block 0. */
  | {
      readonly type: 'pilot-started';
      readonly trial: TrialPlace;
      readonly leastSeconds: number;
      readonly mostSeconds: number;
    }
  | { readonly type: 'pilot-done'; readonly trial: TrialPlace; readonly outcome: PilotOutcome }
  /** All pilots are over. */
  | { readonly type: 'warmup-found'; readonly warmup: FoundWarmup }
  | { readonly type: 'trial-started'; readonly trial: TrialPlace }
  | {
      readonly type: 'trial-progress';
      readonly trial: TrialPlace;
      readonly phase: PhaseName;
      readonly elapsedMicros: number;
      /** How long the phase takes by plan; null where nobody knows. */
      readonly plannedMicros: number | null;
      readonly figures: LiveFigures | null;
    }
  /** A check missed its demand, for the first time in the trial. */
  | { readonly type: 'check-missed'; readonly trial: TrialPlace; readonly miss: Miss }
  /** Not run: a check has ended an earlier trial of its cell, and would end this one; or the cell's pilot has failed. */
  | { readonly type: 'trial-skipped'; readonly trial: TrialPlace; readonly because: 'check' | 'pilot' }
  /** The first look decided too little: these trials follow. */
  | { readonly type: 'extended'; readonly order: readonly TrialSlot[] }
  /** What it measured is of no use, or it failed: it is run again, as the next attempt. */
  | { readonly type: 'trial-repeated'; readonly trial: TrialPlace; readonly because: 'invalid' | 'failed' }
  | { readonly type: 'trial-done'; readonly trial: TrialPlace; readonly measurement: TrialMeasurement }
  | { readonly type: 'trial-failed'; readonly trial: TrialPlace; readonly error: SerializedError }
  /** Stopped by a signal: `measurement` has what was measured until then; it is kept and never counted. */
  | { readonly type: 'trial-aborted'; readonly trial: TrialPlace; readonly measurement: TrialMeasurement | null };
