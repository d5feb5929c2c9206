/** Says what kept a load without a schedule from doing more. Pure. */
import type { LimitedBy } from './measurement.ts';

/** A producing worker's part in it. */
export interface WorkerLoad {
  readonly workFraction: number | null;
  readonly runQueueShare: number | null;
  readonly sentPerSecond: number;
  /** What it can send into a client that takes everything at once; null where that was not measured. */
  readonly capacityPerSecond: number | null;
}

/** How messages of a closed loop fared. */
export interface Waiting {
  readonly lingerMicros: number;
  /** From sent to acknowledged; null where nothing is acknowledged. */
  readonly serviceMeanMicros: number | null;
  /** How full batches were when they left; null where the client did not say. */
  readonly batchFill: number | null;
}

/** The thresholds of a worker's work fraction: up to the one it mostly waits, beyond the other it has no time left. */
const mostlyWaiting = 0.6;
const noTimeLeft = 0.85;

/**
 * A worker without time left is the limit: Highwater itself where its own path, by what it can do alone, took half of the time or more, else
 * the client. A worker that mostly waits, waits for the broker with all that it may have in flight; or, in batches that left before they
 * were full and spent half of the time or more on it, for the client's own linger. Between, and where workers mostly stood in line for a CPU, it
 * cannot be told: null.
 */
export function limitOf(workers: readonly WorkerLoad[], waiting: Waiting): LimitedBy | null {
  const known = workers.filter(({ workFraction }) => workFraction !== null);
  if (known.length === 0 || known.length < workers.length) return null;
  const busiest = known.reduce((a, b) => ((b.workFraction ?? 0) > (a.workFraction ?? 0) ? b : a));
  const work = busiest.workFraction ?? 0;
  if (work <= mostlyWaiting) return isLingering(waiting) ? 'client' : 'broker';
  if (work <= noTimeLeft || (busiest.runQueueShare ?? 0) > work / 2) return null;
  if (busiest.capacityPerSecond === null) return null;
  return busiest.sentPerSecond / busiest.capacityPerSecond >= work / 2 ? 'generator' : 'client';
}

function isLingering({ lingerMicros, serviceMeanMicros, batchFill }: Waiting): boolean {
  if (serviceMeanMicros === null || batchFill === null || batchFill > 0.9) return false;
  return lingerMicros <= serviceMeanMicros && lingerMicros >= serviceMeanMicros / 2;
}
