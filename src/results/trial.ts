/** Turns what a trial measured into its entry of the result document. Pure. */
import { Histogram, type HistogramData, mergeHistograms } from '../measure/histogram.ts';
import type { FaultsMeasurement, GroupMeasurement, TimedHistogram, TrialMeasurement } from '../run/measurement.ts';
import { brokersEntry } from './broker-figures.ts';
import type { Latency, StoredTrial } from './schema.ts';

/** A distribution's figures; null where it has no entry. */
export function latencyOf(data: HistogramData | null): Latency {
  if (data === null) return null;
  const histogram = mergeHistograms([data]);
  return histogram.count === 0 ? null : histogram.summary();
}

const totalOf = (timed: TimedHistogram | null): HistogramData | null => timed?.total ?? null;

/** What is stored of a trial. */
export function storedTrial(measurement: TrialMeasurement): StoredTrial {
  const { latencies, generator, counts } = measurement;
  const handled = Math.max(counts.acked, counts.sent);
  return {
    block: measurement.block,
    attempt: measurement.attempt,
    startedAt: measurement.startedAt,
    findings: [...measurement.findings],
    isOpenLoop: measurement.isOpenLoop,
    counts,
    totals: measurement.totals,
    rates: measurement.rates,
    ackMicros: latencyOf(totalOf(latencies.ack)),
    serviceMicros: latencyOf(totalOf(latencies.service)),
    endToEndMicros: latencyOf(totalOf(latencies.endToEnd)),
    scheduleLagMicros: latencyOf(latencies.scheduleLag.total),
    generatorLagMicros: latencyOf(latencies.generatorLag.total),
    blockedMicros: latencyOf(latencies.blocked.total),
    groups: measurement.groups.map(groupEntry),
    batches: measurement.batches,
    partitions: measurement.partitions.map(({ topic, partition, acked, consumed, ack, endToEnd }) => ({
      topic,
      partition,
      acked,
      consumed,
      ackMicros: latencyOf(ack),
      endToEndMicros: latencyOf(endToEnd),
    })),
    timeline: [...measurement.timeline],
    injected: measurement.injected,
    ...(measurement.faults === undefined ? {} : { faults: faultsEntry(measurement.faults) }),
    ...(measurement.brokers === undefined ? {} : { brokers: brokersEntry(measurement.brokers) }),
    ...(measurement.agents === undefined ? {} : { agents: [...measurement.agents] }),
    generator: {
      pacing: generator.pacing,
      brokers: generator.brokers,
      cpuSeconds: generator.cpuSeconds,
      cpuMicrosPerMessage:
        generator.cpuSeconds === null || handled === 0 ? null : (generator.cpuSeconds * 1e6) / handled,
      turnGapMicros: latencyOf(generator.turnGap),
      burstMessages: burstOf(generator.burst),
      gcPauseTotalMicros: generator.gcPauseTotalMicros,
      gcPauseMaxMicros: generator.gcPauseMaxMicros,
      cpuPressure: generator.cpuPressure,
      cpuPressureAvg10: generator.cpuPressureAvg10,
      workFraction: generator.workFraction,
      consumerWorkFraction: generator.consumerWorkFraction,
      runQueueShare: generator.runQueueShare,
      neighbourShare: generator.neighbourShare,
      throttledShare: generator.throttledShare,
      stealShare: generator.stealShare,
      headroom: generator.headroom,
      limitedBy: generator.limitedBy,
    },
    effective: {
      producer: { ...measurement.effective.producer },
      consumers: { ...measurement.effective.consumers },
      topic: { ...measurement.effective.topic },
    },
    windowMicros: measurement.windowMicros,
    warmupMicros: measurement.warmupMicros,
    durations: measurement.durations,
  };
}

function groupEntry(measured: GroupMeasurement): StoredTrial['groups'][number] {
  const { group, delivery, members, counts, endToEnd, lag, rebalances } = measured;
  return {
    group,
    delivery,
    members: members.map(({ consumed, partitions, endToEnd: ofMember }) => ({
      consumed,
      partitions: [...partitions],
      endToEndMicros: latencyOf(ofMember),
    })),
    counts,
    endToEndMicros: latencyOf(endToEnd.total),
    consumedBySecond: [...measured.consumedBySecond],
    proof: measured.proof,
    lag: { ...lag, samples: [...lag.samples], worstByPartition: [...lag.worstByPartition] },
    rebalances: [...rebalances],
    backlog: measured.backlog,
    handling: measured.handling,
  };
}

const faultsEntry = ({ injected, leaderChanges, gaps }: FaultsMeasurement): StoredTrial['faults'] => ({
  injected: injected.map(fault => ({ ...fault, brokers: [...fault.brokers] })),
  leaderChanges: [...leaderChanges],
  gaps: [...gaps],
});

function burstOf(data: HistogramData): StoredTrial['generator']['burstMessages'] {
  const burst = new Histogram();
  burst.add(data);
  return burst.count === 0
    ? null
    : { mean: burst.meanMicros(), p99: burst.percentileMicros(0.99), max: burst.maxMicros };
}
