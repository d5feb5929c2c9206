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

/** Figures of the last second or so, for people to watch; nothing is judged by them. */
export interface LiveFigures {
  readonly sentPerSecond: number;
  readonly ackedPerSecond: number;
  readonly consumedPerSecond: number;
  /** Of `ack`, else `service`, else `endToEnd`; null where none has been seen yet. */
  readonly p50Micros: number | null;
  readonly p99Micros: number | null;
  readonly inFlight: number;
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
  /** What it measured is of no use: it is run again, as the next attempt. */
  | { readonly type: 'trial-repeated'; readonly trial: TrialPlace }
  | { readonly type: 'trial-done'; readonly trial: TrialPlace; readonly measurement: TrialMeasurement }
  | { readonly type: 'trial-failed'; readonly trial: TrialPlace; readonly error: SerializedError }
  /** Stopped by a signal: `measurement` has what was measured until then; it is kept and never counted. */
  | { readonly type: 'trial-aborted'; readonly trial: TrialPlace; readonly measurement: TrialMeasurement | null };
