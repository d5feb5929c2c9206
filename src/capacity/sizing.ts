/** Says how many partitions and brokers carry a target, from what one partition and one broker were measured to carry. Pure. */
import { seededRandom } from '../support/random.ts';
import { type Measured, type Quantiles, quantilesOf } from './spread.ts';

/** What the cluster is to carry. Bytes are those of messages as they are sent, once: replicas and readers are counted here. */
export interface SizingTarget {
  readonly bytesPerSecond: number;
  readonly retentionSeconds: number;
  readonly replication: number;
  /** How many times each message is read: groups, and each member of one that broadcasts. */
  readonly readers: number;
  /** Members of the largest group: with fewer partitions some have nothing to do. */
  readonly parallelism: number;
  /** The share of what a partition can do that is left free. */
  readonly headroom: number;
  readonly spareBrokers: number;
  /** Messages of the fullest partition, as a share of all; null where the partitions share evenly. */
  readonly hottestShare: number | null;
  readonly seed: number;
}

/** What one partition carries; null where it was not measured. */
export interface PartitionRates {
  readonly producedBytesPerSecond: Measured | null;
  readonly consumedBytesPerSecond: Measured | null;
}

/** What one broker has; null where nothing is known of it, which then limits nothing. */
export interface BrokerResources {
  readonly diskBytesPerSecond: Measured | null;
  /** Between the broker and a disk that is attached over a network. */
  readonly volumeBytesPerSecond: Measured | null;
  readonly networkBytesPerSecond: Measured | null;
  readonly diskBytes: number | null;
  readonly cores: number | null;
  /** Measured on the brokers with the same replication, readers and batches. */
  readonly cpuSecondsPerByte: Measured | null;
}

/** A number of partitions that carries the target. */
export interface PartitionSizing extends Quantiles {
  /** The 95 % quantile or the members of the largest group, in a multiple of the brokers. */
  readonly recommended: number;
  /** What the fullest partition allows of the target, however many partitions there are; null where they share evenly. */
  readonly hottest: { readonly mostBytesPerSecond: number; readonly carriesTarget: boolean } | null;
}

/** What keeps brokers from being fewer. */
export type BrokerLimit = 'disk throughput' | 'volume throughput' | 'network' | 'CPU' | 'disk space' | 'replication';

/** A number of brokers that carries the target with the spare ones gone. */
export interface BrokerSizing extends Quantiles {
  /** By the medians: how many each resource asks for, spare brokers not included. */
  readonly byLimit: readonly { readonly limit: BrokerLimit; readonly brokers: number }[];
  /** The resource that asks for most. */
  readonly limitedBy: BrokerLimit;
  /** By the 95 % quantile of brokers, with all of them there. */
  readonly perBroker: {
    readonly writtenBytesPerSecond: number;
    readonly sentBytesPerSecond: number;
    readonly storedBytes: number;
  };
}

/** So much of a broker's cores … */
const usableCpu = 0.6;
/** … and of its disk may be in use. */
const usableDisk = 0.7;

/**
 * P = ⌈max(T/(h·Pp), T/(h·Cc))⌉ for a target T, the rates Pp and Cc of one partition and the share h that may be used; with its
 * quantiles over the spread of the rates. Under skew no number of partitions helps beyond T·q ≤ h·min(Pp, Cc), q being the share
 * of the fullest one. Null where neither rate was measured.
 */
export function partitionsFor(
  target: SizingTarget,
  { producedBytesPerSecond, consumedBytesPerSecond }: PartitionRates,
  brokers: number,
): PartitionSizing | null {
  const inputs = withoutNulls({ produced: producedBytesPerSecond, consumed: consumedBytesPerSecond });
  const rates = Object.values(inputs);
  if (rates.length === 0) return null;
  const usable = 1 - target.headroom;
  const needed = quantilesOf(
    inputs,
    values => wholeUp(target.bytesPerSecond / (usable * Math.min(...Object.values(values)))),
    seededRandom(target.seed).fork('partitions'),
  );
  const slower = Math.min(...rates.map(({ value }) => value));
  const most = target.hottestShare === null ? null : (usable * slower) / target.hottestShare;
  return {
    ...needed,
    recommended: Math.ceil(Math.max(needed.p95, target.parallelism) / brokers) * brokers,
    hottest: most === null ? null : { mostBytesPerSecond: most, carriesTarget: target.bytesPerSecond <= most },
  };
}

/**
 * The fewest brokers of which all but the spare ones satisfy T ≤ B·disk/r, T ≤ B·volume/r, T ≤ B·network/(c + r − 1) for r replicas
 * and c readers (AWS, best practices for right-sizing a cluster), B ≥ T·cpu/(0.6·cores), B ≥ T·r·retention/(0.7·disk), and B ≥ r.
 */
export function brokersFor(target: SizingTarget, resources: BrokerResources): BrokerSizing {
  const { bytesPerSecond, replication, readers, retentionSeconds, spareBrokers } = target;
  const inputs = withoutNulls({
    disk: resources.diskBytesPerSecond,
    volume: resources.volumeBytesPerSecond,
    network: resources.networkBytesPerSecond,
    cpu: resources.cpuSecondsPerByte,
  });
  const { diskBytes, cores } = resources;
  const neededBy = (values: Readonly<Partial<Record<keyof typeof inputs, number>>>) =>
    [
      ['replication', replication],
      ['disk throughput', perBroker(bytesPerSecond * replication, values['disk'])],
      ['volume throughput', perBroker(bytesPerSecond * replication, values['volume'])],
      ['network', perBroker(bytesPerSecond * (readers + replication - 1), values['network'])],
      ['CPU', cores === null ? null : perBroker(bytesPerSecond * (values['cpu'] ?? 0), usableCpu * cores)],
      [
        'disk space',
        diskBytes === null ? null : perBroker(bytesPerSecond * replication * retentionSeconds, usableDisk * diskBytes),
      ],
    ] as const;
  const medians = neededBy(Object.fromEntries(Object.entries(inputs).map(([name, { value }]) => [name, value])));
  const byLimit = medians.flatMap(([limit, brokers]) =>
    brokers === null || brokers === 0 ? [] : [{ limit, brokers }],
  );
  const brokers = quantilesOf(
    inputs,
    values => Math.max(...neededBy(values).map(([, count]) => count ?? 0)) + spareBrokers,
    seededRandom(target.seed).fork('brokers'),
  );
  return {
    ...brokers,
    byLimit,
    limitedBy: byLimit.reduce((most, one) => (one.brokers > most.brokers ? one : most)).limit,
    perBroker: {
      writtenBytesPerSecond: (bytesPerSecond * replication) / brokers.p95,
      sentBytesPerSecond: (bytesPerSecond * (readers + replication - 1)) / brokers.p95,
      storedBytes: (bytesPerSecond * replication * retentionSeconds) / brokers.p95,
    },
  };
}

const perBroker = (load: number, each: number | undefined): number | null =>
  each === undefined ? null : wholeUp(load / each);

/** The next whole number; a quotient that misses one by the error of doubles is that one. */
const wholeUp = (count: number): number => Math.ceil(count * (1 - 2 ** -45));

function withoutNulls<K extends string>(inputs: Readonly<Record<K, Measured | null>>): Record<string, Measured> {
  return Object.fromEntries(
    Object.entries<Measured | null>(inputs).filter((entry): entry is [string, Measured] => entry[1] !== null),
  );
}
