/** What the result document holds of a search for capacity: its trials, what they came to, and what follows for a cluster of another size. */
import { z } from 'zod';

const count = z.int().min(0);
const share = z.number();
const perSecond = z.number();
const limits = { min: z.number().nullable(), max: z.number().nullable() };

/** What of a cluster can be at its end, as far as its brokers tell of themselves. */
const ClusterResource = z.enum(['broker-cpu', 'host-cpu', 'disk', 'network', 'request-handlers']);
export type ClusterResource = z.infer<typeof ClusterResource>;

/** What of a trial was at its end. */
export type LimitingResource = ClusterResource | 'client' | 'generator';

/** What a rate failed by. */
export const Criterion = z.discriminatedUnion('code', [
  z.strictObject({ code: z.literal('acknowledged-late'), share: share.describe('acknowledged in the window') }),
  z.strictObject({ code: z.literal('errors'), share: share.describe('without an acknowledgement') }),
  z.strictObject({
    code: z.literal('backlog-grows'),
    of: z.string().describe('producers, or a group'),
    sharePerSecond: share.describe('of the rate: the upper 95 % bound of the backlog’s slope'),
  }),
  z.strictObject({ code: z.literal('lag-left'), of: z.string(), messages: count }),
  z.strictObject({ code: z.literal('not-drained'), of: z.string() }),
  z.strictObject({ code: z.literal('not-steady') }).describe('over a window long enough to tell'),
  z.strictObject({
    code: z.literal('check'),
    metric: z.string(),
    group: z.string().nullable(),
    value: z.number(),
    ...limits,
  }),
]);
export type Criterion = z.infer<typeof Criterion>;

/** One trial of a search. */
export const Probe = z.strictObject({
  stage: z.enum(['bracket', 'bisect', 'confirm', 'soak', 'base']),
  block: z.int().min(1).optional().describe('of the trial in the cell; its last attempt counts'),
  ratePerSecond: perSecond,
  measureMicros: z.number(),
  tookMicros: z.number().describe('with its set-up, warm-up, drain and further attempts'),
  verdict: z
    .enum(['sustained', 'exceeded', 'limited', 'undecided'])
    .describe('limited: the generator or its client was at its end first; undecided: the trial shows nothing'),
  missed: z.array(Criterion),
  isDegraded: z.boolean().optional().describe('whether a trial that counts was disturbed by its generator or host'),
  limitedBy: z.enum(['generator', 'client']).nullable(),
  ranOut: ClusterResource.nullable()
    .optional()
    .describe(
      'what of the cluster was at its end at a rate that was exceeded; null where nothing told, missing where nothing was watched',
    ),
  latencyShare: share
    .nullable()
    .describe('the latency that comes nearest to its limit, in parts of it; null where no check limits one'),
  latencyShareOfHalves: z
    .tuple([share, share])
    .nullable()
    .describe('the same of the messages due in each half of the window; null where they are not known apart'),
  ackedPerSecond: perSecond.describe('by time of completion'),
});
export type Probe = z.infer<typeof Probe>;

/** A measured input of a sizing. */
const Measured = z.strictObject({
  value: z.number().describe('the median'),
  spread: z.number().describe('standard deviation of its logarithm'),
});

const quantiles = {
  point: count.describe('by the medians'),
  p50: count,
  p95: count.describe('enough with 95 % probability, by the spread of what was measured'),
};

/** How many partitions and brokers carry the target. */
export const SizingResult = z.strictObject({
  target: z.strictObject({
    bytesPerSecond: z.number(),
    retentionSeconds: z.number(),
    replication: z.int().min(1),
    readers: count.describe('how many times each message is read'),
    parallelism: count.describe('members of the largest group'),
    headroom: share,
    spareBrokers: count,
    hottestShare: share.nullable().describe('messages of the fullest partition; null where they share evenly'),
    seed: z.number(),
  }),
  rates: z.strictObject({
    producedBytesPerSecond: Measured.nullable().describe('of one partition'),
    consumedBytesPerSecond: Measured.nullable(),
    source: z.enum(['search', 'scenario']),
  }),
  partitions: z
    .strictObject({
      ...quantiles,
      recommended: count.describe('p95 or the members of the largest group, in a multiple of the brokers'),
      hottest: z.strictObject({ mostBytesPerSecond: z.number(), carriesTarget: z.boolean() }).nullable(),
    })
    .nullable()
    .describe('null where no rate of a partition is known'),
  brokers: z.strictObject({
    ...quantiles,
    byLimit: z.array(z.strictObject({ limit: z.string(), brokers: count })),
    limitedBy: z.string(),
    perBroker: z.strictObject({
      writtenBytesPerSecond: z.number(),
      sentBytesPerSecond: z.number(),
      storedBytes: z.number(),
    }),
  }),
});
export type SizingResult = z.infer<typeof SizingResult>;

