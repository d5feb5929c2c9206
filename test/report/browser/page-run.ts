/** Builds whole runs for tests of their pages: many cells, messages in every second, a group, partitions; all of it seeded. */
import { Histogram } from '../../../src/measure/histogram.ts';
import { latencyGrid } from '../../../src/measure/latency-grid.ts';
import { figuresOf } from '../../../src/measure/second-figures.ts';
import type { RunTrial, StoredRun } from '../../../src/results/read.ts';
import { storedTrial } from '../../../src/results/trial.ts';
import type { TimedHistogram, TrialMeasurement } from '../../../src/run/measurement.ts';
import { aGroup } from '../../builders/group.ts';
import { normals } from '../../builders/noise.ts';
import { anEnvironment } from '../../builders/stored.ts';
import { aMeasurement, aRun } from '../../builders/trial.ts';

/** What a run is like; a test names what it is about. */
export interface PageRun {
  readonly cells: readonly PageCell[];
  readonly repeat: number;
  readonly seconds: number;
  /** Blocks that were finished; all unless said. */
  readonly finished?: number;
  readonly trial?: Partial<TrialMeasurement>;
  readonly header?: Partial<StoredRun['header']>;
  readonly run?: Partial<StoredRun>;
}

export interface PageCell {
  readonly id: string;
  readonly label: string;
  /** The median of its `ack`. */
  readonly ackMicros: number;
}

const perSecond = 200;

/** So many cells, each a quarter slower than the one before. */
export const someCells = (count: number): PageCell[] =>
  Array.from({ length: count }, (_, i) => ({
    id: `c${i}`,
    label: `acks=${i % 2 === 0 ? '1' : 'all'}, linger=${Math.floor(i / 2) * 5}ms`,
    ackMicros: 5_000 * (1 + i / 4),
  }));

/** The run as it would be read back. */
export function aPageRun({ cells, repeat, seconds, finished = repeat, trial, header, run }: PageRun): StoredRun {
  const trials = cells.map(({ id, ackMicros }, i) => [
    id,
    Array.from({ length: finished }, (_, block) => {
      const measured = aTrial(seconds, ackMicros, block * 100 + i);
      return runTrial({ ...measured, cell: id, block: block + 1, ...trial });
    }),
  ]);
  const made = aRun(Object.fromEntries(trials) as Record<string, RunTrial[]>, {
    repeat,
    question: 'What does each acks level cost in latency?',
    order: Array.from({ length: repeat }, (_, i) => cells.map(({ id }) => ({ block: i + 1, cell: id }))).flat(),
    cells: cells.map(({ id, label }) => ({ id, label, factors: { 'producers.acks': id } })),
    checks: [{ metric: 'ack.p99', min: null, max: 40_000, where: {}, group: null, every: null }],
    ...header,
  });
  return { ...made, environment: anEnvironment, ...run };
}

/** A trial with its distributions, as its logs tell them. */
function runTrial(measurement: TrialMeasurement): RunTrial {
  const { ack, service, endToEnd, scheduleLag } = measurement.latencies;
  const totals = { ack, service, endToEnd, scheduleLag };
  const known = Object.entries(totals).filter((entry): entry is [string, TimedHistogram] => entry[1] !== null);
  const byTime = known.filter(([name]) => name === 'ack' || name === 'endToEnd');
  return {
    cell: measurement.cell,
    trial: storedTrial(measurement),
    distributions: Object.fromEntries(known.map(([name, { total }]) => [name, total])),
    perSecond: Object.fromEntries(byTime.map(([name, timed]) => [name, figuresOf(timed.seconds)])),
    grids: Object.fromEntries(
      byTime.map(([name, timed]) => [name, latencyGrid(timed.seconds, measurement.windowMicros)]),
    ),
  };
}

/** A trial whose latencies are log-normal around a median, with lag and throughput second by second. */
function aTrial(seconds: number, ackMicros: number, seed: number): TrialMeasurement {
  const normal = normals(seed);
  const level = ackMicros * Math.exp(0.02 * normal());
  const ack = timed(seconds, () => level * Math.exp(0.35 * normal()));
  const count = seconds * perSecond;
  const each = Array.from({ length: seconds }, (_, second) => second);
  const usual = aMeasurement();
  const rate = { offeredPerSecond: perSecond, ackedPerSecond: perSecond, consumedPerSecond: perSecond };
  return aMeasurement({
    windowMicros: seconds * 1e6,
    counts: { ...usual.counts, scheduled: count, sent: count, acked: count, consumed: count, lost: 0 },
    totals: { ...usual.totals, sent: count, acked: count, appended: count },
    rates: { ...rate, ackedBytesPerSecond: perSecond * 1_024 },
    latencies: { ...usual.latencies, ack, service: ack, endToEnd: ack },
    partitions: Array.from({ length: 6 }, (_, partition) => {
      const share = Math.floor(count / 6) + (partition < count % 6 ? 1 : 0);
      return { topic: 't', partition, acked: share, consumed: share, ack: ack.total, endToEnd: ack.total };
    }),
    timeline: each.map(second => ({ second, sent: perSecond, acked: perSecond, failed: 0, consumed: perSecond })),
    groups: [
      aGroup({
        counts: { consumed: count, lost: 0, duplicated: 0, reordered: 0, expired: 0, unacknowledged: 0 },
        consumedBySecond: each.map(() => perSecond),
        endToEnd: ack,
        lag: {
          max: 30,
          end: 0,
          samples: each.map(second => ({
            atMicros: second * 1e6,
            unread: Math.round(Math.abs(10 + 5 * normal())),
            unreadOfWorstPartition: 4,
            uncommitted: 20,
          })),
          worstByPartition: [1, 2, 3, 4, 2, 1],
        },
      }),
    ],
  });
}

function timed(seconds: number, nextMicros: () => number): TimedHistogram {
  const total = new Histogram();
  const part = new Histogram();
  const parts = Array.from({ length: seconds }, (_, second) => {
    part.reset();
    for (let i = 0; i < perSecond; i++) part.record(Math.round(nextMicros()));
    const data = part.toData();
    total.add(data);
    return { second, data };
  });
  return { total: total.toData(), seconds: parts };
}
