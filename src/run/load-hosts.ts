/** The seam behind which the workers of a run are on other hosts than the orchestrator. */
import type { Assignment } from '../plan/assignment.ts';
import type { HostFigures } from './host-watch.ts';
import type { TrialMeasurement } from './measurement.ts';
import type { WorkerChannel } from './protocol.ts';

/** Where on its host a worker runs, and for what. */
export interface WorkerPlace {
  readonly in: 'thread' | 'process';
  readonly for: 'trial' | 'headroom';
}

/** Hosts that run workers. */
export interface LoadHosts {
  /** From the word to start until all start: time for the word to reach every host. */
  readonly startDelayMicros: number;
  /**
   * Begins a trial; resolves when all hosts are there.
   * @throws HarnessError 'environment' where one stays away
   */
  ready(signal: AbortSignal): Promise<void>;
  /** Opens a worker on one of them. */
  open(assignment: Assignment, place: WorkerPlace): WorkerChannel;
  /** Watches the hosts through the measured window of a trial; the figures are the worst of theirs. */
  watch(
    startMicros: number,
    spans: { readonly warmupMicros: number; readonly measureMicros: number },
  ): { figures(): Promise<HostFigures> };
  /** The trial's measurement with what each host did, and without what cannot be known across their clocks. */
  settle(measurement: TrialMeasurement): TrialMeasurement;
}