/** A search for the highest rate that holds the scenario's checks. */
export const CapacityResult = z.strictObject({
  cell: z.string(),
  kind: z
    .enum(['capacity', 'unconfirmed', 'at-least', 'none', 'unfinished'])
    .describe('unconfirmed: single trials alone, which hold the true capacity about every second time'),
  because: z.enum(['nothing-sustained', 'undecided', 'budget']).nullable().describe('why there is none'),
  unit: z.literal('messages/s'),
  estimate: perSecond.nullable(),
  low: perSecond.nullable().describe('of the 95 % interval; of single trials the highest that was sustained'),
  high: perSecond.nullable().describe('of the 95 % interval; of single trials the lowest that was not'),
  method: z
    .enum(['latency', 'passes'])
    .nullable()
    .describe('latency: where 1/latency reaches the limit; passes: where half of the trials are sustained'),
  mostlyPerSecond: perSecond.nullable().describe('where 95 % of the trials are sustained, by the method of passes'),
  limitedBy: z
    .enum(['cluster', ...ClusterResource.options, 'generator', 'client'])
    .nullable()
    .describe(
      'cluster: what of it was at its end is not told; host-cpu: of a host that brokers share with the generator; with the generator or the client there is a lower bound alone',
    ),
  sustainedPerSecond: perSecond.nullable().describe('held for the whole soak; null where there was none, or none held'),
  returnsToBase: z
    .boolean()
    .nullable()
    .describe('whether the first rate was sustained again after all others; null where that was not tried'),
  bytesPerMessage: z.number().describe('of values, on average'),
  demands: z.array(z.strictObject({ metric: z.string(), group: z.string().nullable(), ...limits })),
  settings: z.strictObject({
    fromPerSecond: perSecond,
    resolution: share,
    budgetMicros: z.number(),
    soakMicros: z.number(),
    bracketMicros: z.number().describe('windows of trials that look for the first failure'),
    measureMicros: z.number().describe('windows of the others'),
    overheadMicros: z.number(),
    seed: z.number(),
  }),
  probes: z.array(Probe),
  sizing: SizingResult.nullable().describe('null where the scenario has no `sizing`'),
});
export type CapacityResult = z.infer<typeof CapacityResult>;

const Range = z.strictObject({ low: z.number(), high: z.number() });

/** How capacity grows with a factor, by the Universal Scalability Law. */
export const Scaling = z.strictObject({
  factor: z.string(),
  isConfirmed: z.boolean().describe('false where the middle of the gap between single trials stands for a capacity'),
  refused: z.string().nullable().describe('why there is no fit'),
  fit: z
    .strictObject({
      lambdaPerSecond: perSecond.describe('at a level of 1'),
      sigma: z.number().describe('the share that happens one at a time'),
      kappa: z.number().describe('what each pair costs'),
      intervals: z
        .strictObject({ lambdaPerSecond: Range, sigma: Range, kappa: Range })
        .nullable()
        .optional()
        .describe(
          '95 %, by a parametric bootstrap over the searches’ own intervals, or the scatter about the law where that is more; null where a search has none',
        ),
      peak: z
        .strictObject({
          n: z.number(),
          perSecond,
          interval: Range.nullable().optional().describe('of n; null where an end of it lies outside the levels'),
        })
        .nullable()
        .describe('where capacity is greatest; null where that lies outside the levels'),
      ceilingPerSecond: perSecond
        .nullable()
        .describe('which more comes near and never passes; null where there is none'),
      largestN: z.number(),
      atTwiceLargestPerSecond: perSecond.nullable().describe('of levels beyond, the searches say nothing'),
      atTwiceLargestInterval: Range.nullable().optional(),
      residual: z.number().describe('standard deviation of ln(searched / fitted)'),
    })
    .nullable(),
});
export type Scaling = z.infer<typeof Scaling>;
