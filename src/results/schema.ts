/** The result document, version 1: one strict schema that is the reader, the types and the published JSON Schema. */
import { z } from 'zod';
import { TrialBrokers } from './broker-figures.ts';
import { CapacityResult, Scaling } from './capacity.ts';
import { TrialAgent } from './agents.ts';
import { Comparison } from './comparison.ts';
import { Durability } from './durability.ts';
import { TrialFaults } from './faults.ts';
import { Against, CellPairs, CellSide, FoundWarmup, Looks, Resumption } from './design.ts';

export { Comparison } from './comparison.ts';

/** Raised when a reader of the version before would misread the document. */
export const schemaVersion = 1;

const count = z.int().min(0);
const micros = z.number();

/** A distribution's figures in µs; null where none can be given. */
export const Latency = z
  .strictObject({
    count,
    censored: count.describe('entries that are lower bounds: failed, unresolved or never sent, at the time-out'),
    min: micros,
    mean: micros,
    p50: micros,
    p90: micros,
    p95: micros,
    p99: micros,
    p999: micros,
    p9999: micros,
    max: micros,
  })
  .nullable();
export type Latency = z.infer<typeof Latency>;

export const Validity = z.enum(['valid', 'degraded', 'invalid']);
export type Validity = z.infer<typeof Validity>;

/** Something to know about a trial: a code and its values. The wording is the report's. */
export const Finding = z.looseObject({ code: z.string() });
export type Finding = z.infer<typeof Finding>;

const Counts = z.strictObject({
  scheduled: count,
  sent: count,
  acked: count,
  failed: count,
  unresolved: count,
  notSent: count,
  consumed: count,
  lost: count.nullable().describe('null where nothing read the messages back'),
  duplicated: count,
  reordered: count,
});

const Group = z.strictObject({
  group: z.string(),
  delivery: z.enum(['unicast', 'broadcast']),
  members: z.array(z.strictObject({ consumed: count, partitions: z.array(z.string()), endToEndMicros: Latency })),
  counts: z.strictObject({
    consumed: count,
    lost: count,
    duplicated: count,
    reordered: count,
    expired: count.describe('acknowledged, and removed by retention before they were read'),
    unacknowledged: count.default(0).describe('read, though the client never said that they were acknowledged'),
  }),
  proof: z
    .strictObject({
      compared: count.describe('messages held against the offset at which the broker said it had put them'),
      misplaced: count.describe('of those: another message stood there'),
      readAgain: count.describe('deliveries of an offset that the group had read before'),
      appendedTwice: count.describe('deliveries of a message that stands in the log more than once'),
      reorderedPerKey: count.nullable().describe('null where the order of keys is not watched'),
      keysOfSeveralPartitions: count.nullable().describe('keys that came from more than one partition of a topic'),
    })
    .optional()
    .describe('over the whole trial; missing from results of before it was kept'),
  endToEndMicros: Latency,
  consumedBySecond: z
    .array(count)
    .optional()
    .describe('read in each second of the window, whenever due; missing from results of before it was kept'),
  lag: z.strictObject({
    max: count,
    end: count,
    samples: z
      .array(
        z.strictObject({
          atMicros: micros,
          unread: count,
          unreadOfWorstPartition: count,
          uncommitted: count.nullable(),
        }),
      )
      .default([])
      .describe('about once a second, by the brokers’ end offsets'),
    worstByPartition: z.array(count).default([]),
  }),
  rebalances: z.array(
    z.strictObject({
      atMicros: micros.describe('since the start of the window'),
      durationMicros: micros.nullable().describe('null where the trial ended before'),
      reason: z.string().describe('join, leave, crash, several of them like join and leave, or unasked'),
      moved: count.default(0).describe('partitions that another member had afterwards'),
      longestUnownedMicros: micros.default(0).describe('the longest time for which one partition had no owner'),
      endToEndMaxMicros: micros
        .nullable()
        .default(null)
        .describe('the highest endToEnd of messages due in the seconds that it touched'),
    }),
  ),
  backlog: z
    .strictObject({
      waiting: count.describe('messages that waited when the group began'),
      releasedAtMicros: micros,
      joinedAfterMicros: micros.nullable(),
      caughtUpAfterMicros: micros.nullable().describe('null where the trial ended before'),
      drainedPerSecond: z.number().nullable(),
    })
    .nullable()
    .default(null),
  handling: z.strictObject({ failed: count, commits: count, refusedCommits: count }).nullable().default(null),
});

