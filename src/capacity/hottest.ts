/** Tells how much of the load the fullest partition gets, from what trials acknowledged. Pure. */
import type { StoredTrial } from '../results/schema.ts';

/** Up to so much of an even share it is chance, or the batches of a partitioner, and more partitions make it less. */
const evenWithin = 1.1;

/**
 * The share of all messages of these trials that the fullest partition had. Trials of one search have topics of their own, whose
 * partitions are told by their places. Null where the partitions share evenly, where there is one alone, or none is known.
 */
export function hottestShareOf(trials: readonly Pick<StoredTrial, 'partitions'>[]): number | null {
  const partitions = Math.max(0, ...trials.map(trial => trial.partitions.length));
  const acked = Array.from({ length: partitions }, (_, place) =>
    trials.reduce((sum, trial) => sum + (trial.partitions[place]?.acked ?? 0), 0),
  );
  const all = acked.reduce((sum, one) => sum + one, 0);
  if (partitions < 2 || all === 0) return null;
  const share = Math.max(...acked) / all;
  return share <= evenWithin / partitions ? null : share;
}
