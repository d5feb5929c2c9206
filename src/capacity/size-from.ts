/** Sizes a cluster as the scenario asks, from what the search found or from rates that the scenario names. Pure. */
import { spreadOfInterval } from '../analysis/stats.ts';
import type { CapacityResult, SizingResult } from '../results/capacity.ts';
import { type BrokerResources, brokersFor, type PartitionRates, partitionsFor, type SizingTarget } from './sizing.ts';
import type { Measured } from './spread.ts';

/** What is to be sized, in bytes and seconds. */
export interface SizingRequest {
  readonly target: Omit<SizingTarget, 'hottestShare'>;
  /** Rates of one partition that were measured elsewhere; null where the search is to say. */
  readonly rates: PartitionRates;
  readonly resources: BrokerResources;
  /** Of the searched cluster. */
  readonly partitions: number;
  readonly isConsumed: boolean;
}

/** What a search found, as far as a sizing goes. */
type Answer = Pick<CapacityResult, 'estimate' | 'low' | 'high' | 'bytesPerMessage'> & {
  /** Of its trials' messages, those of the fullest partition; null where the partitions shared evenly. */
  readonly hottestShare: number | null;
};

/** The sizing; of an unconfirmed search the rates have no spread, and of none there are none. */
export function sizeFrom(
  { target: asked, rates, resources, partitions, isConsumed }: SizingRequest,
  answer: Answer,
): SizingResult {
  const target: SizingTarget = { ...asked, hottestShare: answer.hottestShare };
  const isNamed = rates.producedBytesPerSecond !== null || rates.consumedBytesPerSecond !== null;
  const searched = searchedRate(answer, partitions);
  const used: PartitionRates = isNamed
    ? rates
    : { producedBytesPerSecond: searched, consumedBytesPerSecond: isConsumed ? searched : null };
  const brokers = brokersFor(target, resources);
  return {
    target: { ...target },
    rates: {
      producedBytesPerSecond: used.producedBytesPerSecond,
      consumedBytesPerSecond: used.consumedBytesPerSecond,
      source: isNamed ? 'scenario' : 'search',
    },
    partitions: partitionsFor(target, used, brokers.p95),
    brokers: { ...brokers, byLimit: brokers.byLimit.map(one => ({ ...one })) },
  };
}

/**
 * What a partition, the fullest, carried when all of them together were at their capacity: less than one alone may carry where
 * brokers were the limit, so that no sizing is too small by it.
 */
function searchedRate(
  { estimate, low, high, bytesPerMessage, hottestShare }: Answer,
  partitions: number,
): Measured | null {
  const perSecond = estimate ?? low;
  if (perSecond === null) return null;
  const spread = estimate === null || low === null || high === null ? 0 : spreadOfInterval(low, high);
  return { value: perSecond * bytesPerMessage * (hottestShare ?? 1 / partitions), spread };
}
