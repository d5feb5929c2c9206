/** Turns what a search found into its part of the result document. Pure. */
import type { CapacityResult, ClusterResource, SizingResult } from '../results/capacity.ts';
import type { Probe } from './probe.ts';
import { type Found, type SearchEnd, type SearchSettings } from './search.ts';

/** A search, with all that it was made of. */
export interface Searched {
  readonly cell: string;
  readonly settings: SearchSettings;
  readonly demands: CapacityResult['demands'];
  readonly bytesPerMessage: number;
  readonly probes: readonly Probe[];
  /** Null for a search that was stopped. */
  readonly found: Found | null;
  readonly sizing: SizingResult | null;
}

type Answer = Pick<
  CapacityResult,
  'kind' | 'because' | 'estimate' | 'low' | 'high' | 'method' | 'mostlyPerSecond' | 'limitedBy'
>;

const nothing = {
  because: null,
  estimate: null,
  low: null,
  high: null,
  method: null,
  mostlyPerSecond: null,
  limitedBy: null,
} as const;

/** The search as the result document has it. */
export function capacityResult({ found, settings, demands, probes, ...rest }: Searched): CapacityResult {
  return {
    ...(found === null ? { ...nothing, kind: 'unfinished' as const } : answerOf(found.end, limitOfCluster(probes))),
    unit: 'messages/s',
    sustainedPerSecond: found?.sustainedPerSecond ?? null,
    returnsToBase: found?.returnsToBase ?? null,
    demands: demands.map(demand => ({ ...demand })),
    settings: { ...settings },
    probes: probes.map(probe => ({ ...probe })),
    ...rest,
  };
}

/**
 * The resource that was at its end in more than half of the trials that the cluster did not sustain: of the confirming ones where there are such,
 * for rates far too high fill what is not full at the capacity. Else no more than that it was the cluster.
 */
export function limitOfCluster(probes: readonly Probe[]): ClusterResource | 'cluster' {
  const exceeded = probes.filter(({ verdict }) => verdict === 'exceeded');
  const confirming = exceeded.filter(({ stage }) => stage === 'confirm');
  const telling = confirming.length > 0 ? confirming : exceeded;
  const named = [...Map.groupBy(telling, ({ ranOut }) => ranOut ?? null)].find(
    ([, { length }]) => length > telling.length / 2,
  );
  return named?.[0] ?? 'cluster';
}

function answerOf(end: SearchEnd, limitedBy: ClusterResource | 'cluster'): Answer {
  switch (end.kind) {
    case 'capacity': {
      const { perSecond, low, high, method, mostlyPerSecond } = end.estimate;
      return {
        ...nothing,
        kind: end.kind,
        estimate: perSecond,
        low,
        high,
        method,
        mostlyPerSecond,
        limitedBy,
      };
    }
    case 'unconfirmed':
      return {
        ...nothing,
        kind: end.kind,
        low: end.low,
        high: end.high,
        limitedBy: end.high === null ? null : limitedBy,
      };
    case 'at-least':
      return { ...nothing, kind: end.kind, low: end.perSecond, limitedBy: end.limitedBy };
    case 'none':
      return { ...nothing, kind: end.kind, because: end.because };
  }
}
