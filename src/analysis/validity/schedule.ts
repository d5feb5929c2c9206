/** Signals of the generator's own time: did it keep its schedule, and did it have time and strength to spare? Open loops alone have a schedule. */
import type { Latency, StoredTrial } from '../../results/schema.ts';
import { judged, judgedShare, type Signal } from './signal.ts';

/** Below this a lag at p99, or a pause, is the loop's grain, whatever it is compared with … */
const floorMicros = 100;
/** … and a lag at p50. */
const p50FloorMicros = 20;

/** What the generator's lag is held against: `ack`, else `endToEnd`. Without either nothing can be invalid by it, nor valid beyond the floors. */
export const referenceOf = ({ ackMicros, endToEndMicros }: StoredTrial): Latency => ackMicros ?? endToEndMicros;

/** Of the generator's lag at p99, as a share of the latency at p99. */
export const lagThresholds = { validTo: 0.05, invalidBeyond: 0.2 };

/** Due, or the instant when the client could take the message, to sent. */
export const scheduleLag: Signal = trial => {
  const { generatorLagMicros: lag, isOpenLoop } = trial;
  if (!isOpenLoop || lag === null) return null;
  const reference = referenceOf(trial);
  const { p50, p99 } = reference ?? { p50: 0, p99: 0 };
  const { validTo, invalidBeyond } = lagThresholds;
  const isValid = lag.p50 <= Math.max(p50FloorMicros, validTo * p50) && lag.p99 <= Math.max(floorMicros, validTo * p99);
  return {
    validity: judged(isValid, reference !== null && lag.p99 > invalidBeyond * p99),
    finding: {
      code: 'schedule-not-held',
      lagP50Micros: lag.p50,
      lagP99Micros: lag.p99,
      latencyP99Micros: reference?.p99 ?? null,
    },
  };
};

/** Time between turns of the pump in which something else ran, or nothing. */
export const turnGap: Signal = trial => {
  const { turnGapMicros: gap } = trial.generator;
  if (!trial.isOpenLoop || gap === null) return null;
  const reference = referenceOf(trial);
  return {
    validity: judged(gap.p999 <= 5_000 && gap.max <= 20_000, reference !== null && gap.p999 > 0.25 * reference.p99),
    finding: {
      code: 'event-loop-paused',
      gapP999Micros: gap.p999,
      gapMaxMicros: gap.max,
      latencyP99Micros: reference?.p99 ?? null,
    },
  };
};

export const garbageCollection: Signal = trial => {
  if (!trial.isOpenLoop) return null;
  const { gcPauseTotalMicros, gcPauseMaxMicros } = trial.generator;
  const share = gcPauseTotalMicros / trial.windowMicros;
  const longest = Math.max(floorMicros, 0.1 * (referenceOf(trial)?.p99 ?? 0));
  return {
    validity: judged(share <= 0.01 && gcPauseMaxMicros <= longest, share > 0.05),
    finding: { code: 'garbage-collection', share, maxMicros: gcPauseMaxMicros },
  };
};

/** Of the time that producing takes. */
export const workThresholds = { validTo: 0.6, invalidBeyond: 0.85 };

export const workFraction: Signal = ({ isOpenLoop, generator }) =>
  isOpenLoop
    ? judgedShare(generator.workFraction, workThresholds, { code: 'generator-busy', unmeasured: 'work of producers' })
    : null;

export const consumerWorkFraction: Signal = ({ isOpenLoop, generator, groups }) =>
  isOpenLoop && groups.length > 0
    ? judgedShare(generator.consumerWorkFraction, workThresholds, {
        code: 'consumers-busy',
        unmeasured: 'work of consumers',
      })
    : null;

/** What the generator alone could carry of the same load. */
export const headroom: Signal = ({ isOpenLoop, generator: { headroom: ratio } }) => {
  if (!isOpenLoop || ratio === undefined) return null;
  if (ratio === null) return { unmeasured: 'headroom' };
  return { validity: judged(ratio >= 2, ratio < 1.3), finding: { code: 'little-headroom', ratio } };
};
