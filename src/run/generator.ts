/** Adds up what the workers and the host say of the generator: whether it was the limit is judged by that. Pure. */
import { mergeHistograms } from '../measure/histogram.ts';
import type { ProduceAssignment } from '../plan/assignment.ts';
import type { Capacity } from './headrooms.ts';
import type { HostFigures } from './host-watch.ts';
import { limitOf } from './limited-by.ts';
import type { GeneratorMeasurement, TrialMeasurement } from './measurement.ts';
import type { Pacing } from './pump.ts';
import type { ThreadReport, WorkerReport } from './protocol.ts';

/** What the figures depend on besides the reports. */
export interface GeneratorContext {
  readonly assignments: readonly { readonly role: string }[];
  readonly pacing: Pacing;
  readonly isOpenLoop: boolean;
  readonly measureMicros: number;
  readonly brokers: GeneratorMeasurement['brokers'];
  readonly capacity: Capacity | null;
  readonly host: HostFigures;
  readonly figures: Pick<TrialMeasurement, 'latencies' | 'batches'>;
}

/** The greatest of what is known; null where nothing is. */
function greatest(values: readonly (number | null)[]): number | null {
  const known = values.filter(value => value !== null);
  return known.length === 0 ? null : Math.max(...known);
}

/** The generator's figures. The reports of producing workers stand in the order of their assignments. */
export function generatorOf(reports: readonly WorkerReport[], context: GeneratorContext): GeneratorMeasurement {
  const threads = reports.map(({ thread }) => thread);
  const producing = reports.filter(report => report.role === 'produce');
  const workOf = (ofRole: readonly { readonly thread: ThreadReport }[]): number | null =>
    greatest(ofRole.map(({ thread }) => thread.workFraction));
  const cpuKnown = threads.every(({ cpuSeconds }) => cpuSeconds !== null);
  return {
    pacing: context.pacing,
    brokers: context.brokers,
    cpuSeconds: cpuKnown ? threads.reduce((sum, { cpuSeconds }) => sum + (cpuSeconds ?? 0), 0) : null,
    workFraction: workOf(producing),
    consumerWorkFraction: workOf(reports.filter(({ role }) => role === 'consume')),
    runQueueShare: greatest(threads.map(({ runQueueShare }) => runQueueShare)),
    turnGap: mergeHistograms(producing.map(({ turnGap }) => turnGap)).toData(),
    burst: mergeHistograms(producing.map(({ burst }) => burst)).toData(),
    gcPauseTotalMicros: threads.reduce((sum, { gcPauseTotalMicros }) => sum + gcPauseTotalMicros, 0),
    gcPauseMaxMicros: Math.max(0, ...threads.map(({ gcPauseMaxMicros }) => gcPauseMaxMicros)),
    ...context.host,
    headroom: context.isOpenLoop ? (context.capacity?.headroom ?? null) : null,
    limitedBy: context.isOpenLoop ? null : limitedBy(producing, context),
  };
}

function limitedBy(
  producing: readonly Extract<WorkerReport, { role: 'produce' }>[],
  { assignments, capacity, measureMicros, figures }: GeneratorContext,
): GeneratorMeasurement['limitedBy'] {
  const first = assignments.find((assignment): assignment is ProduceAssignment => assignment.role === 'produce');
  if (first === undefined) return null;
  const service = figures.latencies.service?.total ?? null;
  const workers = producing.map(({ producers, thread }, i) => ({
    ...thread,
    sentPerSecond: (producers.reduce((sum, { inWindow }) => sum + inWindow.sent, 0) * 1e6) / measureMicros,
    capacityPerSecond: capacity?.perSecond[i] ?? null,
  }));
  return limitOf(workers, {
    lingerMicros: first.client.lingerMicros,
    serviceMeanMicros:
      service === null || service.buckets.length === 0 ? null : mergeHistograms([service]).meanMicros(),
    batchFill: figures.batches === null ? null : figures.batches.bytesPerBatch / first.client.batchSizeBytes,
  });
}
