/** The metrics that a check or a comparison may name, with the unit of each. */
import { keysOf } from '../support/registry.ts';

/** What a metric is counted in; durations are microseconds. */
export type MetricUnit = 'micros' | 'messages' | 'bytes' | 'ratio' | 'messagesPerSecond' | 'bytesPerSecond';

/** What is known of a metric. */
export interface MetricFacts {
  readonly unit: MetricUnit;
  /** Whether each consumer group has its own. */
  readonly perGroup: boolean;
  /** What a trial must have so that the metric has data. */
  readonly needs: 'nothing' | 'acknowledgements' | 'schedule' | 'consumers';
}

const statistics = ['p50', 'p90', 'p95', 'p99', 'p999', 'p9999', 'mean', 'min', 'max'] as const;
type Statistic = (typeof statistics)[number];

/** Every statistic of a distribution has the same facts. */
function distribution<N extends string>(name: N, facts: Omit<MetricFacts, 'unit'>) {
  const entries = statistics.map(statistic => [`${name}.${statistic}`, { unit: 'micros', ...facts }]);
  return Object.fromEntries(entries) as Record<`${N}.${Statistic}`, MetricFacts>;
}

const ofTrial = { unit: 'messages', perGroup: false, needs: 'nothing' } as const;
const ofGroups = { unit: 'messages', perGroup: true, needs: 'consumers' } as const;

/** Every metric by name. */
export const metrics = {
  ...distribution('ack', { perGroup: false, needs: 'schedule' }),
  ...distribution('service', { perGroup: false, needs: 'acknowledgements' }),
  ...distribution('endToEnd', { perGroup: true, needs: 'consumers' }),
  ...distribution('scheduleLag', { perGroup: false, needs: 'schedule' }),
  lost: { unit: 'messages', perGroup: true, needs: 'nothing' },
  duplicated: ofGroups,
  reordered: ofGroups,
  /** Acknowledged, and removed by retention before the group read them. */
  expired: ofGroups,
  /** Read after a later message of their producer and key. */
  reorderedPerKey: ofGroups,
  /** Deliveries of an offset that the group had read before. */
  readAgain: ofGroups,
  failed: ofTrial,
  unresolved: ofTrial,
  notSent: ofTrial,
  offeredPerSecond: { unit: 'messagesPerSecond', perGroup: false, needs: 'nothing' },
  ackedPerSecond: { unit: 'messagesPerSecond', perGroup: false, needs: 'acknowledgements' },
  ackedBytesPerSecond: { unit: 'bytesPerSecond', perGroup: false, needs: 'acknowledgements' },
  consumedPerSecond: { unit: 'messagesPerSecond', perGroup: true, needs: 'consumers' },
  messagesPerBatch: ofTrial,
  bytesPerBatch: { unit: 'bytes', perGroup: false, needs: 'nothing' },
  /** The fullest partition's messages against the mean partition's. */
  partitionSkew: { unit: 'ratio', perGroup: false, needs: 'nothing' },
  'lag.max': ofGroups,
  'lag.end': ofGroups,
  /** The longest rebalance. */
  'rebalance.max': { unit: 'micros', perGroup: true, needs: 'consumers' },
  /** From a group's beginning behind a backlog until it was less than a second of messages behind. */
  caughtUpAfter: { unit: 'micros', perGroup: true, needs: 'consumers' },
  drainedPerSecond: { unit: 'messagesPerSecond', perGroup: true, needs: 'consumers' },
} as const satisfies Record<string, MetricFacts>;

export type MetricName = keyof typeof metrics;

/** Whether more of it is better. Metrics of neither kind (what was offered) are never compared. */
export const higherIsBetter: ReadonlySet<string> = new Set([
  'ackedPerSecond',
  'ackedBytesPerSecond',
  'consumedPerSecond',
  'drainedPerSecond',
  'messagesPerBatch',
  'bytesPerBatch',
]);

export const metricNames = keysOf(metrics);
