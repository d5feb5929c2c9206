/** Signals of the host: did others, a quota or a hypervisor take CPUs that the generator wanted? */
import type { StoredTrial } from '../../results/schema.ts';
import { judgedShare, type Signal } from './signal.ts';

/** Kernels count in ticks of 4 to 10 ms, and let threads work for some milliseconds at a time: of a shorter window a few per cent mean nothing. */
const shortestMicros = 1e6;

/** A share of the window's time, which is not known of a short one. */
const shareOf = ({ windowMicros }: StoredTrial, share: number | null | undefined): number | null | undefined =>
  share !== undefined && windowMicros < shortestMicros ? null : share;

const contention = { validTo: 0.05, invalidBeyond: 0.2 };

/**
 * Whether CPUs were fought for. On a host of the generator's own, Linux's pressure says it. Brokers on the same cores wait for CPUs too, which
 * is part of what is measured there: then only what the generator's own threads had to wait counts; so it does where a system knows no pressure.
 */
export const cpuContention: Signal = trial => {
  const { brokers, runQueueShare, cpuPressureAvg10 } = trial.generator;
  if (brokers === undefined) return null;
  return brokers === 'elsewhere' && (cpuPressureAvg10 !== null || runQueueShare === null)
    ? judgedShare(shareOf(trial, cpuPressureAvg10), contention, { code: 'cpu-pressure', unmeasured: 'CPU pressure' })
    : judgedShare(shareOf(trial, waitOf(trial)), contention, {
        code: 'waited-for-cpu',
        brokers,
        unmeasured: 'waiting for a CPU',
      });
};

/**
 * A load without a schedule takes all the CPU there is, and then Highwater's threads and its brokers stand in line for each other: that
 * is what it measures. It is held to no more waiting than others can have caused.
 */
function waitOf({ isOpenLoop, generator: { runQueueShare, neighbourShare } }: StoredTrial): number | null | undefined {
  if (isOpenLoop || typeof runQueueShare !== 'number' || typeof neighbourShare !== 'number') return runQueueShare;
  return Math.min(runQueueShare, neighbourShare);
}

/** A quota of the control group that was used up. */
export const throttling: Signal = trial =>
  judgedShare(
    shareOf(trial, trial.generator.throttledShare),
    { validTo: 0, invalidBeyond: 0.01 },
    {
      code: 'throttled',
      unmeasured: 'throttling by a CPU quota',
    },
  );

export const steal: Signal = trial =>
  judgedShare(
    shareOf(trial, trial.generator.stealShare),
    { validTo: 0.01, invalidBeyond: 0.05 },
    {
      code: 'cpu-stolen',
      unmeasured: 'CPU time stolen by a hypervisor',
    },
  );