const Settings = z.record(z.string(), z.union([z.string(), z.number(), z.boolean()]));

/** A figure that some systems do not give: null there, and missing from results of before it was kept. */
const measured = z.number().nullable().optional();

/** What was measured in one trial, before anything is concluded from it. */
export const StoredTrial = z.strictObject({
  block: z.int().min(1),
  attempt: z.int().min(1),
  startedAt: z.iso.datetime(),
  findings: z.array(Finding),
  isOpenLoop: z.boolean(),
  counts: Counts,
  totals: z.strictObject({
    sent: count,
    acked: count,
    failed: count,
    unresolved: count,
    retries: count,
    appended: count,
  }),
  rates: z.strictObject({
    offeredPerSecond: z.number(),
    ackedPerSecond: z.number(),
    ackedBytesPerSecond: z.number(),
    consumedPerSecond: z.number(),
  }),
  ackMicros: Latency.describe('due to acknowledged; null at acks 0 and in closed loops'),
  serviceMicros: Latency.describe('sent to acknowledged'),
  endToEndMicros: Latency.describe("due to the consumer's handler"),
  scheduleLagMicros: Latency.describe('due to sent'),
  generatorLagMicros: Latency.describe("the generator's own share of scheduleLag"),
  blockedMicros: Latency.describe('due until the client took messages again, of those that had to wait'),
  groups: z.array(Group),
  batches: z.strictObject({ messagesPerBatch: z.number(), bytesPerBatch: z.number() }).nullable(),
  partitions: z.array(
    z.strictObject({
      topic: z.string(),
      partition: count,
      acked: count,
      consumed: count,
      ackMicros: Latency,
      endToEndMicros: Latency,
    }),
  ),
  timeline: z.array(z.strictObject({ second: z.int(), sent: count, acked: count, failed: count, consumed: count })),
  injected: z.strictObject({ unanswered: count, lost: count, duplicated: count, reordered: count }).nullable(),
  faults: TrialFaults.optional().describe('of trials of scenarios with faults alone'),
  brokers: TrialBrokers.optional().describe('what the brokers told of themselves; missing where they told nothing'),
  agents: z.array(TrialAgent).optional().describe('of trials whose load other hosts made: what each did'),
  generator: z.strictObject({
    pacing: z.enum(['spin', 'nap']),
    brokers: z
      .enum(['here', 'elsewhere', 'simulated'])
      .optional()
      .describe('here: on this host’s cores, beside the generator'),
    cpuSeconds: z.number().nullable(),
    cpuMicrosPerMessage: z.number().nullable(),
    turnGapMicros: Latency,
    burstMessages: z.strictObject({ mean: z.number(), p99: z.number(), max: z.number() }).nullable(),
    gcPauseTotalMicros: micros,
    gcPauseMaxMicros: micros,
    cpuPressure: z.number().nullable().describe('share of the window in which something on this host waited for a CPU'),
    cpuPressureAvg10: measured.describe('the same of its worst ten seconds'),
    workFraction: measured.describe('share of the window in which the busiest producing worker worked'),
    consumerWorkFraction: measured.describe('the same of the busiest worker of a group; null without groups too'),
    runQueueShare: measured.describe(
      'share of its worst ten seconds for which a worker’s thread stood in line for a CPU',
    ),
    neighbourShare: measured.describe(
      'share of the CPUs’ time that others on this host used: neither Highwater nor brokers that it has started',
    ),
    throttledShare: measured.describe('share of its control group’s periods in which a CPU quota was used up'),
    stealShare: measured.describe('share of the CPUs’ time that the hypervisor gave to others'),
    headroom: measured.describe(
      'what the generator can send into a client that takes everything, against what the schedule asks; at least that. Null without a schedule too',
    ),
    limitedBy: z
      .enum(['client', 'broker', 'generator'])
      .nullable()
      .optional()
      .describe('what kept a load without a schedule from doing more; null with one, and where it cannot be told'),
  }),
  effective: z.strictObject({
    producer: Settings,
    consumers: z.record(z.string(), Settings),
    topic: Settings.describe('what the topics set for themselves'),
  }),
  windowMicros: micros,
  warmupMicros: micros,
  durations: z.strictObject({ setupMicros: micros, loadMicros: micros, drainMicros: micros }),
});
export type StoredTrial = z.infer<typeof StoredTrial>;

