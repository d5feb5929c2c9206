/** Builds trials and runs for tests: what a test does not name is a plain, healthy default. */
import { Histogram, type HistogramData } from '../../src/measure/histogram.ts';
import type { RunTrial, StoredRun } from '../../src/results/read.ts';
import type { StoredTrial } from '../../src/results/schema.ts';
import { storedTrial } from '../../src/results/trial.ts';
import type { TimedHistogram, TrialMeasurement } from '../../src/run/measurement.ts';

/** A distribution of these latencies. */
export function histogramOf(entries: readonly (readonly [micros: number, count: number])[]): HistogramData {
  const histogram = new Histogram();
  for (const [micros, count] of entries) histogram.record(micros, count);
  return histogram.toData();
}

/** A distribution whose percentiles from p50 to p99 are `p50` and whose top 1 % are `p99` and more. */
export function latency(p50Micros: number, p99Micros = p50Micros * 2): TimedHistogram {
  const data = histogramOf([
    [p50Micros, 19_780],
    [p99Micros, 220],
  ]);
  return { total: data, seconds: [{ second: 0, data }] };
}

/** A measurement of 20,000 messages, all acknowledged in time. */
export function aMeasurement(over: Partial<TrialMeasurement> = {}): TrialMeasurement {
  const prompt = latency(20, 40);
  return {
    cell: 'one',
    block: 1,
    attempt: 1,
    startedAt: '2026-01-01T00:00:00.000Z',
    windowStartUnixMillis: Date.parse('2026-01-01T00:00:05.000Z'),
    isOpenLoop: true,
    windowMicros: 20e6,
    warmupMicros: 5e6,
    deliveryTimeoutMicros: 120e6,
    durations: { setupMicros: 1e6, loadMicros: 25e6, drainMicros: 1e6 },
    counts: {
      scheduled: 20_000,
      sent: 20_000,
      acked: 20_000,
      failed: 0,
      unresolved: 0,
      notSent: 0,
      consumed: 0,
      lost: null,
      duplicated: 0,
      reordered: 0,
    },
    totals: { sent: 25_000, acked: 25_000, failed: 0, unresolved: 0, retries: 0, appended: 25_000 },
    rates: { offeredPerSecond: 1_000, ackedPerSecond: 1_000, ackedBytesPerSecond: 1_024_000, consumedPerSecond: 0 },
    latencies: {
      ack: latency(5_000),
      service: latency(4_900),
      endToEnd: null,
      scheduleLag: prompt,
      generatorLag: prompt,
      blocked: { total: histogramOf([]), seconds: [] },
    },
    groups: [],
    partitions: [],
    batches: { messagesPerBatch: 5, bytesPerBatch: 5_120 },
    injected: null,
    generator: {
      pacing: 'spin',
      brokers: 'elsewhere',
      cpuSeconds: 2,
      workFraction: 0.1,
      consumerWorkFraction: null,
      runQueueShare: 0.01,
      turnGap: histogramOf([[100, 1_000]]),
      burst: histogramOf([[1, 1_000]]),
      gcPauseTotalMicros: 10_000,
      gcPauseMaxMicros: 400,
      cpuPressure: 0.01,
      cpuPressureAvg10: 0.02,
      neighbourShare: 0.01,
      throttledShare: 0,
      stealShare: 0,
      headroom: 100,
      limitedBy: null,
    },
    timeline: [{ second: 0, sent: 1_000, acked: 1_000, failed: 0, consumed: 0 }],
    effective: { producer: { acks: 'all' }, consumers: {}, topic: {} },
    findings: [],
    ...over,
  };
}

/** A trial as it is read back from disk. */
export function aRunTrial(over: Partial<TrialMeasurement> = {}, stored: Partial<StoredTrial> = {}): RunTrial {
  const measurement = aMeasurement(over);
  const { ack, service, endToEnd } = measurement.latencies;
  return {
    cell: measurement.cell,
    trial: { ...storedTrial(measurement), ...stored },
    distributions: {
      ...(ack && { ack: ack.total }),
      ...(service && { service: service.total }),
      ...(endToEnd && { endToEnd: endToEnd.total }),
    },
  };
}

/** Trials of one cell, block by block, whose `ack` is as given. */
export function aCell(cell: string, ackMicros: readonly number[], over: Partial<TrialMeasurement> = {}): RunTrial[] {
  return ackMicros.map((p50, i) =>
    aRunTrial({ cell, block: i + 1, latencies: { ...aMeasurement().latencies, ack: latency(p50) }, ...over }),
  );
}

/** A run of cells with factor `acks`. */
export function aRun(
  cells: Readonly<Record<string, readonly RunTrial[]>>,
  over: Partial<StoredRun['header']> = {},
): StoredRun {
  const ids = Object.keys(cells);
  const repeat = Math.max(...Object.values(cells).map(trials => trials.length));
  return {
    folder: 'reports/acks/run',
    startedAt: '2026-01-01T00:00:00.000Z',
    finishedAt: '2026-01-01T00:10:00.000Z',
    lastAt: '2026-01-01T00:10:00.000Z',
    plan: null,
    flags: {},
    resumed: [],
    isExtended: false,
    environment: { node: '24.21.0' },
    lastEnvironment: { node: '24.21.0' },
    trials: Object.values(cells).flat(),
    failures: [],
    reasons: [],
    header: {
      name: 'acks',
      question: 'What does each acks level cost?',
      tags: {},
      runId: '2026-01-01T00-00-00Z-abcd',
      seed: 42,
      repeat,
      order: Array.from({ length: repeat }, (_, i) => ids.map(cell => ({ block: i + 1, cell }))).flat(),
      referenceCell: ids[0] ?? '',
      warnings: [],
      overridden: {},
      cells: ids.map(id => ({ id, label: `acks=${id}`, factors: { 'producers.acks': id } })),
      checks: [],
      compare: { primary: ['ack.p99'], delta: { default: 0.05 } },
      promises: Object.fromEntries(
        ids.map(id => [id, { acks: 'all', idempotence: false, maxInFlightRequests: 5, simulated: false }]),
      ),
      ...over,
    },
  };
}
