/** What a worker does in a trial, whether it produces or consumes. */
import type { EffectiveSettings } from '../drivers/driver.ts';
import type { OwnershipChange, RoleProgress, WorkerReport } from './protocol.ts';

export interface WorkerRole extends AsyncDisposable {
  readonly effective: EffectiveSettings;
  /** Begins at the trial's common start. */
  start(startMicros: number): void;
  /** Sends no more and waits for outcomes, at most so long. */
  stop(waitMicros: number): Promise<void>;
  progress(): RoleProgress;
  /** By group at the broker: a consumer's next offset by topic and partition, over all its members; −1 where none has read anything. */
  positions?(): ReadonlyMap<string, Float64Array>;
  /** Whether it reports only when it has closed: what comes while it closes counts. */
  readonly reportsLast: boolean;
  report(): WorkerReport;
  /** A consumer does nothing any more, as if it had died, and holds on to all that it has open. */
  freeze?(): void;
}

/** What a role tells on its own account. */
export interface RoleEvents {
  windowResolved(): void;
  /** A consumer has moved on. */
  moved(): void;
  /** What a member owns has changed. */
  owns(change: OwnershipChange): void;
  /** It cannot go on. */
  failed(error: unknown): void;
}
