/** Sizes a cluster as the scenario asks, from what the search found or from rates that the scenario names. Pure. */
import type { CapacityResult, SizingResult } from '../results/capacity.ts';
import { type BrokerResources, brokersFor, type PartitionRates, partitionsFor, type SizingTarget } from './sizing.ts';
import { type Measured, spreadOfInterval } from './spread.ts';

/** What is to be sized, in bytes and seconds. */
export interface SizingRequest {
  readonly target: SizingTarget;
  /** Rates of one partition that were measured elsewhere; null where the search is to say. */
  readonly rates: PartitionRates;
  readonly resources: BrokerResources;
  /** Of the searched cluster. */
  readonly partitions: number;
  readonly isConsumed: boolean;
}

/** The sizing; of an unconfirmed search the rates have no spread, and of none there are none. */
export function sizeFrom(
  { target, rates, resources, partitions, isConsumed }: SizingRequest,
  answer: Pick<CapacityResult, 'estimate' | 'low' | 'high' | 'bytesPerMessage'>,
): SizingResult {
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
 * What a partition carried when all of them together were at their capacity: less than one alone may carry where brokers were
 * the limit, so that no sizing is too small by it.
 */
function searchedRate(
  { estimate, low, high, bytesPerMessage }: Pick<CapacityResult, 'estimate' | 'low' | 'high' | 'bytesPerMessage'>,
  partitions: number,
): Measured | null {
  const perSecond = estimate ?? low;
  if (perSecond === null) return null;
  const spread = estimate === null || low === null || high === null ? 0 : spreadOfInterval(low, high);
  return { value: (perSecond * bytesPerMessage) / partitions, spread };
}
