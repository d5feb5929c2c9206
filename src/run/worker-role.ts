/** What a worker does in a trial, whether it produces or consumes. */
import type { EffectiveSettings } from '../drivers/driver.ts';
import type { WorkerProgress, WorkerReport } from './protocol.ts';

export interface WorkerRole extends AsyncDisposable {
  readonly effective: EffectiveSettings;
  /** Begins at the trial's common start. */
  start(startMicros: number): void;
  /** Sends no more and waits for outcomes, at most so long. */
  stop(waitMicros: number): Promise<void>;
  progress(): WorkerProgress;
  /** A consumer's next offset by topic and partition, over all its members; −1 where none has read anything. */
  positions?(): Float64Array;
  report(): WorkerReport;
}

/** What a role tells on its own account. */
export interface RoleEvents {
  windowResolved(): void;
  /** A consumer has moved on. */
  moved(): void;
  /** It cannot go on. */
  failed(error: unknown): void;
}