/** Whether throughput and latency kept their level while they were measured. */
export const Steadiness = z.strictObject({
  assessed: z.boolean(),
  because: z
    .enum(['window-too-short', 'load-not-constant', 'no-data'])
    .nullable()
    .describe('why it was not assessed: a window below 120 s, stages, or no figures by second'),
  isSteady: z.boolean().nullable().describe('over the observed window; null where it was not assessed'),
  latency: z.enum(['ack', 'endToEnd']).nullable().describe('of which p50 and p99 are'),
  cutSeconds: z
    .number()
    .nullable()
    .describe(
      'the beginning of the window that MSER-5 would leave out, the largest over the series; nothing was left out',
    ),
  atCap: z.array(z.enum(['acked', 'p50', 'p99'])).describe('series that had found no level after half of the window'),
  drifts: z
    .strictObject({ acked: z.number().nullable(), p50: z.number().nullable(), p99: z.number().nullable() })
    .describe('change from the first to the last twelfth of what is left, as a share of the median'),
  background: z
    .strictObject({ segmentRolls: count, retentionDeletes: count })
    .optional()
    .describe('cycles of the brokers within the window, of a partition on average; missing where it was not assessed'),
});
export type Steadiness = z.infer<typeof Steadiness>;

export const Trial = StoredTrial.extend({
  validity: Validity,
  steadiness: Steadiness.optional().describe('missing from results of before it was kept'),
});
export type Trial = z.infer<typeof Trial>;

/** A metric over a cell's trials. */
export const Summary = z.strictObject({
  estimate: z.number().describe('geometric mean over trials for latencies and rates, else the mean'),
  low: z.number().nullable(),
  high: z.number().nullable(),
  interval: z
    .enum(['confidence-95', 'range'])
    .describe('range: the trials’ least and greatest, where they are too few'),
  pooled: z.number().nullable().describe('of all trials’ messages together'),
  trials: z.int().min(1),
  censored: z.boolean().describe('the estimate is a lower bound'),
});
export type Summary = z.infer<typeof Summary>;

const Level = z.union([z.string(), z.number(), z.boolean()]);

const Partitioning = z.strictObject({
  strategy: z.string(),
  by: z.enum(['harness', 'client']),
  keeps: z
    .enum(['order per key', 'order per partition only', 'as its module decides'])
    .describe('which messages a reader gets in the order in which their producer sent them'),
});

const AskedSettings = z.strictObject({ producer: Settings, consumers: z.record(z.string(), Settings) });
export type AskedSettings = z.infer<typeof AskedSettings>;

export const Cell = z.strictObject({
  id: z.string(),
  label: z.string(),
  factors: z.record(z.string(), Level),
  side: CellSide.optional().describe('of runs with --against alone'),
  partitioning: Partitioning.optional().describe('missing from results of before it was kept'),
  hasKeys: z.boolean().optional().describe('whether messages have keys; missing from results of before it was kept'),
  asked: AskedSettings.optional().describe(
    'what the scenario asks of its clients, under the names of the trials’ effective settings',
  ),
  trials: z.array(Trial),
  failures: z.array(z.strictObject({ block: z.int(), attempt: z.int(), message: z.string(), aborted: z.boolean() })),
  summary: z.record(z.string(), Summary),
});
export type Cell = z.infer<typeof Cell>;

