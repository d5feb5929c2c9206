/** Judges whether the generator, not the broker, was the limit: valid, degraded or invalid, with findings that say why. */
import type { Finding, Latency, StoredTrial, Validity } from '../results/schema.ts';

export interface Judgement {
  readonly validity: Validity;
  readonly findings: readonly Finding[];
}

/** One signal's judgement and the finding that goes with it, if it is not valid. */
interface Signal {
  readonly validity: Validity;
  readonly finding: Finding;
}

const order: readonly Validity[] = ['valid', 'degraded', 'invalid'];

/** Where the conditions for valid and for invalid both hold, valid wins. */
const judged = (isValid: boolean, isInvalid: boolean): Validity =>
  isValid ? 'valid' : isInvalid ? 'invalid' : 'degraded';

/**
 * A trial's validity: the worst of its signals. A closed loop is not judged by its schedule, for it has none. Latencies of the
 * generator are held against `ack`, else `endToEnd`; a trial with neither is judged by what was sent alone.
 */
export function judgeTrial(trial: StoredTrial): Judgement {
  const signals = [
    sentSignal(trial),
    ...(trial.isOpenLoop ? scheduleSignals(trial) : []),
    rebalanceSignal(trial),
    behindSignal(trial),
    stallSignal(trial),
  ];
  const poor = signals.filter(signal => signal !== null && signal.validity !== 'valid') as Signal[];
  const worst = Math.max(0, ...poor.map(({ validity }) => order.indexOf(validity)));
  return {
    validity: order[worst] as Validity,
    findings: poor.map(({ finding, validity }) => ({ ...finding, validity })),
  };
}

function sentSignal({ counts }: StoredTrial): Signal | null {
  if (counts.scheduled === 0) return { validity: 'invalid', finding: { code: 'nothing-scheduled' } };
  const share = counts.sent / counts.scheduled;
  return {
    validity: judged(share >= 0.999, share < 0.99),
    finding: { code: 'not-all-sent', scheduled: counts.scheduled, sent: counts.sent },
  };
}

function scheduleSignals(trial: StoredTrial): (Signal | null)[] {
  const reference = trial.ackMicros ?? trial.endToEndMicros;
  if (reference === null) return [];
  return [
    lagSignal(trial.generatorLagMicros, reference),
    gapSignal(trial.generator.turnGapMicros, reference),
    gcSignal(trial, reference),
  ];
}

/** Below this a lag is the clock's and the loop's grain, whatever it is compared with. */
const lagFloorMicros = 100;

function lagSignal(lag: Latency, reference: NonNullable<Latency>): Signal | null {
  if (lag === null) return null;
  const isValid =
    lag.p50 <= Math.max(lagFloorMicros, 0.05 * reference.p50) &&
    lag.p99 <= Math.max(lagFloorMicros, 0.05 * reference.p99);
  return {
    validity: judged(isValid, lag.p99 > 0.2 * reference.p99),
    finding: {
      code: 'schedule-not-held',
      lagP50Micros: lag.p50,
      lagP99Micros: lag.p99,
      latencyP99Micros: reference.p99,
    },
  };
}

function gapSignal(gap: Latency, reference: NonNullable<Latency>): Signal | null {
  if (gap === null) return null;
  return {
    validity: judged(gap.p999 <= 5_000 && gap.max <= 20_000, gap.p999 > 0.25 * reference.p99),
    finding: {
      code: 'event-loop-paused',
      gapP999Micros: gap.p999,
      gapMaxMicros: gap.max,
      latencyP99Micros: reference.p99,
    },
  };
}

function gcSignal({ generator, windowMicros }: StoredTrial, reference: NonNullable<Latency>): Signal {
  const share = generator.gcPauseTotalMicros / windowMicros;
  return {
    validity: judged(share <= 0.01 && generator.gcPauseMaxMicros <= Math.max(1_000, 0.1 * reference.p99), share > 0.05),
    finding: { code: 'garbage-collection', share, maxMicros: generator.gcPauseMaxMicros },
  };
}

/** Members that come and go inside the window measure the rebalance, not the group. */
function rebalanceSignal({ findings }: StoredTrial): Signal | null {
  const rebalanced = findings.find(({ code }) => code === 'rebalanced');
  return rebalanced === undefined ? null : { validity: 'invalid', finding: { code: 'rebalance-in-window' } };
}

/** A group that was too slow to read everything shows what it read, and not what the load would have been for it. */
function behindSignal({ findings }: StoredTrial): Signal | null {
  const behind = findings.find(
    finding => finding.code === 'consumers-did-not-catch-up' && finding['isStalled'] === false,
  );
  return behind === undefined
    ? null
    : { validity: 'invalid', finding: { code: 'group-left-behind', group: behind['group'] } };
}

/** A client that stops reading is a fact of that client, and its latencies are those of the stall. */
function stallSignal({ findings }: StoredTrial): Signal | null {
  const stalled = findings.find(({ code }) => code === 'consumer-stalled');
  return stalled === undefined
    ? null
    : { validity: 'degraded', finding: { code: 'stall-in-trial', group: stalled['group'] } };
}
