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

export type RunEvent =
  /** A trial that is thrown away, to warm a cluster that was just started; nothing more is said of it. */
  | { readonly type: 'rehearsal'; readonly cell: string; readonly position: number; readonly of: number }
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
  /** Not run: a check has ended an earlier trial of its cell, and would end this one. */
  | { readonly type: 'trial-skipped'; readonly trial: TrialPlace }
  /** The first look decided too little: these trials follow. */
  | { readonly type: 'extended'; readonly order: readonly TrialSlot[] }
  /** What it measured is of no use: it is run again, as the next attempt. */
  | { readonly type: 'trial-repeated'; readonly trial: TrialPlace }
  | { readonly type: 'trial-done'; readonly trial: TrialPlace; readonly measurement: TrialMeasurement }
  | { readonly type: 'trial-failed'; readonly trial: TrialPlace; readonly error: SerializedError }
  /** Stopped by a signal: `measurement` has what was measured until then; it is kept and never counted. */
  | { readonly type: 'trial-aborted'; readonly trial: TrialPlace; readonly measurement: TrialMeasurement | null };