export const CheckResult = z.strictObject({
  metric: z.string(),
  min: z.number().nullable(),
  max: z.number().nullable(),
  group: z.string().nullable(),
  where: z.record(z.string(), z.unknown()),
  every: z.number().nullable(),
  verdict: z.enum(['pass', 'fail', 'no-data']),
  cells: z.int().min(0),
  failed: z.array(z.string()).describe('cells that miss the demand'),
  worst: z
    .strictObject({
      cell: z.string(),
      value: z.number(),
      block: z.int().optional(),
      attempt: z.int().optional(),
      fromSecond: z
        .number()
        .optional()
        .describe('of the window: where the span began; missing where it is no span’s value'),
    })
    .nullable(),
  spans: z
    .strictObject({
      judged: count.describe('whole spans of all trials'),
      failed: count.describe('of those: spans that miss the demand, or have no data'),
      withoutData: count,
    })
    .optional()
    .describe('of checks with `every` alone'),
});
export type CheckResult = z.infer<typeof CheckResult>;

/** What came of holding a run against a baseline. */
export const Gate = z.strictObject({
  baseline: z.string().nullable().describe('the reference; null where there was none'),
  baselineRunId: z.string().nullable(),
  verdict: z.enum(['pass', 'fail', 'inconclusive', 'not comparable']),
  exitCode: z.int(),
  reasons: z.array(z.string()).describe('the gate’s own: those of the run that it fails on, and what it found'),
  differences: z.array(z.string()).describe('in what the two runs differ'),
  comparisons: z.array(Comparison).describe('a: the baseline’s cell, b: the run’s'),
  newCells: z.array(z.string()).describe('labels of cells that the baseline does not have'),
  goneCells: z.array(z.string()),
});
export type Gate = z.infer<typeof Gate>;

export const Result = z.strictObject({
  schemaVersion: z.literal(schemaVersion),
  name: z.string(),
  question: z.string().nullable(),
  tags: z.record(z.string(), z.string()),
  runId: z.string(),
  title: z.string().optional().describe('what --name called the run'),
  labels: z.record(z.string(), z.string()).optional().describe('of --label'),
  resumed: z
    .array(Resumption)
    .optional()
    .describe('each time the run went on after it had been interrupted or killed; missing where it never was'),
  seed: z.number(),
  repeat: z.int().min(1),
  startedAt: z.iso.datetime(),
  finishedAt: z.iso.datetime().nullable(),
  exitCode: z.int(),
  reasons: z.array(z.string()),
  overridden: z.record(z.string(), z.string()).describe('settings given on the command line'),
  environment: z.record(z.string(), z.unknown()),
  order: z.array(z.strictObject({ block: z.int(), cell: z.string() })),
  referenceCell: z.string(),
  cells: z.array(Cell),
  comparisons: z.array(Comparison),
  pairs: CellPairs.optional(),
  against: Against.optional().describe('of runs with --against alone'),
  looks: Looks.optional().describe('of runs with --extend alone'),
  warmup: FoundWarmup.optional().describe('of runs with `warmup: auto` alone'),
  checks: z.array(CheckResult),
  gate: Gate.optional().describe('of runs with --gate alone'),
  warnings: z.array(z.strictObject({ code: z.string(), message: z.string() })),
  durability: Durability.optional().describe('of runs with faults alone: each cell’s that had any'),
  capacity: CapacityResult.nullable().describe('of `highwater capacity` runs alone: the first cell’s'),
  searches: z
    .array(CapacityResult)
    .optional()
    .describe('of `highwater capacity` runs of several cells alone: each cell’s'),
  scaling: Scaling.optional().describe('of such runs whose cells differ in one number'),
});
export type Result = z.infer<typeof Result>;

/** The published JSON Schema of result.json. */
export function resultJsonSchema(): unknown {
  return z.toJSONSchema(Result, { target: 'draft-07' });
}
