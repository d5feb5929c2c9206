/** Chooses what is compared of arms, and compares all of it together: primary metrics, then what is merely of interest. Pure. */
import type { Comparison } from '../results/schema.ts';
import { type Arm, concludeRows, type Row } from './compare.ts';
import { contrastOf, type Design } from './contrast.ts';
import type { DecisionRule } from './decide.ts';

/** What a scenario says of comparisons. */
export interface Wishes {
  readonly primary: readonly string[];
  /** By metric, as shares; `default` for all that are not named. */
  readonly delta: Readonly<Record<string, number>>;
}

/** How arms are compared. */
export interface Course extends Partial<Pick<DecisionRule, 'level' | 'isStrict'>> {
  readonly design: Design;
}

/** What decides between cells that lack the primary metrics, because nothing is acknowledged or the loop is closed. */
const fallbacks: readonly (readonly string[])[] = [['endToEnd.p99'], ['ackedPerSecond']];

/** What is compared besides, where both arms have it. */
const exploratory: readonly string[] = [
  'ack.p50',
  'ack.p99',
  'ack.p999',
  'endToEnd.p50',
  'endToEnd.p99',
  'endToEnd.p999',
  'ackedPerSecond',
  'consumedPerSecond',
];

const usualDelta = 0.05;
/** Changes that matter where the scenario names none: the far tail is noisier, a capacity is known better than a latency. */
const usualDeltas: Readonly<Record<string, number>> = { p999: 0.1, p9999: 0.1, capacity: 0.03 };

/** The change of a metric that matters, as a share: the scenario's own, else 10 % for p99.9 and beyond, 3 % for capacity, else the scenario's default (5 %). */
export function deltaOf(metric: string, delta: Wishes['delta']): number {
  const kind = metric.split('.').at(-1) ?? metric;
  return delta[metric] ?? usualDeltas[kind] ?? delta['default'] ?? usualDelta;
}

/**
 * Every pair on the primary metrics, and on what else both arms have. A pair that lacks all primary metrics is decided on `endToEnd.p99`, else on
 * throughput. All primary rows of all pairs are one family, all exploratory ones another. Primary rows come first.
 */
export function compareAll(
  pairs: readonly { readonly a: Arm; readonly b: Arm }[],
  { primary, delta }: Wishes,
  course: Course,
): Comparison[] {
  const rows = pairs.flatMap(({ a, b }) => {
    const rowOf = (metric: string, role: Row['role']): Row[] => {
      const contrast = contrastOf(a, b, metric, course.design);
      return contrast === null ? [] : [{ contrast, delta: deltaOf(metric, delta), role }];
    };
    const decisive = firstFound([primary, ...fallbacks], metric => rowOf(metric, 'primary'));
    const named = new Set(decisive.map(({ contrast }) => contrast.metric));
    return [
      ...decisive,
      ...exploratory
        .filter(metric => !named.has(metric))
        .flatMap(metric => rowOf(metric, 'exploratory'))
        .filter(isTelling),
    ];
  });
  const isPrimary = ({ role }: Row): boolean => role === 'primary';
  return concludeRows([...rows.filter(isPrimary), ...rows.filter(row => !isPrimary(row))], course);
}

/** The rows of the first list of metrics of which the pair has any. */
function firstFound(lists: readonly (readonly string[])[], rowOf: (metric: string) => Row[]): Row[] {
  for (const metrics of lists) {
    const found = metrics.flatMap(rowOf);
    if (found.length > 0) return found;
  }
  return [];
}

/** Nobody asked for an exploratory row: it must have something to tell. */
const isTelling = ({ contrast: { difference, isOfferedRate, isFirm } }: Row): boolean =>
  difference !== null && isFirm && !isOfferedRate;
