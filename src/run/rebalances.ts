/** Finds a group's rebalances in what its members owned when. Pure. */
import type { RebalanceMeasurement } from './measurement.ts';
import { isShared } from './group-watch.ts';
import type { OwnershipChange } from './protocol.ts';

/** Something that was done to a group: it explains the rebalance that follows. */
export interface GroupAct {
  readonly groupId: string;
  readonly member: number;
  readonly kind: 'join' | 'leave' | 'crash';
  /** On the host's clock. */
  readonly atMicros: number;
}

/** How long after an act a rebalance may begin that it has caused: a crash is noticed when the session has timed out. */
const actReachMicros = 60e6;

interface Span {
  readonly fromMicros: number;
  toMicros: number;
  readonly before: ReadonlyMap<number, number>;
  after: ReadonlyMap<number, number>;
  /** By partition: since when nobody owns it. */
  readonly unownedSince: Map<number, number>;
  longestUnownedMicros: number;
}

/**
 * A rebalance lasts from the first partition that is given up, or is no longer read because its member has ended, until every partition
 * is one member's again. What comes before `fromMicros` is how the group came about. `atMicros` of the result counts from `windowMicros`.
 */
export function rebalancesOf(
  changes: readonly OwnershipChange[],
  partitions: number,
  { fromMicros, windowMicros }: { readonly fromMicros: number; readonly windowMicros: number },
  acts: readonly GroupAct[],
): Omit<RebalanceMeasurement, 'endToEndMaxMicros'>[] {
  const owned = new Map<number, readonly number[]>();
  const found: Span[] = [];
  let open: Span | null = null;
  for (const { member, atMicros, owned: now } of changes.toSorted((a, b) => a.atMicros - b.atMicros)) {
    const before = ownersOf(owned);
    owned.set(member, now);
    if (atMicros < fromMicros) continue;
    const isWhole = isShared(owned.values(), partitions);
    if (open === null) {
      if (isWhole) continue;
      open = {
        fromMicros: atMicros,
        toMicros: atMicros,
        before,
        after: before,
        unownedSince: new Map(),
        longestUnownedMicros: 0,
      };
      found.push(open);
    }
    noteUnowned(open, ownersOf(owned), partitions, atMicros);
    if (!isWhole) continue;
    open.toMicros = atMicros;
    open.after = ownersOf(owned);
    open = null;
  }
  return found.map(span => ({
    atMicros: span.fromMicros - windowMicros,
    durationMicros: span === open ? null : span.toMicros - span.fromMicros,
    reason: reasonOf(span, acts),
    moved: [...span.after].filter(([partition, member]) => span.before.get(partition) !== member).length,
    longestUnownedMicros: span.longestUnownedMicros,
  }));
}

/** By partition: who owns it. */
function ownersOf(owned: ReadonlyMap<number, readonly number[]>): Map<number, number> {
  return new Map(
    [...owned].flatMap(([member, partitions]) => partitions.map(partition => [partition, member] as const)),
  );
}

function noteUnowned(span: Span, owners: ReadonlyMap<number, number>, partitions: number, atMicros: number): void {
  for (let partition = 0; partition < partitions; partition++) {
    const since = span.unownedSince.get(partition);
    if (!owners.has(partition)) {
      if (since === undefined) span.unownedSince.set(partition, atMicros);
      continue;
    }
    if (since === undefined) continue;
    span.longestUnownedMicros = Math.max(span.longestUnownedMicros, atMicros - since);
    span.unownedSince.delete(partition);
  }
}

/** The latest act before it, if that can have caused it, and what was done to the group before it was over: `join and leave`. */
function reasonOf({ fromMicros, toMicros }: Span, acts: readonly GroupAct[]): string {
  const inOrder = acts.toSorted((a, b) => a.atMicros - b.atMicros);
  const before = inOrder.findLast(({ atMicros }) => atMicros <= fromMicros && fromMicros - atMicros < actReachMicros);
  const meanwhile = inOrder.filter(({ atMicros }) => atMicros > fromMicros && atMicros <= toMicros);
  const kinds = [...(before === undefined ? [] : [before]), ...meanwhile].map(({ kind }) => kind);
  return kinds.length === 0 ? 'unasked' : [...new Set(kinds)].join(' and ');
}
